"""The main job: circuits in, results out that several backends agree on."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.job_results import open_purse
from blocks.object_store import ObjectStore, open_store
from flows.dispatching import Dispatcher
from flows.requests import RunRequest, takes
from qorum.findings import Findings
from qorum.ledger.jobs import Job, batch
from qorum.parameters import part_of
from qorum.routing.runtimes import Observation
from qorum.runs.circuit_progress import MAX_STEPS, CircuitProgress
from qorum.runs.experiments import Definition, RunOptions, named_inputs
from qorum.runs.report import RunReport
from qorum.runs.stages import Granted, Intake, Routing, Settlement, observations
from tasks.agree import agree
from tasks.analyze import analyze
from tasks.checkpoint import checkpoint, define
from tasks.compile import compile_orders
from tasks.identity import name_of_run, new_id
from tasks.outcome import conclude
from tasks.route import learn, route
from tasks.stopwatch import Stopwatch
from tasks.track import track
from tasks.validate import validate
from tasks.wait import suspend, wait_for_vendors
from tasks.whole import whole

PORTIONS_AT_A_TIME = 3
"""Portions of a run's circuits that are on their way together: one compiled, one executed, one judged."""


def _name_run() -> str:
    asked = flow_run.parameters
    return name_of_run(asked.get("experiment_id", ""), asked.get("experiment", "qorum"))


@flow(name="run-circuits", flow_run_name=_name_run, validate_parameters=True)
@takes(RunRequest)
async def run_circuits(circuits: list[Any], **options: Any) -> Findings[RunReport]:
    """Run circuits on independent backends and report what these agree on.

    1. Store the definition. 2. Validate the circuits. 3. Route them to backends. 4. In portions,
    several at a time: compile, execute and agree, step by step, until every circuit is settled or
    nothing is left to try. 5. Analyze, store and track. The same experiment id again executes nothing
    twice; so a deployment's run is suspended while vendors have its jobs, and begins again afterwards.

    Returns:
        The report with its `links`, read like a dict or as `findings.report`. In Prefect the run ends in a
        state that is named after the worst verdict; see `tasks.outcome`.
    """
    asked = RunRequest(circuits=circuits, **options)
    definition = Definition(
        experiment_id=asked.experiment_id or new_id("run"),
        circuits=named_inputs(asked.circuits),
        options=part_of(asked, RunOptions),
    )
    store, clock = open_store(), Stopwatch()
    await define(whole(definition), store)
    intake = await clock.time("validate", validate(whole(definition), store))
    purse = await asyncio.to_thread(open_purse, definition.experiment_id, asked.max_cost_usd, store)
    dispatcher = await Dispatcher.choose(asked.dispatch, purse)
    routing = await clock.time(
        "route", route(whole(intake.accepted), whole(definition), dispatcher.online, store)
    )
    several = asyncio.Semaphore(PORTIONS_AT_A_TIME)

    async def settle_portion(portion: Routing) -> Settlement:
        async with several:
            return await settle(intake, portion, definition, dispatcher, store, clock)

    settled = await asyncio.gather(*map(settle_portion, routing.portions()))
    await learn(whole([one for portion in settled for one in portion.observations]), store)
    progress = {digest: one for portion in settled for digest, one in portion.progress.items()}
    if waiting := [job for portion in settled for job in portion.waiting]:
        await wait_for_vendors(
            definition.experiment_id, whole(waiting), whole(intake), whole(progress), store
        )
        await suspend()
    report, files = await clock.time(
        "analyze", analyze(definition.experiment_id, whole(intake), whole(routing), whole(progress))
    )
    place = await checkpoint(whole(report), whole(files), store)
    links = await track(
        *(whole(report), whole(files), whole(definition)),
        *(place, asked.experiment, asked.tags, clock.seconds, clock.elapsed),
    )
    return conclude(Findings(report.linked(links)))


async def settle(
    intake: Intake,
    routing: Routing,
    definition: Definition,
    dispatcher: Dispatcher,
    store: ObjectStore,
    clock: Stopwatch,
) -> Settlement:
    """Compile, execute and agree on what is ordered; order more for what is not settled; again."""
    options, observed, waiting = definition.options, list[Observation](), list[Job]()
    progress = {digest: CircuitProgress(digest, options.shots) for digest in routing.assignments}
    orders = routing.first_orders(options.shots)
    for step in range(MAX_STEPS):
        if not orders:
            break
        asked = whole(orders), whole(intake.accepted), whole(routing.profiles), whole(definition)
        compilation = await clock.time("compile", compile_orders(*asked, store))
        granted = Granted.of(orders, step, compilation, routing, dispatcher.purse)
        jobs = batch(granted.orders, compilation.keys, routing.plan(definition, step))
        outcomes = await clock.time(
            "execute", asyncio.gather(*(dispatcher.run(job, routing, compilation, store) for job in jobs))
        )
        observed += observations(outcomes, compilation, routing)
        waiting += [job for job, result in outcomes if result.waits]
        later = {digest for job in waiting for digest in job.digests}
        now = {digest: reached for digest, reached in progress.items() if digest not in later}
        fresh = await clock.time(
            "agree",
            agree(
                *(whole(now), whole(outcomes), whole(granted.refused), whole(compilation)),
                *(whole(routing), whole(intake.accepted)),
                options.confidence,
            ),
        )
        progress |= fresh
        orders = [
            order
            for digest, reached in fresh.items()
            for order in reached.next_orders(routing.assignments[digest].reserve, options.replicas)
        ]
    closed = {digest: reached.closed() for digest, reached in progress.items()}
    return Settlement(closed, observed, waiting)


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("run_circuits"))
