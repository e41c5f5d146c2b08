"""What Amazon Braket puts into the bucket becomes histograms in Qiskit's bit order, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from blocks.backends._braket_gates import BRAKET_GATES
from qorum.errors import BackendFailed, VendorUnreachable

from .aws import Aws
from .aws_results import Style
from .conftest import fetched, flipped, one, submit

STYLES = [
    Style(),
    Style(backwards=True),
    Style(in_files=True),
    Style(frequencies=True),
    Style(frequencies=True, backwards=True, in_files=True),
]
RECORD, RESULTS = "", "results.json"
FLIPS = [flipped(2), flipped(0), flipped(1, width=4)]
FLIPPED = [{"100": 400}, {"001": 400}, {"0010": 400}]


def distance(seen: dict[str, float], exact: dict[str, float]) -> float:
    return sum(abs(seen.get(key, 0) - exact.get(key, 0)) for key in seen.keys() | exact.keys()) / 2


@pytest.mark.parametrize("style", STYLES)
def test_each_qubit_is_read_from_the_clbit_it_was_measured_into(aws, braket, style):
    aws.style = style
    job, raw = fetched(braket(), one(), shots=4000)
    [counts] = braket().parse(raw, job, [one()], 4000)
    assert (counts.shots, counts.backend, counts.job_id) == (4000, braket().backend_name, job)
    assert set(counts.histogram) == {"0011", "1001"}
    assert counts.histogram["0011"] / 4000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("style", STYLES)
def test_the_circuits_of_a_program_set_come_in_their_order(aws, braket, style):
    aws.style = style
    job, raw = fetched(braket(), *FLIPS)
    counts = braket().parse(raw, job, FLIPS, 400)
    assert [dict(one.histogram) for one in counts] == FLIPPED


@pytest.mark.parametrize("device", ["sv1", "forte-1", "garnet", "ankaa-3"])
def test_random_circuits_compiled_to_the_device_give_their_distributions(braket, device):
    """Every gate that is sent is told from its inverse and its neighbours by these, in every place."""
    region, shots = {"region": "us-east-1"} if device == "sv1" else {}, 5_000
    block = braket(device=device, **region)
    profile = block.profile()
    circuits = [random_circuit(4, 5, max_operands=2, seed=seed) for seed in range(6)]
    compiled = []
    for circuit in circuits:
        circuit.measure_all()
        compiled.append(transpile(circuit, target=profile.target, optimization_level=1, seed_transpiler=3))
    size = profile.max_circuits
    assert (size == 1) == (device == "sv1")
    for start in range(0, len(circuits), size):
        part = compiled[start : start + size]
        job, raw = fetched(block, *part, shots=shots, token=f"{start:064x}")
        counts = block.parse(raw, job, part, shots)
        for circuit, seen in zip(circuits[start : start + size], counts, strict=True):
            exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
            assert distance(seen.probabilities(), exact) < 0.05


@pytest.mark.parametrize("name", sorted(BRAKET_GATES))
def test_every_gate_is_sent_as_what_it_is(braket, name):
    circuit = QuantumCircuit(2)
    circuit.ry(0.7, 0)
    circuit.rx(0.4, 1)
    angled = name in ("rx", "ry", "rz", "p", "cp", "rxx", "ryy", "rzz")
    pair = name in ("cx", "cz", "cp", "swap", "iswap", "rxx", "ryy", "rzz")
    getattr(circuit, name)(*[0.9] * angled, *([1, 0] if pair else [0]))
    circuit.rx(1.1, 0)
    circuit.ry(0.5, 1)
    exact = Statevector(circuit).probabilities_dict()
    circuit.measure_all()
    block = braket(device="sv1", region="us-east-1")
    job, raw = fetched(block, circuit, shots=100_000)
    [counts] = block.parse(raw, job, [circuit], 100_000)
    assert max(abs(counts.probabilities().get(key, 0) - exact[key]) for key in exact) < 0.008


def test_only_the_qubits_in_use_are_sent_and_each_is_acted_on_and_measured(aws, braket):
    padded = QuantumCircuit(20, 1)
    padded.x(12)
    padded.cx(12, 7)
    padded.measure([7, 15], [0, 0])
    submit(braket(), padded)
    [task] = aws.tasks.values()
    assert task["programs"][0]["source"].split("\n") == [
        *("OPENQASM 3.0;", "bit[3] b;", "qubit[3] q;", "x q[1];", "cnot q[1], q[0];", "rz(0.0) q[2];"),
        *(f"b[{qubit}] = measure q[{qubit}];" for qubit in range(3)),
    ]


def where(aws: Aws, job: str) -> str:
    """The path of a task's results in S3."""
    return f"/results-of-tests/{aws.tasks[job]['outputS3Directory']}/{RESULTS}"


