"""Two teams in one process: each run has its team's store, MLflow and backends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from blocks.settings import Settings, using
from flows.run_circuits import run_circuits

ASKED = {"replicas": 2, "shots": 200, "dispatch": "inline", "experiment_id": "same"}


async def test_runs_at_the_same_time_keep_what_is_theirs(home: Path):
    teams = {
        "one": Settings(home=home / "one", backend_modules=("tests.liars",)),
        "two": Settings(home=home / "two"),
    }
    backends = {"one": ["torch", "liar"], "two": ["torch", "aer"]}

    async def run(team: str) -> dict:
        with using(teams[team]):
            return await run_circuits(
                [f"template:ghz?num_qubits={3 + len(team)}"], backends=backends[team], **ASKED
            )

    found = await asyncio.gather(*map(run, teams))
    assert [report["circuits"][0]["status"] for report in found] == ["agreed", "agreed"]
    for team, report in zip(teams, found, strict=True):
        assert (home / team / "store/results/same/report.json").exists()
        assert (home / team / "mlflow.db").exists()
        assert sorted(report["circuits"][0]["accepted"]) == sorted(backends[team])
    assert not (home / "store").exists()
