"""What backends answered, compared with what is known on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from qorum.results.known_answers import contradiction

COLUMNS = ("circuit", "backend", "answer", "reason")


@task(cache_policy=NO_CACHE, task_run_name="compare with known answers")
async def compare(
    reports: Sequence[Mapping[str, Any]], answers: Mapping[str, Mapping[str, float]]
) -> list[dict[str, str]]:
    """Judge every backend's histogram of every circuit, and show the table.

    Args:
        reports: of runs, as `ExperimentReport.to_json` has them.
        answers: the exact distribution by the circuit's name.

    Returns:
        A row for each circuit and backend asked: `circuit`, `backend`, `answer` (`right`, `wrong` or
        `failed`) and `reason`.
    """
    rows = [row for report in reports for circuit in report["circuits"] for row in _rows(circuit, answers)]
    bad = [row for row in rows if row["answer"] != "right"]
    for row in bad:
        get_run_logger().error("%s on %s is %s: %s", *(row[name] for name in COLUMNS))
    told = f"{len(rows) - len(bad)} of {len(rows)} answers are as known" if rows else "nobody answered"
    await acreate_table_artifact(rows, key="known-answers", description=told)
    get_run_logger().info(told)
    return rows


def _rows(circuit: Mapping[str, Any], answers: Mapping[str, Mapping[str, float]]) -> list[dict[str, str]]:
    verdicts: dict[str, tuple[str, str]] = {}
    for replica in circuit["replicas"]:
        reason = contradiction(replica["counts"], answers[circuit["name"]], replica["success_probability"])
        verdicts[replica["backend"]] = ("wrong", reason) if reason else ("right", "")
    for left_out in circuit["rejected"]:
        verdicts.setdefault(left_out["backend"], ("failed", left_out["reason"]))
    return [
        dict(zip(COLUMNS, (circuit["name"], backend, answer, reason), strict=True))
        for backend, (answer, reason) in verdicts.items()
    ]
