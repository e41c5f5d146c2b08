"""Every night: does every backend still give the answers that are known on paper?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.backends import backend_types
from flows.requests import CanaryRequest, takes
from flows.run_circuits import run_circuits
from qorum.circuits.library import PREFIX, known_answer
from qorum.errors import QorumError
from qorum.findings import Findings
from qorum.runs.canary_report import CanaryReport
from tasks.compare import compare
from tasks.identity import name_of_run, new_id
from tasks.outcome import conclude_answers
from tasks.whole import whole

TOGETHER = 5
"""Backends that one run may ask."""


def _name_run() -> str:
    return name_of_run("", flow_run.parameters.get("experiment", "canary"))


@flow(name="canary", flow_run_name=_name_run, validate_parameters=True)
@takes(CanaryRequest)
async def canary(circuits: list[str], backends: list[str], **options: Any) -> Findings[CanaryReport]:
    """Ask every backend for circuits whose answers are known, and name those that answer wrongly.

    1. Run the circuits on all backends, a few at a time. 2. Compare every histogram with the answer on paper,
    which no backend and no reader has a part in.

    Returns:
        `answers`: `circuit`, `backend`, `answer` (`right`, `wrong` or `failed`) and `reason` of each; and
        `experiments`, the ids of the runs.

    Raises:
        QorumError: a circuit is no template with a known answer.
    """
    asked = CanaryRequest(circuits=circuits, backends=backends, **options)
    known = {reference.removeprefix(PREFIX): known_answer(reference) for reference in asked.circuits}
    if unknown := [name for name, answer in known.items() if answer is None]:
        raise QorumError(f"templates with known answers expected, found {', '.join(unknown)}")
    answers = {name: answer for name, answer in known.items() if answer is not None}
    identity = new_id("canary")
    runs = [
        await run_circuits(
            asked.circuits,
            shots=asked.shots,
            replicas=len(group),
            backends=group,
            seed=asked.seed,
            experiment=asked.experiment,
            experiment_id=f"{identity}-{number}",
            dispatch=asked.dispatch,
        )
        for number, group in enumerate(_groups(asked.backends or _local_backends()), start=1)
    ]
    reports = [run.report for run in runs]
    rows = await compare(whole(reports), answers)
    experiments = tuple(report.experiment_id for report in reports)
    return conclude_answers(Findings(CanaryReport(experiments=experiments, answers=tuple(rows))))


def _local_backends() -> list[str]:
    """All that cost nothing: devices of vendors are asked by name."""
    return [name for name, kind in backend_types().items() if not kind.is_remote]


def _groups(backends: Sequence[str]) -> list[list[str]]:
    """The backends in as few groups as can be asked together, of even size."""
    count = -(-len(backends) // TOGETHER)
    return [list(backends[start::count]) for start in range(count)]


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("canary"))
