"""Calibrations of imitated devices: stored once each, listed, compared, drawn, and heeded by routing."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from blocks.object_store import open_store
from flows.refresh_calibrations import refresh_calibrations
from flows.run_circuits import run_circuits
from tests.commands import calibrations, refresh
from tests.faults.vendors import ibm
from tests.faults.vendors.internet import Internet
from tests.flows.told import newest_at_the_server, stored_in

MANILA = "ibm?device=ibm_manila"
GARNET = "aws?bucket=results&device=garnet"
FORTE = "ionq?device=qpu.forte-1"


@pytest.fixture
def recalibrate(monkeypatch: pytest.MonkeyPatch):
    """IBM's device tells another date; qubit 3's readout error and qubit 1's T1 are so many times larger."""
    described = ibm._described.__wrapped__

    def tell(when: datetime, factor: float = 1.0) -> None:
        known: dict[str, Any] = described("ibm_manila")
        properties = known["properties"]
        properties["last_update_date"] = when.isoformat()
        for place, name in ((3, "readout_error"), (1, "T1")):
            (one,) = [one for one in properties["qubits"][place] if one["name"] == name]
            one["value"] *= factor
        monkeypatch.setattr(ibm, "_described", lambda name: known)

    return tell


def stored() -> list[str]:
    return open_store().list("calibrations/")


async def test_a_calibration_is_stored_once_and_again_when_it_changed(
    home: Path, vendors: Internet, recalibrate
):
    first = (await refresh_calibrations([MANILA, GARNET, FORTE])).report
    assert [one.outcome for one in first.backends] == ["stored"] * 3
    assert first.is_good
    again = (await refresh_calibrations([MANILA, GARNET, FORTE])).report
    assert [one.outcome for one in again.backends] == ["unchanged"] * 3
    assert len(stored()) == 3
    recalibrate(datetime.now(UTC), 1.5)
    changed = (await refresh_calibrations([MANILA, GARNET])).report
    assert [one.outcome for one in changed.backends] == ["stored", "unchanged"]
    assert len(stored()) == 4
    assert {call.request.method for one in ("ionq", "aws") for call in vendors.servers[one].recorded} == {
        "GET"
    }
    assert not vendors.ibm.jobs
    async with get_client() as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["calibrations"]))
        tables = [str(one.data) for one in await client.read_artifacts(artifact_filter=wanted)]
    assert any(MANILA in table and "unchanged" in table for table in tables)
    told = [stored_in(home), (await newest_at_the_server()).encode()]
    assert not [secret for secret in vendors.secrets if any(secret.encode() in one for one in told)]


async def test_a_simulator_without_calibration_is_told_and_one_that_is_not_there_fails(
    home: Path, vendors: Internet
):
    state = await refresh_calibrations(["ionq", "torch", "azure?target=ionq.qpu.forte-1"], return_state=True)
    report = (await state.result()).report
    assert [one.outcome for one in report.backends] == ["none"] * 3
    assert (state.name, state.message) == ("Refreshed", "3 without calibration")
    state = await refresh_calibrations(["ibm?device=ibm_nowhere", "torch"], return_state=True)
    assert (state.name, state.message) == (
        "Incomplete",
        "1 without calibration, 1 failed: ibm?device=ibm_nowhere",
    )
    assert not stored()


def test_the_terminal_lists_compares_and_draws_without_asking_a_vendor(
    home: Path, vendors: Internet, recalibrate, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    now = datetime.now(UTC)
    recalibrate(now - timedelta(hours=30))
    assert refresh([MANILA, "torch"]) == 0
    assert "1 stored, 1 without calibration" in capsys.readouterr().out
    recalibrate(now - timedelta(hours=3), 2.0)
    assert refresh([MANILA]) == 0
    asked = len(vendors.servers["ibm"].recorded)
    capsys.readouterr()
    picture = tmp_path / "trend.png"
    assert calibrations(["ibm?device=ibm_manila", "--plot", str(picture), "--json", "-"]) == 0
    told = capsys.readouterr().out
    report = json.loads(told[told.index("{\n") :])
    newest, older = report["snapshots"]
    assert newest["calibrated_at"] > older["calibrated_at"]
    (changes,) = report["comparisons"]
    assert [(one["what"], one["where"]) for one in changes["qubits"]] == [("T1", "1"), ("readout error", "3")]
    assert changes["pairs"] == []
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert calibrations([MANILA]) == 0
    told = capsys.readouterr().out
    for part in ("qubit 3", "readout error", "worse by 100.0%", "better by 100.0%"):
        assert part in told, part
    assert calibrations([]) == 0
    assert f"{now - timedelta(hours=3):%Y-%m-%d %H:%M}" in capsys.readouterr().out.replace("\n", " ")
    assert len(vendors.servers["ibm"].recorded) == asked
    assert calibrations([GARNET]) == 1
    assert "nothing is stored yet" in capsys.readouterr().out
    assert calibrations(["--since", "2026-02-30"]) == 2
    assert calibrations(["--plot", "trend.txt"]) == 2


async def test_routing_refuses_old_calibrations_and_the_report_names_those_that_it_used(
    home: Path, vendors: Internet, recalibrate
):
    asked: dict[str, Any] = {"shots": 500, "replicas": 3, "max_cost_usd": 500.0, "dispatch": "inline"}
    asked |= {"backends": [MANILA, "aer?noise=fake_manila", "torch"], "max_calibration_age_hours": 24.0}
    recalibrate(datetime.now(UTC) - timedelta(hours=30))
    old = (await run_circuits(["template:bell"], **asked)).report
    assert [one.backend for one in old.circuits[0].replicas] == ["torch"]
    assert not vendors.ibm.jobs
    recalibrate(datetime.now(UTC) - timedelta(hours=3))
    fresh = (await run_circuits(["template:bell"], **asked)).report
    found = {one.backend: one.calibration_id for one in fresh.circuits[0].replicas}
    assert found.keys() == {MANILA, "torch"}
    assert found["torch"] is None
    await asyncio.to_thread(refresh_by_name)
    (key,) = stored()
    assert found[MANILA] is not None
    assert found[MANILA].encode() in open_store().get(key)
    store = open_store()
    page = store.get(f"results/{fresh.experiment_id}/report.md").decode()
    assert f"{MANILA} `{found[MANILA]}`" in page


def refresh_by_name() -> None:
    assert refresh([MANILA]) == 0
