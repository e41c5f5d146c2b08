"""What is told of vendors that are asked whether they can be used: without a job, and without a secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from blocks.connections import check, check_given
from qorum.routing.connections import Connection, ConnectionsReport
from tests.processes import free_port

from .conftest import KEY, connection_string
from .ibm import CRN, DEVICE

VENDORS = ("ionq", "ibm", "azure")
VARIABLES = ("IONQ_API_KEY", "QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "AZURE_QUANTUM_CONNECTION_STRING")
NETWORK = "look at this machine's network and proxy, then at the vendor's status page"


@pytest.fixture(autouse=True)
def credentials(monkeypatch, azure_server) -> None:
    given = (KEY, KEY, CRN, connection_string(azure_server.url))
    for variable, value in zip(VARIABLES, given, strict=True):
        monkeypatch.setenv(variable, value)


@pytest.fixture
def names(server, ibm_server) -> dict[str, str]:
    return {
        "ionq": f"ionq?device=qpu.forte-1&url={server.url}/v0.4",
        "ibm": f"ibm?device={DEVICE}&url={ibm_server.url}",
        "azure": "azure?target=ionq.qpu.forte-1",
    }


@pytest.fixture
def servers(server, ibm_server, azure_server):
    return {"ionq": server, "ibm": ibm_server, "azure": azure_server}


def asked(*names: str, seconds: float = 60.0) -> list[Connection]:
    """What is told of them, in which no secret may stand."""
    report = ConnectionsReport(asked_at=datetime.now(UTC), connections=tuple(check(names, seconds)))
    for told in (report.as_json(), str(report.rows), repr(report)):
        assert KEY not in told
    assert len(report.connections) == len(names)
    return list(report.connections)


def told_by_vendor(names: Mapping[str, str]) -> dict[str, Connection]:
    return dict(zip(names, asked(*names.values()), strict=True))


def test_all_are_asked_what_they_are_and_nothing_is_sent_that_makes_a_job(
    names, servers, vendor, ibm, azure, caplog
):
    caplog.set_level(logging.DEBUG)
    found = told_by_vendor(names)
    assert all(one.is_reachable and one.is_online and not one.reason for one in found.values())
    assert {name: one.qubits for name, one in found.items()} == {"ionq": 36, "ibm": 5, "azure": 36}
    assert {name: one.queue_seconds for name, one in found.items()} == dict.fromkeys(VENDORS, 60.0)
    assert found["ionq"].price_usd == pytest.approx(25.79 + 1000 * (0.0001645 + 0.001121))
    assert found["ibm"].price_usd == pytest.approx(60 * 1.60)
    assert found["azure"].price_usd > 25
    assert found["ionq"].calibrated_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert found["ibm"].calibrated_at is not None
    assert found["azure"].calibrated_at is None
    assert found["ionq"].place == f"{servers['ionq'].url}/v0.4/qpu.forte-1"
    assert found["azure"].place.endswith("/workspaces/work/ionq.qpu.forte-1")
    calls = [call.request for one in servers.values() for call in one.recorded]
    sent = [(one.method, one.path) for one in calls if one.method != "GET"]
    assert sent == [("POST", "/identity/token")]  # IBM's way to show a key
    assert not [one for one in (vendor, ibm, azure) if one.jobs]
    assert not [secret for secret in (KEY, *ibm.tokens) if secret in caplog.text]


@pytest.mark.parametrize("wrong", VENDORS)
def test_a_wrong_key_is_told_with_what_to_set_and_costs_no_other_vendor(names, vendor, ibm, azure, wrong):
    {"ionq": vendor, "ibm": ibm, "azure": azure}[wrong].keys.clear()
    found = told_by_vendor(names)
    assert [name for name, one in found.items() if not one.is_reachable] == [wrong]
    assert "HTTP 40" in found[wrong].reason
    assert "the credentials are wrong or have expired: set" in found[wrong].reason
    assert found[wrong].price_usd is None


def test_a_simulator_that_tells_of_itself_without_a_key_is_asked_with_it_all_the_same(server, vendor):
    name = f"ionq?url={server.url}/v0.4"
    (found,) = asked(name)
    assert (found.is_reachable, found.price_usd, found.qubits) == (True, 0.0, 29)
    vendor.keys.clear()
    (found,) = asked(name)
    assert not found.is_reachable
    assert found.reason.endswith("the credentials are wrong or have expired: set IONQ_API_KEY anew")


def test_a_device_that_is_offline_is_reachable_and_says_so(names, vendor, ibm, azure):
    vendor.status, azure.availability = "unavailable", "Unavailable"
    ibm.status = {"state": False, "status": "maintenance", "message": ""}
    for one in told_by_vendor(names).values():
        assert (one.is_reachable, one.is_online, one.queue_seconds) == (True, False, None)
        assert one.reason == "offline: ask again later, or name another device"


def test_a_device_that_the_vendor_has_not_is_told(names):
    found = told_by_vendor(
        {
            "ionq": names["ionq"].replace("forte-1", "forte-9"),
            "ibm": names["ibm"].replace(DEVICE, "ibm_nowhere"),
            "azure": "azure?target=ionq.qpu.aria-1",
        }
    )
    assert not [name for name, one in found.items() if one.is_reachable]
    for name in ("ionq", "ibm"):
        assert found[name].reason.startswith("HTTP 404")
        assert found[name].reason.endswith("no such device for this account: correct its name")
    assert "the workspace has no target ionq.qpu.aria-1, but ionq.qpu.forte-1" in found["azure"].reason


def test_a_server_that_is_not_there_is_told_with_where_to_look(monkeypatch):
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", connection_string(nowhere))
    for one in asked(f"ionq?url={nowhere}/v0.4", f"ibm?device=ibm_x&url={nowhere}", "azure"):
        assert not one.is_reachable
        assert one.reason.startswith(f"no connection to {nowhere}")
        assert one.reason.endswith(f"; {NETWORK}")


def test_a_vendor_that_cannot_answer_now_is_told_apart_from_one_that_is_not_there(names, servers):
    servers["ionq"].fault("GET", "/backends", "refuse", status=503)
    (found,) = asked(names["ionq"])
    assert found.reason.endswith(
        "HTTP 503: told to refuse; the vendor is there, but cannot answer now: ask again later"
    )


def test_one_that_hangs_is_not_waited_for_and_the_others_answer(names, servers):
    servers["ionq"].fault("GET", "/backends", "hang", seconds=300)
    found = dict(zip(VENDORS, asked(*names.values(), seconds=15.0), strict=True))
    assert found["ionq"].reason == f"no answer within 15 s; {NETWORK}"
    assert found["ibm"].is_reachable
    assert found["azure"].is_reachable


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("IONQ_API_KEY", "", "no API key: set IONQ_API_KEY"),
        ("QISKIT_IBM_TOKEN", "", "no API key: set QISKIT_IBM_TOKEN"),
        ("QISKIT_IBM_INSTANCE", "", "no instance: set QISKIT_IBM_INSTANCE"),
        ("QISKIT_IBM_INSTANCE", f"crn:{KEY}", "the CRN of an instance expected"),
        ("AZURE_QUANTUM_CONNECTION_STRING", f"ApiKey={KEY};", "the connection string lacks SubscriptionId"),
    ],
)
def test_credentials_that_are_missing_or_half_there_are_told_and_nothing_is_sent(
    names, servers, monkeypatch, variable, value, why
):
    monkeypatch.setenv(variable, value)
    (vendor,) = [name for name in VENDORS if name in variable.lower()]
    (found,) = asked(names[vendor])
    assert not found.is_reachable
    assert why in found.reason
    assert not servers[vendor].recorded


def test_without_names_the_environment_says_who_is_asked(servers, monkeypatch):
    """Half of IBM's credentials is told; IonQ has none, and is not asked."""
    for variable in ("IONQ_API_KEY", "QISKIT_IBM_INSTANCE"):
        monkeypatch.delenv(variable)
    azure, ibm = check_given(60.0)
    assert (azure.backend, azure.is_reachable, azure.qubits) == ("azure", True, 29)
    assert (ibm.backend, ibm.is_reachable) == ("ibm", False)
    assert ibm.reason == "QISKIT_IBM_TOKEN is set without QISKIT_IBM_INSTANCE: set that, too"
    for variable in ("QISKIT_IBM_TOKEN", "AZURE_QUANTUM_CONNECTION_STRING"):
        monkeypatch.setenv(variable, " ")
    assert check_given(60.0) == []


