"""A job is sent to IBM at most once, and what became of it is told as it is."""

from __future__ import annotations

import json

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Parameter

from blocks.backends import _ibm_api, ibm_runtime
from qorum.errors import BackendFailed
from qorum.remote import Accepted, Charge, Refused, Unclear

from .conftest import START, TOKEN, fetched, flipped, manila, one, ready, submit
from .ibm import DEVICE

LOST = [
    ("drop", {}),
    ("truncate", {}),
    ("hang", {"seconds": 30.0}),
    ("corrupt", {"body": b"<html>bad gateway</html>"}),
    ("corrupt", {"body": b'{"id": null}'}),
    ("corrupt", {"body": b'{"id": "../backends"}'}),
    *[("error", {"status": status, "times": 9}) for status in (302, 408, 500, 502, 503, 504, 520)],
]


@pytest.mark.parametrize(("kind", "settings"), LOST)
def test_a_lost_answer_is_unclear_after_one_request_and_the_job_is_found(
    ibm, ibm_server, runtime, monkeypatch, kind, settings
):
    block, circuits = runtime(), ready(one(), one())
    monkeypatch.setattr(ibm_runtime, "SUBMIT_SECONDS", 1.0)
    ibm_server.fault("POST", "/jobs$", kind, **settings)
    told = block.submit(circuits, 100, TOKEN)
    assert isinstance(told, Unclear), told
    assert len(ibm_server.calls("POST", "/jobs$")) == 1
    [job] = ibm.accepted(TOKEN)
    ibm_server.heal()
    assert block.find(TOKEN, START) == [job.id]


@pytest.mark.parametrize(
    ("status", "told", "wait"),
    [
        (400, "", None),
        (401, "", None),
        (403, "", None),
        (404, "", None),
        (409, "", None),
        (422, "", None),
        (429, "7", 7.0),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT", 3600.0),
        (429, "", 60.0),
    ],
)
def test_a_refusal_is_told_with_the_wait_and_no_job_is_made(ibm, ibm_server, runtime, status, told, wait):
    body = json.dumps({"errors": [{"code": 1, "message": "so it is"}]}).encode()
    ibm_server.fault("POST", "/jobs$", "refuse", status=status, retry_after=told, body=body)
    answer = runtime().submit(ready(one()), 100, TOKEN)
    assert answer == Refused(f"HTTP {status}: so it is", wait)
    assert len(ibm_server.calls("POST", "/jobs$")) == 1
    assert not ibm.accepted(TOKEN)
    assert runtime().find(TOKEN, START) == []


@pytest.mark.parametrize("path", ["/identity/token$", "/status$", "/configuration$", "/properties$"])
@pytest.mark.parametrize(
    ("kind", "settings", "wait"),
    [
        ("drop", {}, 30.0),
        ("truncate", {}, 30.0),
        ("corrupt", {"body": b"{}"}, 30.0),
        ("refuse", {"status": 503}, 30.0),
        ("refuse", {"status": 429, "retry_after": "4"}, 4.0),
        ("refuse", {"status": 403}, None),
    ],
)
def test_what_is_asked_before_the_job_may_fail_and_nothing_is_submitted(
    ibm_server, runtime, path, kind, settings, wait
):
    ibm_server.fault("POST" if "token" in path else "GET", path, kind, **settings)
    answer = runtime().submit(ready(one()), 100, TOKEN)
    assert isinstance(answer, Refused), answer
    if not (path == "/status$" and kind == "corrupt"):  # a device that does not say that it works
        assert answer.retry_after == wait
    assert not ibm_server.calls("POST", "/jobs$")
    assert isinstance(runtime().submit(ready(one()), 100, TOKEN), Accepted)


def test_a_host_that_is_not_there_was_sent_nothing(runtime):
    answer = runtime(url="http://127.0.0.1:9").submit(ready(one()), 100, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.retry_after == 30.0
    assert "no connection to http://127.0.0.1:9" in answer.reason


@pytest.mark.parametrize(
    "status",
    [{"state": False, "status": "", "message": "maintenance"}, {"state": True, "status": "internal"}],
)
def test_to_a_device_that_is_not_in_operation_nothing_is_sent(ibm, ibm_server, runtime, status):
    ibm.status = status
    answer = runtime().submit(ready(one()), 100, TOKEN)
    assert isinstance(answer, Refused)
    assert f"{DEVICE} is not in operation" in answer.reason
    assert answer.retry_after == 600.0
    assert not ibm_server.calls("POST", "/jobs$")
    assert runtime().profile().queue_wait == float("inf")


def unbound() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="mine")
    circuit.rz(Parameter("a"), 0)
    circuit.measure(0, 0)
    return circuit


@pytest.mark.parametrize(
    ("circuits", "shots", "why"),
    [
        ([unbound()], 10, "mine: parameters with values expected, found a without"),
        ([QuantumCircuit(1, 1, name="mine")], 10, "mine: at least one measurement expected"),
        ([flipped(0), QuantumCircuit(1, name="mine")], 10, "mine: at least one measurement expected"),
        ([], 10, "1 to 100 circuits of one job expected, found 0"),
        ([flipped(0)] * 101, 10, "1 to 100 circuits of one job expected, found 101"),
        ([flipped(0)], 0, "1 to 1000000 shots expected, found 0"),
        ([flipped(0)], 1_000_001, "1 to 1000000 shots expected"),
        ([flipped(0)] * 11, 1_000_000, "10000000 at most expected, found 11000000"),
    ],
)
def test_what_no_device_carries_out_is_not_sent(ibm_server, runtime, circuits, shots, why):
    answer = runtime().submit(circuits, shots, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why):
        runtime().estimate(circuits, shots)
    assert not ibm_server.recorded


