"""What IonQ answers of a job becomes histograms in Qiskit's bit order, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from blocks.backends import ionq_cloud
from blocks.backends._ionq_jobs import RETRYABLE
from qorum.errors import BackendFailed, VendorUnreachable

from .conftest import TOKEN, fetched, finish, flipped, one, submit


def test_each_qubit_is_read_from_the_clbit_it_was_measured_into(cloud):
    job, raw = fetched(cloud(), one(), shots=4000)
    [counts] = cloud().parse(raw, job, [one()], 4000)
    assert (counts.shots, counts.backend, counts.job_id, counts.seed) == (
        4000,
        cloud().backend_name,
        job,
        None,
    )
    assert set(counts.histogram) == {"0011", "1001"}
    assert counts.histogram["0011"] / 4000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("device", ["simulator", "qpu.forte-1"])
def test_random_circuits_padded_to_the_device_give_their_distributions(cloud, device):
    """Every gate that is sent is told from its inverse and its neighbours by these, in every place."""
    block, shots = cloud(device=device), 20_000
    target = block.profile().target
    circuits = [random_circuit(4, 5, max_operands=2, seed=seed) for seed in range(8)]
    compiled = []
    for circuit in circuits:
        circuit.measure_all()
        compiled.append(transpile(circuit, target=target, optimization_level=1, seed_transpiler=3))
    assert all(one.num_qubits == (4 if device == "simulator" else 36) for one in compiled)
    job, raw = fetched(block, *compiled, shots=shots)
    for circuit, counts in zip(circuits, block.parse(raw, job, compiled, shots), strict=True):
        exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
        seen = counts.probabilities()
        keys = seen.keys() | exact.keys()
        assert sum(abs(seen.get(key, 0) - exact.get(key, 0)) for key in keys) / 2 < 0.03


@pytest.mark.parametrize("name", sorted(ionq_cloud.GATES))
def test_every_gate_is_sent_as_what_it_is(cloud, name):
    circuit = QuantumCircuit(2)
    circuit.ry(0.7, 0)
    circuit.rx(0.4, 1)
    angle, qubits = [0.9] * (name in ("rx", "ry", "rz")), [1, 0] if name in ("cx", "swap") else [0]
    getattr(circuit, name)(*angle, *qubits)
    circuit.rx(1.1, 0)
    circuit.ry(0.5, 1)
    exact = Statevector(circuit).probabilities_dict()
    circuit.measure_all()
    block = cloud(device="simulator")
    job, raw = fetched(block, circuit, shots=100_000)
    [counts] = block.parse(raw, job, [circuit], 100_000)
    seen = counts.probabilities()
    assert max(abs(seen.get(key, 0) - exact[key]) for key in exact) < 0.008


def test_the_circuits_of_a_job_come_in_their_order_whatever_the_ids(vendor, cloud):
    circuits = [flipped(2), flipped(0), flipped(1)]
    job = submit(cloud(), *circuits)
    made = vendor.jobs[job]
    for old, new in zip(list(made.children), ("f-child", "a-child", "c-child"), strict=True):
        vendor.jobs[new] = vendor.jobs.pop(old)
        vendor.jobs[new].id = new
    made.children = ["f-child", "a-child", "c-child"]
    finish(cloud(), job)
    counts = cloud().parse(cloud().fetch(job), job, circuits, 400)
    assert [dict(one.histogram) for one in counts] == [{"100": 400}, {"001": 400}, {"010": 400}]


def test_the_ideal_simulator_s_probabilities_are_sampled_and_twice_alike(cloud):
    """Three quarters of 401 shots is no whole number, and samples scatter."""
    block = cloud(device="simulator")
    job, raw = fetched(block, one(), shots=401)
    [counts] = block.parse(raw, job, [one()], 401)
    assert counts.shots == 401
    assert counts.seed is not None
    assert block.parse(raw, job, [one()], 401) == [counts]
    others = [fetched(block, one(), shots=401) for _ in range(8)]
    told = {block.parse(raw, job, [one()], 401)[0].histogram["0011"] for job, raw in others}
    assert len(told) > 3


def test_the_noisy_simulator_s_frequencies_are_counts(vendor, cloud):
    block = cloud(device="simulator", noise="forte-1")
    job, raw = fetched(block, one(), shots=400)
    [made] = vendor.accepted(TOKEN)
    assert made.body["noise"] == {"model": "forte-1", "seed": int(TOKEN[:8], 16) >> 1}
    [counts] = block.parse(raw, job, [one()], 400)
    assert counts.seed is None
    assert counts.histogram["0011"] == round(made.probabilities["6"] * 400)


def changed(raw: bytes, change: Callable[[dict[str, Any]], Any], path: str) -> bytes:
    """The same results with one answer changed."""
    found = json.loads(raw)
    [key] = [name for name in found["answers"] if name.endswith(path)]
    answer = json.loads(found["answers"][key])
    found["answers"][key] = json.dumps(change(answer) or answer)
    return json.dumps(found).encode()


RESULTS, RECORD = "/results/probabilities", ""


@pytest.mark.parametrize(
    ("path", "change", "why"),
    [
        (RESULTS, lambda a: {"0": 0.5}, "probabilities that sum to 1 expected, found the sum 0.5"),
        (RESULTS, lambda a: {"3": 0.9975, "6": 0.0}, "probabilities that sum to 1"),
        (
            RESULTS,
            lambda a: {"3": 0.25, "6": 0.7491},
            "frequencies of 4000 shots expected, found those of 3996",
        ),
        (RESULTS, lambda a: {"3": 0.2501, "6": 0.7499}, "multiples of 1/4000 expected"),
        (RESULTS, lambda a: {"8": 1.0}, "outcomes of 3 qubits expected, found 8"),
        (RESULTS, lambda a: {"-1": 1.0}, "outcomes of 3 qubits expected, found -1"),
        (RESULTS, lambda a: {"0": 1.5, "1": -0.5}, "probabilities that sum to 1"),
        (RESULTS, lambda a: {"0": float("nan")}, "finite number|sum to 1"),
        (RESULTS, lambda a: {"x": 1.0}, "invalid literal"),
        (RESULTS, lambda a: ["3"], "dict"),
        (RESULTS, lambda a: {"error": "no such job"}, "number"),
        (RECORD, lambda a: a.update(shots=500), "4000 shots expected, found 500"),
        (RECORD, lambda a: a.update(shots=None), "4000 shots expected, found None"),
        (RECORD, lambda a: a.update(id="another"), "found that of another"),
        (RECORD, lambda a: a.update(status="failed"), "a completed job expected"),
        (RECORD, lambda a: a.update(backend="simulator"), "results of qpu.forte-1 expected, found those of"),
        (RECORD, lambda a: a.update(child_job_ids=["a", "b"]), "results of 1 circuits expected, found 2"),
        (RECORD, lambda a: a.update(child_job_ids=["a"]), "an answer to GET /jobs/a expected, found none"),
    ],
)
def test_results_that_are_not_what_was_asked_for_are_no_counts(cloud, path, change, why):
    job, raw = fetched(cloud(), one(), shots=4000)
    wrong = changed(raw, change, path or job)
    with pytest.raises(BackendFailed, match=why):
        cloud().parse(wrong, job, [one()], 4000)
    assert cloud().parse(raw, job, [one()], 4000)[0].shots == 4000


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"[]", lambda raw: b"\xff" + raw]
)
def test_damaged_results_are_no_counts(cloud, spoil):
    job, raw = fetched(cloud(), one())
    with pytest.raises(BackendFailed):
        cloud().parse(spoil(raw), job, [one()], 400)


def test_results_of_another_job_are_no_counts(vendor, cloud):
    job, raw = fetched(cloud(), one(), flipped(0))
    other, theirs = fetched(cloud(), flipped(1), flipped(2))
    with pytest.raises(BackendFailed, match=f"results of job {job} expected, found those of {other}"):
        cloud().parse(theirs, job, [one(), flipped(0)], 400)
    mixed = changed(raw, lambda a: a.update(parent_job_id=other), vendor.jobs[job].children[1])
    with pytest.raises(BackendFailed, match=f"a part of job {job} expected"):
        cloud().parse(mixed, job, [one(), flipped(0)], 400)


def test_rounded_frequencies_are_the_counts_they_were(cloud):
    shots = 3_000
    job, raw = fetched(cloud(), one(), shots=shots)
    rounded = changed(raw, lambda a: {"3": 0.33367, "6": 0.66633}, RESULTS)  # 1001.01 and 1998.99
    [counts] = cloud().parse(rounded, job, [one()], shots)
    assert dict(counts.histogram) == {"0011": 1999, "1001": 1001}


def test_a_job_that_is_not_done_has_no_results_yet(cloud):
    job = submit(cloud())
    with pytest.raises(BackendFailed, match="HTTP 404") as caught:
        cloud().fetch(job)
    assert caught.value.retryable


@pytest.mark.parametrize("kind", ["truncate", "corrupt", "drop"])
def test_results_that_do_not_arrive_whole_are_asked_for_again(server, cloud, kind):
    job, raw = fetched(cloud(), one())
    server.fault("GET", "/results/probabilities$", kind)
    if kind == "corrupt":  # kept as sent: `parse` refuses it
        with pytest.raises(BackendFailed):
            cloud().parse(cloud().fetch(job), job, [one()], 400)
    else:
        with pytest.raises(VendorUnreachable):
            cloud().fetch(job)
    assert cloud().parse(cloud().fetch(job), job, [one()], 400) == cloud().parse(raw, job, [one()], 400)


def test_a_job_goes_from_queued_to_done(cloud):
    job = submit(cloud())
    first = cloud().poll(job)
    assert (first.state, first.told, first.wait_seconds, first.is_final) == ("queued", "ready", 60.0, False)
    assert cloud().poll(job).state == "done"


def test_a_status_that_nobody_knows_is_unknown_and_not_final(vendor, cloud):
    job = submit(cloud())
    vendor.jobs[job].status, vendor.queue = "levitating", 10**6
    vendor._advance = lambda job: None
    status = cloud().poll(job)
    assert (status.state, status.told, status.is_final) == ("unknown", "levitating", False)


CODES = {
    **dict.fromkeys(("SystemCancel", "InternalError", "QuantumComputerError", "SimulationTimeout"), True),
    **dict.fromkeys(("InvalidInput", "NotEnoughQubits", "TooManyGates", "TooManyShots"), False),
    **dict.fromkeys(("UnsupportedGate", "QuantumCircuitComplexityError", "PreflightError"), False),
    **dict.fromkeys(("QuotaExhaustedError", "ContractExpiredError", "BrandNewError"), False),
}


@pytest.mark.parametrize(("code", "retryable"), CODES.items())
def test_a_failure_tells_whether_a_new_attempt_may_succeed(vendor, cloud, code, retryable):
    vendor.fails, vendor.queue = {"code": code, "message": "so it is"}, 0
    status = cloud().poll(submit(cloud()))
    assert (status.state, status.reason, status.retryable) == ("failed", f"{code}: so it is", retryable)
    assert CODES.keys() >= RETRYABLE


def test_the_status_of_another_job_is_none(server, cloud):
    job, other = submit(cloud()), submit(cloud())
    server.fault("GET", f"/jobs/{job}$", "corrupt", body=json.dumps(_record(other)).encode())
    with pytest.raises(VendorUnreachable, match=f"job {job} expected, found {other}"):
        cloud().poll(job)


def _record(job: str) -> dict[str, Any]:
    return {"id": job, "status": "completed", "backend": "qpu.forte-1", "shots": 400}


def test_a_cancelled_job_is_cancelled_and_costs_nothing(cloud):
    job = submit(cloud())
    cloud().cancel(job)
    assert cloud().poll(job).state == "cancelled"
    charge = cloud().invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (0.0, True)


@pytest.mark.parametrize("status", [None, 400, 409])
def test_a_job_that_was_done_before_it_could_be_cancelled_stays_done(server, cloud, status):
    job, raw = fetched(cloud(), one())
    if status:
        server.fault("PUT", "/cancel$", "refuse", status=status)
    cloud().cancel(job)
    assert len(server.calls("PUT")) == 1
    assert cloud().poll(job).state == "done"
    assert cloud().fetch(job) == raw


def test_a_cancellation_that_is_refused_is_told(server, cloud):
    job = submit(cloud())
    server.fault("PUT", "/cancel$", "refuse", status=409)
    with pytest.raises(BackendFailed, match="HTTP 409"):
        cloud().cancel(job)