def test_all_devices_of_an_instance_of_ibm_are_listed(runtime, ibm_server):
    assert runtime(device="any").all_devices() == [DEVICE]
    assert [call.request.path for call in ibm_server.calls("GET")] == ["/api/v1/backends"]


def test_a_secret_in_a_name_is_refused_and_not_told(server):
    (found,) = asked(f"ionq?device=simulator&api_key={KEY}&url={server.url}/v0.4")
    assert found.backend == f"ionq?device=simulator&api_key=***&url={server.url}/v0.4"
    assert found.reason == "api_key is secret: set it in the environment or in a saved block"
    assert not server.recorded


def test_a_fault_in_a_backend_is_told_by_its_place_and_not_by_its_words(monkeypatch):
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends")
    broken, torch = asked("breaking?fault=profile", "torch")
    assert broken.reason.startswith("ZeroDivisionError in broken_backends.py, line ")
    assert broken.reason.endswith("; tell who maintains this backend")
    assert (torch.is_reachable, torch.place, torch.price_usd) == (True, "this machine", 0.0)


def test_one_that_is_named_twice_is_asked_once(names, servers):
    assert [one.backend for one in check([names["azure"]] * 2, 60.0)] == [names["azure"]]
    assert len(servers["azure"].calls("GET", "providerStatus")) == 1


def test_an_unknown_name_is_told_with_those_that_are_known():
    (found,) = asked("abacus")
    assert found.reason.startswith("unknown; the backends are aer, aws, azure")
