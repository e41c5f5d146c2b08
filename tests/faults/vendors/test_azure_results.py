"""What Azure Quantum answers of a job becomes histograms in Qiskit's bit order, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from blocks.backends._azure_programs import PROVIDERS
from qorum.errors import BackendFailed, VendorUnreachable

from .conftest import fetched, finish, flipped, one, submit

IONQ, QUANTINUUM, RIGETTI = "ionq.qpu.forte-1", "quantinuum.qpu.h2-1", "rigetti.qpu.cepheus-1-108q"
TARGETS = ("ionq.simulator", IONQ, "quantinuum.sim.h2-1e", QUANTINUUM, "rigetti.sim.qvm", RIGETTI)
JOB = "/jobs/[^/]*$"


@pytest.fixture
def block(workspace):
    def make(target: str = IONQ):
        return workspace(target=target, usd_per_hqc=10.0, most_seconds=0.5)

    return make


@pytest.mark.parametrize("target", TARGETS)
def test_each_qubit_is_read_from_the_clbit_it_was_measured_into(block, target):
    job, raw = fetched(block(target), one(), shots=4000)
    [counts] = block(target).parse(raw, job, [one()], 4000)
    assert (counts.shots, counts.backend, counts.job_id) == (4000, block(target).backend_name, job)
    assert (counts.seed is None) == (target != "ionq.simulator")
    assert set(counts.histogram) == {"0011", "1001"}
    assert counts.histogram["0011"] / 4000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("target", TARGETS)
def test_random_circuits_give_their_distributions(block, target):
    """Every gate that is sent is told from its inverse and its neighbours by these, in every place."""
    cloud, shots = block(target), 10_000
    native = cloud.profile().target
    for seed in range(8):
        circuit = random_circuit(4, 5, max_operands=2, seed=seed)
        circuit.measure_all()
        compiled = transpile(circuit, target=native, optimization_level=1, seed_transpiler=3)
        job = submit(cloud, compiled, shots=shots, token=f"{seed:064x}")
        finish(cloud, job)
        [counts] = cloud.parse(cloud.fetch(job), job, [compiled], shots)
        exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
        seen = counts.probabilities()
        keys = seen.keys() | exact.keys()
        assert sum(abs(seen.get(key, 0) - exact.get(key, 0)) for key in keys) / 2 < 0.04


NAMED = [
    (target, gate)
    for target in ("ionq.simulator", "quantinuum.sim.h2-1e", "rigetti.sim.qvm")
    for gate in PROVIDERS[target.partition(".")[0]].gates
]


@pytest.mark.parametrize(("target", "name"), NAMED)
def test_every_gate_is_sent_as_what_it_is(block, target, name):
    circuit = QuantumCircuit(2)
    circuit.ry(0.7, 0)
    circuit.rx(0.4, 1)
    angle, qubits = [-0.9] * (name in ("rx", "ry", "rz")), [1, 0] if name in ("cx", "cz") else [0]
    getattr(circuit, name)(*angle, *qubits)
    circuit.rx(1.1, 0)
    circuit.ry(0.5, 1)
    exact = Statevector(circuit).probabilities_dict()
    circuit.measure_all()
    job, raw = fetched(block(target), circuit, shots=10_000)
    [counts] = block(target).parse(raw, job, [circuit], 10_000)
    seen = counts.probabilities()
    assert max(abs(seen.get(key, 0) - exact[key]) for key in exact) < 0.025


def test_the_ideal_simulator_s_probabilities_are_sampled_and_twice_alike(block):
    """Three quarters of 401 shots is no whole number, and samples scatter."""
    cloud, told = block("ionq.simulator"), set()
    for number in range(8):
        job = submit(cloud, shots=401, token=f"{number:064x}")
        finish(cloud, job)
        raw = cloud.fetch(job)
        [counts] = cloud.parse(raw, job, [one()], 401)
        assert counts.shots == 401
        assert cloud.parse(raw, job, [one()], 401) == [counts]
        told.add(counts.histogram["0011"])
    assert len(told) > 3


def test_a_syntax_checker_s_zeros_are_no_samples(azure, block):
    cloud = block("quantinuum.sim.h2-1sc")
    job, raw = fetched(cloud, flipped(0))
    assert not azure.jobs[job].is_paid
    with pytest.raises(BackendFailed, match="compiled the circuit; its zeros are no samples"):
        cloud.parse(raw, job, [flipped(0)], 400)


@pytest.mark.parametrize("target", [QUANTINUUM, RIGETTI])
def test_shots_that_lost_a_qubit_are_no_samples(azure, block, target):
    azure.lost = 3
    job, raw = fetched(block(target))
    with pytest.raises(BackendFailed, match="3 of 400 shots lost a qubit"):
        block(target).parse(raw, job, [one()], 400)


def changed(raw: bytes, part: str, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The same results with the job's record or its results changed."""
    found = json.loads(raw)
    answer = json.loads(found[part])
    found[part] = json.dumps(change(answer) or answer)
    return json.dumps(found).encode()


