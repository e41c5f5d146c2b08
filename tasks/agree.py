"""What the backends agree on: counts of one step become standings, each with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.interruption import in_thread
from blocks.referee import hear, stop
from qorum.circuits.accepted import AcceptedCircuit
from qorum.ledger.jobs import Job, JobResult
from qorum.results.standing import Standing, gather
from qorum.stages import Compilation, Routing


@task(cache_policy=NO_CACHE, task_run_name="agree")
async def agree(
    standings: Mapping[str, Standing],
    outcomes: Sequence[tuple[Job, JobResult]],
    compilation: Compilation,
    routing: Routing,
    accepted: Mapping[str, AcceptedCircuit],
    confidence: float,
) -> dict[str, Standing]:
    """Add a step's outcomes to its circuits' standings and judge these, with the exact referee."""
    judged = await in_thread(stop, _judge, standings, outcomes, compilation, routing, accepted, confidence)
    logger = get_run_logger()
    for digest, standing in judged.items():
        for backend, reason in standing.failures.items():
            logger.warning("%s: %s brought nothing: %s", digest[:12], backend, reason)
        if verdict := standing.verdict:
            fate = "is outvoted" if verdict.status == "agreed" else f"in a {verdict.status} result"
            for rejection in verdict.rejected:
                logger.warning("%s: %s %s: %s", digest[:12], rejection.backend, fate, rejection.reason)
    return judged


def _judge(
    standings: Mapping[str, Standing],
    outcomes: Sequence[tuple[Job, JobResult]],
    compilation: Compilation,
    routing: Routing,
    accepted: Mapping[str, AcceptedCircuit],
    confidence: float,
) -> dict[str, Standing]:
    gathered = gather(standings, outcomes, compilation.found, routing.profiles)
    replicas = {digest: standing.replicas(routing.profiles) for digest, standing in gathered.items()}
    refereed = hear({digest: (accepted[digest], given) for digest, given in replicas.items() if given})
    return {
        digest: standing.judged(routing.profiles, confidence, refereed.get(digest))
        for digest, standing in gathered.items()
    }
