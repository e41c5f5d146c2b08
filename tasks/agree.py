"""What the backends agree on: counts of one step become progress, each with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.interruption import in_thread
from blocks.referee import hear, stop
from qorum.circuits.accepted import AcceptedCircuit
from qorum.ledger.jobs import Job, JobResult
from qorum.runs.circuit_progress import CircuitProgress, gather
from qorum.runs.stages import Compilation, Routing


@task(cache_policy=NO_CACHE, task_run_name="agree")
async def agree(
    progress: Mapping[str, CircuitProgress],
    outcomes: Sequence[tuple[Job, JobResult]],
    refused: Mapping[tuple[str, str], str],
    compilation: Compilation,
    routing: Routing,
    accepted: Mapping[str, AcceptedCircuit],
    confidence: float,
) -> dict[str, CircuitProgress]:
    """Add a step's outcomes to its circuits' progress and judge these, with the exact referee."""
    asked = progress, outcomes, refused, compilation, routing, accepted, confidence
    judged = await in_thread(stop, _judge, *asked)
    logger = get_run_logger()
    for digest, reached in judged.items():
        failed = {backend: failure.reason for backend, failure in reached.failures.items()}
        for backend, reason in {**failed, **reached.refused}.items():
            logger.warning("%s: %s brought nothing: %s", digest[:12], backend, reason)
        if verdict := reached.verdict:
            fate = "is outvoted" if verdict.status == "agreed" else f"in a {verdict.status} result"
            for rejection in verdict.rejected:
                logger.warning("%s: %s %s: %s", digest[:12], rejection.backend, fate, rejection.reason)
    return judged


def _judge(
    progress: Mapping[str, CircuitProgress],
    outcomes: Sequence[tuple[Job, JobResult]],
    refused: Mapping[tuple[str, str], str],
    compilation: Compilation,
    routing: Routing,
    accepted: Mapping[str, AcceptedCircuit],
    confidence: float,
) -> dict[str, CircuitProgress]:
    gathered = gather(progress, outcomes, compilation.found, refused, routing.profiles)
    replicas = {digest: reached.replicas(routing.profiles) for digest, reached in gathered.items()}
    refereed = hear({digest: (accepted[digest], given) for digest, given in replicas.items() if given})
    return {
        digest: reached.judged(routing.profiles, confidence, refereed.get(digest))
        for digest, reached in gathered.items()
    }
