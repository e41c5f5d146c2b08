"""The main path with everything kept in a bucket of a real S3 server."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.object_store import open_store
from flows.run_circuits import run_circuits
from tests.contracts.s3_server import S3Server


@pytest.mark.server
async def test_a_run_keeps_all_it_has_in_the_bucket_and_finds_it_there_again(
    home: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
):
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QORUM_STORE", f"s3://{s3_server.bucket}/of-the-flow")
    circuits = ["template:ghz?num_qubits=3", "template:bell"]
    report = await run_circuits(circuits, experiment_id="bucket", dispatch="inline")
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    kept = open_store().list("")
    assert "results/bucket/report.json" in kept
    assert sum(key.startswith("results/bucket/jobs/") for key in kept) == 3
    assert not (home / "store").exists()
    again = await run_circuits(circuits, experiment_id="bucket", dispatch="inline")
    assert again["circuits"] == report["circuits"]
    assert open_store().list("") == kept