def changed(raw: bytes, change: Callable[[dict[str, Any]], Any], path: str = "results.json") -> bytes:
    """The same results with one file changed, or with the task's record, if `path` is empty."""
    found = json.loads(raw)
    text = found["files"][path] if path else found["task"]
    told = json.loads(text)
    text = json.dumps(change(told) or told)
    found |= {"files": {**found["files"], path: text}} if path else {"task": text}
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("path", "change", "why"),
    [
        (RESULTS, lambda a: a["measurements"].__delitem__(-1), "4000 shots expected, found 3999"),
        (RESULTS, lambda a: a["measurements"][7].__delitem__(-1), "rows of 3 bits expected"),
        (RESULTS, lambda a: a["measurements"][7].__setitem__(0, 2), "rows of 3 bits expected"),
        (RESULTS, lambda a: a["measurements"][7].__setitem__(0, "x"), "integer"),
        (RESULTS, lambda a: a.update(measurements=None), "measurements expected, found none"),
        (RESULTS, lambda a: a.update(measuredQubits=[0, 1]), "qubits 0 to 2 measured once each expected"),
        (RESULTS, lambda a: a.update(measuredQubits=[0, 1, 1]), "qubits 0 to 2 measured once each expected"),
        (RESULTS, lambda a: a.update(measuredQubits=[4, 5, 9]), "qubits 0 to 2 measured once each expected"),
        (RESULTS, lambda a: a.__delitem__("measuredQubits"), "qubits 0 to 2 measured once each expected"),
        (RESULTS, lambda a: a["taskMetadata"].update(id="another"), "found those of another"),
        (RESULTS, lambda a: a["taskMetadata"].update(shots=100), "4000 shots expected, found 100"),
        (RESULTS, lambda a: a["taskMetadata"].update(deviceId="arn:other"), "found those of arn:other"),
        (RESULTS, lambda a: a.__delitem__("taskMetadata"), "taskMetadata"),
        (RESULTS, lambda a: ["3"], "object"),
        (RECORD, lambda a: a.update(shots=500), "4000 shots expected, found 500"),
        (RECORD, lambda a: a.update(quantumTaskArn="another"), "found those of another"),
        (RECORD, lambda a: a.update(status="FAILED"), "a completed task expected"),
        (RECORD, lambda a: a.update(deviceArn="arn:other"), "found those of arn:other"),
    ],
)
def test_results_that_are_not_what_was_asked_for_are_no_counts(braket, path, change, why):
    job, raw = fetched(braket(), one(), shots=4000)
    with pytest.raises(BackendFailed, match=why):
        braket().parse(changed(raw, change, path), job, [one()], 4000)
    assert braket().parse(raw, job, [one()], 4000)[0].shots == 4000


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"000": 0.5}, "frequencies of 400 shots expected"),
        ({"000": 0.501, "111": 0.499}, "multiples of 1/400 expected"),
        ({"0000": 1.0}, "outcomes of 3 bits expected"),
        ({"002": 1.0}, "outcomes of 3 bits expected"),
        ({"000": 1.5, "111": -0.5}, "at least 0 expected"),
        ({}, "measurements expected, found none"),
    ],
)
def test_frequencies_that_are_not_those_of_the_shots_are_no_counts(aws, braket, told, why):
    aws.style = Style(frequencies=True)
    job, raw = fetched(braket(), one())
    wrong = changed(raw, lambda a: a.update(measurementProbabilities=told))
    with pytest.raises(BackendFailed, match=why):
        braket().parse(wrong, job, [one()], 400)