def with_shot(shot: object) -> Callable[[dict[str, Any]], Any]:
    def change(answer: dict[str, Any]) -> None:
        next(answer[name] for name in ("c", "ro") if name in answer)[7] = shot

    return change


WRONG = [
    *[
        (target, "record", change, why)
        for target in (IONQ, QUANTINUUM, RIGETTI)
        for change, why in [
            (lambda a: a.update(id="another"), "found another"),
            (lambda a: a.update(target="ionq.simulator"), "results of target .* found ionq.simulator"),
            (lambda a: a.update(status="Failed"), "a job that is done expected, found Failed"),
            (lambda a: a.update(status="Dancing"), "a job that is done expected, found Dancing"),
            (lambda a: a.update(inputParams={"shots": 500}), "shots: 4000 expected, found 500"),
            (lambda a: a.update(inputParams=None), "shots: 4000 expected, found None"),
            (lambda a: a.update(outputDataFormat="x"), "in the form .* found x"),
            (
                lambda a: a.update(outputDataUri="https://x/job-y/rawOutputData"),
                "in container .* found job-y",
            ),
            (lambda a: a.update(outputDataUri=None), "in container"),
        ]
    ],
    (IONQ, "results", lambda a: {"histogram": {"0": 0.5}}, "probabilities that sum to 1 expected"),
    (IONQ, "results", lambda a: {"histogram": {"3": 0.2501, "6": 0.7499}}, "multiples of 1/4000 expected"),
    (IONQ, "results", lambda a: {"histogram": {"8": 1.0}}, "outcomes of 3 qubits expected, found 8"),
    (IONQ, "results", lambda a: {"histogram": {"x": 1.0}}, "invalid literal"),
    (IONQ, "results", lambda a: {"histogram": ["3"]}, "dict"),
    (IONQ, "results", lambda a: {"c": ["0"]}, "histogram"),
    (QUANTINUUM, "results", lambda a: a["c"].pop() and None, "shots: 4000 expected, found 3999"),
    (QUANTINUUM, "results", with_shot("0110"), "3 bits of each shot expected, found '0110'"),
    (QUANTINUUM, "results", with_shot(""), "3 bits of each shot expected, found ''"),
    (QUANTINUUM, "results", with_shot("1-1"), "1 of 4000 shots lost a qubit"),
    (QUANTINUUM, "results", with_shot(101), "string"),
    (QUANTINUUM, "results", lambda a: {"d": a["c"]}, "c\n"),
    (RIGETTI, "results", lambda a: a["ro"].pop() and None, "shots: 4000 expected, found 3999"),
    (RIGETTI, "results", with_shot([1, 0]), "3 bits of each shot expected, found '01'"),
    (RIGETTI, "results", with_shot([1, 0, 2]), "1 of 4000 shots lost a qubit"),
    (RIGETTI, "results", with_shot([1, 0, -1]), "1 of 4000 shots lost a qubit"),
    (RIGETTI, "results", with_shot([1, 0, 10]), "3 bits of each shot expected, found '1001'"),
    (RIGETTI, "results", with_shot("101"), "list"),
]


@pytest.mark.parametrize(("target", "part", "change", "why"), WRONG)
def test_results_that_are_not_what_was_asked_for_are_no_counts(block, target, part, change, why):
    job, raw = fetched(block(target), one(), shots=4000)
    with pytest.raises(BackendFailed, match=why.strip()):
        block(target).parse(changed(raw, part, change), job, [one()], 4000)
    assert block(target).parse(raw, job, [one()], 4000)[0].shots == 4000


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"[]", lambda raw: b"\xff" + raw]
)
def test_damaged_results_are_no_counts(block, spoil):
    job, raw = fetched(block(), one())
    with pytest.raises(BackendFailed):
        block().parse(spoil(raw), job, [one()], 400)


def test_results_of_another_job_are_no_counts(block):
    job, raw = fetched(block())
    other = submit(block(), token="cd" * 32)
    finish(block(), other)
    theirs = block().fetch(other)
    with pytest.raises(BackendFailed, match=f"results of job {job} expected, found {other}"):
        block().parse(theirs, job, [one()], 400)
    mixed = json.dumps({**json.loads(theirs), "job_id": job}).encode()
    with pytest.raises(BackendFailed, match=f"results of job {job} expected, found {other}"):
        block().parse(mixed, job, [one()], 400)
    assert block().parse(raw, job, [one()], 400)


