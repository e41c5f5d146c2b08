"""`check-connections`: the table in the UI and in the terminal, saved blocks, and the exit status."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from blocks.backends.azure_quantum import AzureQuantum
from blocks.backends.ionq_cloud import IonqCloud
from flows.check_connections import check_connections
from tests.commands import connections as main
from tests.faults.vendors.ionq import Ionq
from tests.faults.vendors.loopback import Server
from tests.flows.told import newest_at_the_server, stored_in

KEY = "canary-83d1aa"
VARIABLES = ("IONQ_API_KEY", "QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "AZURE_QUANTUM_CONNECTION_STRING")


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Ionq:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    return Ionq({KEY})


@pytest.fixture
def server(vendor: Ionq) -> Iterator[Server]:
    with Server(vendor) as serving:
        yield serving


@pytest.fixture
def name(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("IONQ_API_KEY", KEY)
    return f"ionq?device=qpu.forte-1&url={server.url}/v0.4"


def test_the_terminal_shows_a_table_and_the_exit_status_says_whether_all_can_be_reached(
    home: Path, vendor: Ionq, server: Server, name: str, capsys: pytest.CaptureFixture[str]
):
    assert main([name, "torch"]) == 0
    shown = capsys.readouterr()
    for told in ("│ yes ", "│ 36 ", "│ 60 s ", "│ 27.08 USD ", "│ free ", "2026-11-01 00:00", "this machine"):
        assert told in shown.out, told
    vendor.keys.clear()
    assert main([name, "torch", "--json", "-"]) == 1
    again = capsys.readouterr()
    ionq, torch = json.loads(again.out[again.out.index("{\n") :])["connections"]
    assert (ionq["is_reachable"], torch["is_reachable"]) == (False, True)
    assert ionq["reason"].endswith("the credentials are wrong or have expired: set IONQ_API_KEY anew")
    kept = home / "kept.json"
    assert main([name, "--json", str(kept)]) == 1
    assert json.loads(kept.read_text())["connections"][0] == ionq
    table = capsys.readouterr()
    assert "│ no " in table.out
    assert f"{name}: HTTP 401" in table.out
    assert {call.request.method for call in server.recorded} == {"GET"}
    told = "".join((*shown, *again, *table))
    assert KEY not in told
    assert KEY not in asyncio.run(newest_at_the_server())
    assert KEY.encode() not in stored_in(home)


def test_where_nobody_can_be_asked_the_exit_status_says_so(
    home: Path, vendor: Ionq, capsys: pytest.CaptureFixture[str]
):
    assert main([]) == 1
    assert "nobody was asked: no credentials are given" in capsys.readouterr().out


def test_wrong_usage_is_told_before_prefect_keeps_it(
    home: Path, server: Server, name: str, capsys: pytest.CaptureFixture[str]
):
    for wrong in (["abacus"], [f"ionq?api_key={KEY}"], [name, "--wait-seconds", "0"]):
        assert main(wrong) == 2
    told = capsys.readouterr()
    assert "unknown; the backends are aer" in told.err
    assert "api_key is secret" in told.err
    assert "--wait-seconds" in told.err
    assert KEY not in told.out + told.err
    assert not server.recorded


async def test_without_names_saved_blocks_are_asked_and_what_is_in_them_is_not_shown(
    home: Path, vendor: Ionq, server: Server, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    empty = await check_connections()
    assert empty.report.connections == ()
    assert not empty.report.is_good
    url = f"{server.url}/v0.4"
    await IonqCloud.model_validate({"api_key": KEY, "url": url}).save("good", overwrite=True)
    await IonqCloud.model_validate({"api_key": f"{KEY}-old", "url": url}).save("old", overwrite=True)
    await AzureQuantum.model_validate({"connection_string": f"ApiKey={KEY};"}).save("half", overwrite=True)
    try:
        state = await check_connections(return_state=True)
    finally:
        for reference in ("good", "old"):
            await IonqCloud.delete(reference)
        await AzureQuantum.delete("half")
    assert (state.name, state.message) == (
        "Unreachable",
        "2 of 3 cannot be reached: block:azure-quantum/half, block:ionq-cloud/old",
    )
    found = {one.backend: one for one in (await state.result()).report.connections}
    assert found.pop("block:ionq-cloud/good").qubits == 29
    assert "lacks SubscriptionId" in found["block:azure-quantum/half"].reason
    assert found["block:ionq-cloud/old"].reason.endswith("expired: give the saved block new ones")
    async with get_client() as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["connections"]))
        tables = [one.data for one in await client.read_artifacts(artifact_filter=wanted)]
    assert any("block:ionq-cloud/good" in str(table) and '"29"' in str(table) for table in tables)
    assert KEY not in await newest_at_the_server()
    assert KEY not in caplog.text
    assert KEY.encode() not in stored_in(home)
    assert {call.request.method for call in server.recorded} == {"GET"}


async def test_an_environment_with_half_of_the_credentials_is_told(
    home: Path, vendor: Ionq, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", KEY)
    (found,) = (await check_connections()).report.connections
    assert (found.backend, found.is_reachable) == ("ibm", False)
    assert found.reason == "QISKIT_IBM_TOKEN is set without QISKIT_IBM_INSTANCE: set that, too"
    assert KEY not in await newest_at_the_server()
