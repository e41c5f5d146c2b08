"""What backends answered, compared with what is known on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from qorum.results.known_answers import contradiction
from qorum.runs.canary_report import CanaryAnswer
from qorum.runs.report import CircuitReport, ExperimentReport


@task(cache_policy=NO_CACHE, task_run_name="compare with known answers")
async def compare(
    reports: Sequence[ExperimentReport], answers: Mapping[str, Mapping[str, float]]
) -> list[CanaryAnswer]:
    """Judge every backend's histogram of every circuit, and show the table.

    Args:
        reports: of runs.
        answers: the exact distribution by the circuit's name.

    Returns:
        One for each circuit and backend asked.
    """
    rows = [row for report in reports for circuit in report.circuits for row in _rows(circuit, answers)]
    bad = [row for row in rows if not row.is_right]
    for row in bad:
        get_run_logger().error("%s on %s is %s: %s", row.circuit, row.backend, row.answer, row.reason)
    told = f"{len(rows) - len(bad)} of {len(rows)} answers are as known" if rows else "nobody answered"
    table = [row.model_dump(mode="json") for row in rows]
    await acreate_table_artifact(table, key="known-answers", description=told)
    get_run_logger().info(told)
    return rows


def _rows(circuit: CircuitReport, answers: Mapping[str, Mapping[str, float]]) -> list[CanaryAnswer]:
    found: dict[str, CanaryAnswer] = {}
    for replica in circuit.replicas:
        reason = contradiction(replica.counts, answers[circuit.name], replica.success_probability) or ""
        found[replica.backend] = CanaryAnswer(
            circuit=circuit.name,
            backend=replica.backend,
            answer="wrong" if reason else "right",
            reason=reason,
        )
    for one in circuit.rejected:
        failed = CanaryAnswer(circuit=circuit.name, backend=one.backend, answer="failed", reason=one.reason)
        found.setdefault(one.backend, failed)
    return list(found.values())