def test_a_register_read_from_the_other_end_would_show(block):
    """The providers behind the service do not agree on which end bit 0 is at."""
    for target in (QUANTINUUM, RIGETTI):
        job = submit(block(target), flipped(0), token=target.encode().hex().ljust(64, "0"))
        finish(block(target), job)
        raw = block(target).fetch(job)
        [counts] = block(target).parse(raw, job, [flipped(0)], 400)
        assert dict(counts.histogram) == {"001": 400}
        turned = {"c": ["100"] * 400} if target == QUANTINUUM else {"ro": [[0, 0, 1]] * 400}
        found = changed(raw, "results", lambda a, turned=turned: turned)
        [counts] = block(target).parse(found, job, [flipped(0)], 400)
        assert dict(counts.histogram) == {"100": 400}


def test_a_job_that_is_not_done_has_no_results_yet(azure_server, block):
    job = submit(block())
    with pytest.raises(BackendFailed, match="HTTP 404") as caught:
        block().fetch(job)
    assert caught.value.retryable
    record = {"id": job, "status": "Waiting", "target": IONQ}
    azure_server.fault("GET", JOB, "corrupt", body=json.dumps(record).encode())
    with pytest.raises(BackendFailed, match="no results yet") as caught:
        block().fetch(job)
    assert caught.value.retryable


@pytest.mark.parametrize("kind", ["truncate", "corrupt", "drop"])
def test_results_that_do_not_arrive_whole_are_asked_for_again(azure_server, block, kind):
    job, raw = fetched(block(), one())
    azure_server.fault("GET", "/rawOutputData$", kind, **({"body": b"\xff\x00"} if kind == "corrupt" else {}))
    if kind == "corrupt":  # kept: `parse` refuses it
        with pytest.raises(BackendFailed):
            block().parse(block().fetch(job), job, [one()], 400)
    else:
        with pytest.raises(VendorUnreachable):
            block().fetch(job)
    assert block().parse(block().fetch(job), job, [one()], 400) == block().parse(raw, job, [one()], 400)


STATUSES = {
    **dict.fromkeys(("Queued", "Waiting"), "queued"),
    **dict.fromkeys(("Executing", "Finishing", "CancellationRequested", "Cancelling"), "running"),
    **dict.fromkeys(("Succeeded", "Completed"), "done"),
    **{"Failed": "failed", "Cancelled": "cancelled", "Levitating": "unknown", "": "unknown"},
}


@pytest.mark.parametrize(("told", "state"), STATUSES.items())
def test_every_status_has_its_state_and_others_are_unknown(azure, block, told, state):
    job = submit(block())
    azure.jobs[job].status = told
    azure._advance = lambda job: None
    status = block().poll(job)
    assert (status.state, status.told, status.is_final) == (
        *(state, told),
        state in ("done", "failed", "cancelled"),
    )


def test_a_failure_tells_its_reason_and_no_new_attempt_is_made(azure, block):
    azure.fails, azure.queue = {"code": "QuotaExceeded", "message": "so it is"}, 0
    status = block().poll(submit(block()))
    assert (status.state, status.reason, status.retryable) == ("failed", "QuotaExceeded: so it is", False)


def test_the_status_of_another_job_is_none(azure_server, block):
    job = submit(block())
    record = json.dumps({"id": "another", "status": "Succeeded", "target": IONQ}).encode()
    azure_server.fault("GET", JOB, "corrupt", body=record)
    with pytest.raises(VendorUnreachable, match=f"job {job} expected, found another"):
        block().poll(job)


def test_a_job_that_is_cancelled_ends_so(azure_server, block):
    job = submit(block())
    block().cancel(job)
    assert len(azure_server.calls("POST", ":cancel$")) == 1
    assert block().poll(job).state == "cancelled"


@pytest.mark.parametrize("status", [None, 400, 409, 422])
def test_a_job_that_was_done_before_it_could_be_cancelled_stays_done(azure_server, block, status):
    job, raw = fetched(block(), one())
    if status:
        azure_server.fault("POST", ":cancel$", "refuse", status=status)
    block().cancel(job)
    assert block().poll(job).state == "done"
    assert block().fetch(job) == raw


def test_a_cancellation_that_is_refused_is_told(azure_server, block):
    job = submit(block())
    azure_server.fault("POST", ":cancel$", "refuse", status=409)
    with pytest.raises(BackendFailed, match="HTTP 409"):
        block().cancel(job)
