"""What IBM answers of a job becomes histograms in Qiskit's bit order, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from blocks.backends import load_backend
from blocks.backends._ibm_jobs import RETRYABLE
from qorum.errors import BackendFailed, VendorUnreachable

from .conftest import fetched, finish, flipped, one, ready, submit
from .ibm import DEVICE


def test_each_qubit_is_read_from_the_clbit_it_was_measured_into(runtime):
    job, raw = fetched(runtime(), *ready(one()), shots=4000)
    [counts] = runtime().parse(raw, job, ready(one()), 4000)
    assert (counts.shots, counts.backend, counts.job_id) == (4000, runtime().backend_name, job)
    assert set(counts.histogram) == {"0011", "1001"}
    assert counts.histogram["0011"] / 4000 == pytest.approx(0.75, abs=0.03)


def test_an_asymmetric_circuit_gives_what_our_own_engine_gives(runtime):
    circuits = [random_circuit(4, 5, max_operands=2, seed=seed) for seed in range(4)]
    for circuit in circuits:
        circuit.measure_all()
    compiled, shots = ready(*circuits), 20_000
    job, raw = fetched(runtime(), *compiled, shots=shots)
    for circuit, counts in zip(circuits, runtime().parse(raw, job, compiled, shots), strict=True):
        exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
        seen = counts.probabilities()
        keys = seen.keys() | exact.keys()
        assert sum(abs(seen.get(key, 0) - exact.get(key, 0)) for key in keys) / 2 < 0.03


def test_the_library_reads_from_the_stored_text_what_we_read(runtime):
    from qiskit_ibm_runtime.decoders.executor.decoder import ExecutorResultDecoder
    from qiskit_ibm_runtime.decoders.executor_sampler.decoder import ClientSideSamplerResultDecoder

    job, raw = fetched(runtime(), *ready(one()))
    text = json.loads(raw)["results"]
    [part] = ClientSideSamplerResultDecoder.decode(ExecutorResultDecoder.decode(text))
    [counts] = runtime().parse(raw, job, ready(one()), 400)
    assert part.join_data().get_counts() == dict(counts.histogram)


def test_the_circuits_of_a_job_come_in_their_order(runtime):
    circuits = ready(flipped(2), flipped(0), flipped(1))
    job, raw = fetched(runtime(), *circuits)
    counts = runtime().parse(raw, job, circuits, 400)
    assert [dict(one.histogram) for one in counts] == [{"100": 400}, {"001": 400}, {"010": 400}]
    with pytest.raises(BackendFailed, match="results of the circuit flip 0 expected, found those of another"):
        runtime().parse(raw, job, circuits[1:] + circuits[:1], 400)


def changed(raw: bytes, change: Callable[[dict[str, Any]], Any], part: str) -> bytes:
    """The same with one answer changed."""
    found = json.loads(raw)
    answer = json.loads(found[part])
    found[part] = json.dumps(change(answer) or answer)
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("part", "change", "why"),
    [
        ("record", lambda a: a.update(id="another"), "expected, found those of another"),
        (
            "record",
            lambda a: a.update(backend="ibm_elsewhere"),
            f"results of {DEVICE} expected, found those of",
        ),
        ("record", lambda a: a["state"].update(status="Failed"), "a completed job expected"),
        ("record", lambda a: {"error": "gone"}, "Field required"),
        ("results", lambda a: a["data"].clear(), "results of 1 circuits expected, found 0"),
        ("results", lambda a: a["data"].append(a["data"][0]), "results of a Sampler expected"),
        ("results", lambda a: a["data"][0]["results"].clear(), "results of a Sampler expected"),
        (
            "results",
            lambda a: a["data"][0]["results"]["c"].update(data="AAAA"),
            "results of a Sampler expected",
        ),
        ("results", lambda a: a.update(schema_version="v9"), "results of a Sampler expected"),
        ("results", lambda a: a.update(passthrough_data=None), "results of a Sampler expected"),
        ("results", lambda a: ["v2.0"], "results of a Sampler expected"),
        ("results", lambda a: {"__type__": "settings"}, "results of a Sampler expected"),
    ],
)
def test_results_that_are_not_what_was_asked_for_are_no_counts(runtime, part, change, why):
    circuits = ready(one())
    job, raw = fetched(runtime(), *circuits)
    wrong = changed(raw, change, part)
    with pytest.raises(BackendFailed, match=why):
        runtime().parse(wrong, job, circuits, 400)


def test_another_number_of_shots_or_bits_is_no_result(runtime):
    job, raw = fetched(runtime(), *ready(one()))
    with pytest.raises(BackendFailed, match="401 shots of 4 bits of register c expected, found 400 shots"):
        runtime().parse(raw, job, ready(one()), 401)
    _, theirs = fetched(runtime(), *ready(flipped(0)))
    narrow = json.loads(json.loads(theirs)["results"])["data"]
    swapped = changed(raw, lambda answer: answer.update(data=narrow), "results")
    with pytest.raises(BackendFailed, match=r"4 bits of register c expected, found .* of 3 bits"):
        runtime().parse(swapped, job, ready(one()), 400)


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"[]", lambda raw: b"\xff" + raw]
)
def test_damaged_results_are_no_counts(runtime, spoil):
    job, raw = fetched(runtime(), *ready(one()))
    with pytest.raises(BackendFailed):
        runtime().parse(spoil(raw), job, ready(one()), 400)


def test_results_of_another_job_are_no_counts(ibm_server, runtime):
    job, raw = fetched(runtime(), *ready(one()))
    other, theirs = fetched(runtime(), *ready(flipped(1)))
    with pytest.raises(BackendFailed, match=f"results of job {job} expected, found those of {other}"):
        runtime().parse(theirs, job, ready(one()), 400)
    text = json.loads(theirs)["results"].encode()
    ibm_server.fault("GET", f"/jobs/{job}/results$", "corrupt", body=text)  # a server that mixes them up
    mixed = runtime().fetch(job)
    with pytest.raises(BackendFailed, match="results of the circuit one expected, found those of another"):
        runtime().parse(mixed, job, ready(one()), 400)
    assert runtime().parse(runtime().fetch(job), job, ready(one()), 400)
    assert raw != theirs


def test_a_job_that_is_not_done_has_no_results_yet(runtime):
    job = submit(runtime(), *ready(one()))
    with pytest.raises(VendorUnreachable, match="has no results yet"):
        runtime().fetch(job)


@pytest.mark.parametrize("kind", ["truncate", "corrupt", "drop"])
def test_results_that_do_not_arrive_whole_are_asked_for_again(ibm_server, runtime, kind):
    job, raw = fetched(runtime(), *ready(one()))
    ibm_server.fault("GET", "/results$", kind)
    if kind == "corrupt":  # kept as sent, were it not empty: `parse` refuses it
        ibm_server.heal()
        ibm_server.fault("GET", "/results$", kind, body=b"<html>")
        with pytest.raises(BackendFailed):
            runtime().parse(runtime().fetch(job), job, ready(one()), 400)
    else:
        with pytest.raises(VendorUnreachable):
            runtime().fetch(job)
    assert runtime().parse(runtime().fetch(job), job, ready(one()), 400) == runtime().parse(
        raw, job, ready(one()), 400
    )


def test_a_job_goes_from_queued_to_done(runtime):
    job = submit(runtime(), *ready(one()))
    first = runtime().poll(job)
    assert (first.state, first.told, first.is_final) == ("queued", "Queued", False)
    assert runtime().poll(job).state == "done"


@pytest.mark.parametrize("told", ["Levitating", "Cancelled - Out of helium", ""])
def test_a_status_that_nobody_knows_is_unknown_and_not_final(ibm, runtime, told):
    ibm.ends, ibm.queue = (told, "", None), 0
    status = runtime().poll(submit(runtime(), *ready(one())))
    assert (status.state, status.told, status.is_final) == ("unknown", told, False)


@pytest.mark.parametrize(
    ("ends", "state", "reason", "retryable"),
    [
        (("Failed", "it broke", 1010), "failed", "1010: it broke", True),
        (("Failed", "not valid", 1002), "failed", "1002: not valid", False),
        (("Failed", "", None), "failed", "", False),
        (("Cancelled - Ran too long", "", None), "failed", "", False),
        (("Cancelled", "too long", 1305), "failed", "1305: too long", False),
        (("Cancelled", "by user", None), "cancelled", "by user", False),
    ],
)
def test_how_a_job_ends_tells_whether_a_new_attempt_may_succeed(ibm, runtime, ends, state, reason, retryable):
    ibm.ends, ibm.queue = ends, 0
    status = runtime().poll(submit(runtime(), *ready(one())))
    assert (status.state, status.reason, status.retryable) == (state, reason, retryable)
    assert 1305 not in RETRYABLE


def test_the_status_of_another_job_is_none(ibm_server, runtime):
    job, other = (submit(runtime(), *ready(one())) for _ in range(2))
    theirs = {"id": other, "backend": DEVICE, "state": {"status": "Completed"}}
    ibm_server.fault("GET", f"/jobs/{job}$", "corrupt", body=json.dumps(theirs).encode())
    with pytest.raises(VendorUnreachable, match=f"job {job} expected, found {other}"):
        runtime().poll(job)


def test_a_cancelled_job_is_cancelled(ibm_server, runtime):
    job = submit(runtime(), *ready(one()))
    runtime().cancel(job)
    assert runtime().poll(job).state == "cancelled"
    runtime().cancel(job)
    assert len(ibm_server.calls("POST", "/cancel$")) == 2


def test_a_job_that_was_done_before_it_could_be_cancelled_stays_done(ibm_server, runtime):
    job, raw = fetched(runtime(), *ready(one()))
    runtime().cancel(job)
    assert len(ibm_server.calls("POST", "/cancel$")) == 1
    assert runtime().poll(job).state == "done"
    assert runtime().fetch(job) == raw


def test_a_cancellation_that_is_refused_is_told(ibm, ibm_server, runtime):
    ibm.queue = 10
    job = submit(runtime(), *ready(one()))
    ibm_server.fault("POST", "/cancel$", "refuse", status=409)
    with pytest.raises(BackendFailed, match="HTTP 409"):
        runtime().cancel(job)
    ibm_server.fault("POST", "/cancel$", "drop")
    with pytest.raises(VendorUnreachable):
        runtime().cancel(job)
    assert len(ibm_server.calls("POST", "/cancel$")) == 2


def test_what_was_measured_midway_decides_what_follows(runtime):
    circuit = QuantumCircuit(2, 3)
    circuit.x(0)
    circuit.measure(0, 2)
    with circuit.if_test((circuit.clbits[2], 1)):
        circuit.x(1)
    circuit.measure(1, 0)
    block = runtime()
    assert block.profile().dynamic == ("if_else" in block.profile().target.operation_names)
    if not block.profile().dynamic:
        told = block.submit(ready(circuit), 10, "ef" * 32)
        assert "if_else" in told.reason
        return
    job, raw = fetched(block, *ready(circuit), shots=10)
    [counts] = block.parse(raw, job, ready(circuit), 10)
    assert dict(counts.histogram) == {"101": 10}


def test_a_fake_device_of_the_same_figures_agrees_with_its_own_recording(runtime):
    """What is compiled for the device is what is compiled for the fake one."""
    device, fake = runtime().profile(), load_backend("ibm?fake=manila").profile()
    assert set(device.target.operation_names) == set(fake.target.operation_names)
    for name in ("cx", "sx", "measure"):
        for qubits, known in device.target[name].items():
            assert known.error == fake.target[name][qubits].error
            assert known.duration == pytest.approx(fake.target[name][qubits].duration)
    assert device.target.qubit_properties[3].t1 == fake.target.qubit_properties[3].t1


def test_nothing_is_left_of_a_job_but_its_answers(runtime):
    job = submit(runtime(), *ready(one()))
    finish(runtime(), job)
    assert json.loads(runtime().fetch(job)).keys() == {"job_id", "record", "results"}