def _swap(told: dict[str, Any]) -> None:
    told["programResults"].reverse()


def _fail(told: dict[str, Any]) -> None:
    failure = {"inputsIndex": 0, "failureMetadata": {"failureReason": "no ions", "retryable": True}}
    told["programResults"][1]["executableResults"] = [failure]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_swap, "the result of circuit 0 expected, found that of 2"),
        (_fail, "a circuit was not carried out: no ions"),
        (lambda a: a["programResults"].__delitem__(-1), "results of 3 circuits expected, found 2"),
        (lambda a: a["programResults"][0]["executableResults"].clear(), "one result of circuit 0 expected"),
        (lambda a: a["taskMetadata"].update(requestedShots=400), "1200 shots expected, found 400"),
        (lambda a: a["taskMetadata"].update(id="another"), "found those of another"),
    ],
)
def test_a_program_set_that_is_not_what_was_asked_for_is_no_counts(braket, change, why):
    job, raw = fetched(braket(), *FLIPS)
    with pytest.raises(BackendFailed, match=why):
        braket().parse(changed(raw, change), job, FLIPS, 400)


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"[]", lambda raw: b"\xff" + raw]
)
def test_damaged_results_are_no_counts(braket, spoil):
    job, raw = fetched(braket(), one())
    with pytest.raises(BackendFailed):
        braket().parse(spoil(raw), job, [one()], 400)


def test_results_of_another_task_are_no_counts(aws, braket):
    job, raw = fetched(braket(), one())
    other, theirs = fetched(braket(), one(), token="cd" * 32)
    with pytest.raises(BackendFailed, match=f"results of task {job} expected, found those of {other}"):
        braket().parse(theirs, job, [one()], 400)
    aws.objects[where(aws, job)] = aws.objects[where(aws, other)]  # as if somebody wrote into the bucket
    with pytest.raises(BackendFailed, match=f"found those of {other}"):
        braket().parse(braket().fetch(job), job, [one()], 400)
    assert braket().parse(raw, job, [one()], 400)


@pytest.mark.parametrize("path", ["../other/results.json", "/etc/x", "a//b", "a/../b", "x?y", ".", ""])
def test_parts_of_results_are_read_from_the_task_s_own_folder_alone(aws, aws_server, braket, path):
    aws.style = Style(in_files=True)
    job, _ = fetched(braket(), *FLIPS)
    key = where(aws, job)
    aws.objects[key] = json.dumps({**json.loads(aws.objects[key]), "programResults": [path]})
    aws_server.recorded.clear()
    with pytest.raises(VendorUnreachable, match="a path within the task's folder expected"):
        braket().fetch(job)
    asked = [call.request.path.rpartition("/")[2] for call in aws_server.calls()[1:]]
    assert asked == ["results.json", "metadata.json"]


def test_a_task_that_is_not_done_has_no_results_yet(braket):
    job = submit(braket())
    with pytest.raises(BackendFailed, match="HTTP 404: NoSuchKey: The specified key") as caught:
        braket().fetch(job)
    assert caught.value.retryable


@pytest.mark.parametrize("kind", ["truncate", "corrupt", "drop"])
def test_results_that_do_not_arrive_whole_are_asked_for_again(aws_server, braket, kind):
    job, raw = fetched(braket(), one())
    aws_server.fault("GET", "/results.json$", kind)
    if kind == "corrupt":  # kept as it is: `parse` refuses it
        with pytest.raises(BackendFailed):
            braket().parse(braket().fetch(job), job, [one()], 400)
    else:
        with pytest.raises(VendorUnreachable):
            braket().fetch(job)
    assert braket().parse(braket().fetch(job), job, [one()], 400) == braket().parse(raw, job, [one()], 400)