def not_native() -> QuantumCircuit:
    circuit = QuantumCircuit(5, 1, name="mine")
    circuit.h(3)
    circuit.measure(3, 0)
    return circuit


def not_connected() -> QuantumCircuit:
    circuit = QuantumCircuit(5, 1, name="mine")
    circuit.cx(0, 4)
    circuit.measure(4, 0)
    return circuit


def looped() -> QuantumCircuit:
    circuit = QuantumCircuit(5, 1, name="mine")
    circuit.measure(0, 0)
    with circuit.while_loop((circuit.clbits[0], 1)):
        circuit.measure(0, 0)
    return circuit


@pytest.mark.parametrize(
    ("circuit", "settings", "why"),
    [
        (not_native(), {}, "mine: The instruction h on qubits (3,) is not supported"),
        (not_connected(), {}, "mine: The instruction cx on qubits (0, 4) is not supported"),
        (flipped(0, width=6), {}, "flip 0: The circuit has 6 qubits but the target system requires 5"),
        (looped(), {}, "while_loop"),
    ],
)
def test_what_does_not_fit_the_device_is_not_sent(ibm_server, runtime, circuit, settings, why):
    answer = runtime(**settings).submit([*ready(one()), circuit], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert answer.retry_after is None
    assert not ibm_server.calls("POST", "/jobs$")


def test_one_request_makes_one_job_with_the_token_as_tag_and_the_bound(ibm, ibm_server, runtime):
    job = submit(runtime(max_execution_seconds=42), *ready(one(), flipped(0)))
    assert [call.request.path for call in ibm_server.calls("POST")] == ["/identity/token", "/api/v1/jobs"]
    [made] = ibm.accepted(TOKEN)
    assert (made.id, made.body["tags"], made.body["cost"], made.body["backend"]) == (job, [TOKEN], 42, DEVICE)


def test_the_request_is_the_one_that_ibm_s_own_client_sends(ibm, runtime):
    """What is sent is put together by us: the library's session may not send it."""
    from qiskit_ibm_runtime.api.rest.runtime import Runtime

    class Session:
        def post(self, url, data, **settings):
            self.sent = url, json.loads(data)
            return self

        def json(self):
            return {}

    submit(runtime(), *ready(one()))
    [made] = ibm.accepted(TOKEN)
    session = Session()
    body = made.body
    Runtime(session).program_run(
        *(body["program_id"], body["backend"], body["params"]),
        log_level="WARNING",
        job_tags=[TOKEN],
        max_execution_time=60,
    )
    assert session.sent == ("/jobs", body)
    assert Runtime._HEADER_API_VERSION == {"IBM-API-Version": _ibm_api.API_VERSION}


@pytest.mark.parametrize("sequence", ["XX", "XpXm", "XY4"])
def test_dynamical_decoupling_fills_idle_times_and_is_a_device_of_its_own(ibm, runtime, sequence):
    from ibm_quantum_schemas.executor.version_2_0 import ParamsModel

    circuit = QuantumCircuit(3, 3)
    circuit.x(0)
    for _ in range(4):
        circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.measure(range(3), range(3))
    block = runtime(dynamical_decoupling=sequence)
    submit(block, *ready(circuit))
    [made] = ibm.accepted(TOKEN)
    [sent] = ParamsModel.model_validate(made.body["params"]).quantum_program.circuits.to_python()
    assert sent.count_ops()["delay"] > 1
    assert sent.count_ops()["x"] > 1
    assert block.profile().device == block.backend_name
    assert not block.profile().dynamic


def test_a_device_that_is_unknown_is_said_so(runtime):
    with pytest.raises(BackendFailed, match="HTTP 404: not found"):
        runtime(device="ibm_nowhere").profile()
    answer = runtime(device="ibm_nowhere").submit(ready(one()), 400, TOKEN)
    assert isinstance(answer, Refused)


def test_loose_bits_and_many_registers_are_sent_and_come_back_in_place(runtime):
    qubits = QuantumRegister(5, "q")
    loose = [Clbit(), Clbit()]
    registers = ClassicalRegister(2, "b"), ClassicalRegister(2, "a")
    circuit = QuantumCircuit(qubits, [loose[0]], registers[0], [loose[1]], registers[1])
    circuit.x([1, 4])
    circuit.measure(range(5), [5, 0, 1, 2, 3])
    job, raw = fetched(runtime(), *ready(circuit), shots=10)
    [counts] = runtime().parse(raw, job, ready(circuit), 10)
    assert dict(counts.histogram) == {"001001": 10}  # clbits 543210: q0, none, q4, q3, q2, q1


def test_the_most_that_a_job_costs_is_its_bound(runtime):
    reserved = runtime(max_execution_seconds=10).estimate(ready(one()), 400)
    assert reserved == Charge(16.0, 10, "seconds", False, "max_execution_seconds")
    assert manila().num_qubits == 5


def test_what_is_read_before_a_job_is_sent_is_counted_in_what_its_list_lags(ibm_server, runtime):
    submit(runtime(), *ready(one()))
    before = len(ibm_server.recorded) - len(ibm_server.calls("POST", "/jobs$"))
    assert before >= 3
    limits = before * ibm_runtime.READ_SECONDS + ibm_runtime.SUBMIT_SECONDS
    assert runtime().list_lag_seconds >= limits + ibm_runtime.LIST_SECONDS
