"""Objects of Cirq and PennyLane are read twice: what their own simulators say is what was made of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import cirq
import numpy as np
import pennylane as qml
import pytest
import sympy
from qiskit import QuantumCircuit

from blocks.circuits.objects import _read_again, read_object
from qorum.circuits.accepted import AcceptedCircuit
from tests.blocks.circuits import test_cirq_circuits, test_pennylane_circuits

A, B, C, D = cirq.LineQubit.range(4)
K = sympy.Symbol("k")


def accepted(circuit: Any) -> AcceptedCircuit:
    found = read_object(circuit)
    assert isinstance(found, AcceptedCircuit), found.reason
    return found


def tape(body: Callable[[], Any]) -> qml.tape.QuantumScript:
    return qml.tape.make_qscript(body)()


def _wide(operation: Callable[[], Any]) -> Any:
    for wire in range(4):
        qml.RY(0.3 + 0.2 * wire, wire)
        qml.RZ(0.5 * wire, wire)
    operation()
    for wire in range(4):
        qml.RY(-0.4 + 0.1 * wire, wire)
    return qml.probs(wires=range(4))


TWICE = {
    **test_cirq_circuits.DYNAMIC,
    **{name: tape(partial(_wide, body)) for name, body in test_pennylane_circuits.OPERATIONS.items()},
}


@pytest.mark.parametrize("circuit", TWICE.values(), ids=TWICE.keys())
def test_a_small_object_is_read_twice_and_alike(circuit: Any):
    spec = accepted(circuit).spec
    assert not spec.read_once
    assert not spec.disputed_reading
    assert spec.readings[1] in ("Cirq's simulator", "PennyLane's default.qubit")


def _cirq(*steps: Any, key: str = "o") -> cirq.Circuit:
    return cirq.Circuit(cirq.ry(0.4)(A), cirq.ry(0.9)(B), *steps, cirq.measure(A, B, C, key=key))


def _record(index: int) -> cirq.Circuit:
    once = cirq.measure(B, key="k")
    return _cirq(once, cirq.H(B), once, cirq.X(C).with_classical_controls(cirq.KeyCondition(KEY, index)))


KEY = cirq.MeasurementKey("k")
BOTH = cirq.measure(A, B, key="k")


def _asked(observable: Any) -> qml.tape.QuantumScript:
    return qml.tape.QuantumScript([qml.RX(0.4, 0), qml.RY(0.8, 0)], [qml.expval(observable)])


def _conditional(decide: Callable[[Any, Any], Any]) -> qml.tape.QuantumScript:
    def body() -> Any:
        qml.RY(0.7, 0)
        qml.RY(1.1, 1)
        first, second = qml.measure(0), qml.measure(1)
        qml.cond(decide(first, second), qml.X)(2)
        return qml.probs(wires=[0, 1, 2])

    return tape(body)


def _returned(order: list[int]) -> qml.tape.QuantumScript:
    def body() -> Any:
        qml.RY(0.7, 0)
        qml.RY(1.1, 1)
        results = [qml.measure(0), qml.measure(1)]
        return qml.counts([results[place] for place in order])

    return tape(body)


def _reset(reset: bool) -> qml.tape.QuantumScript:
    def body() -> Any:
        qml.RY(0.7, 0)
        qml.measure(0, reset=reset)
        return qml.probs(wires=0)

    return tape(body)


MISREAD: dict[str, tuple[Any, Any]] = {
    "an angle": (_cirq(cirq.CX(A, B) ** 0.3, cirq.H(A)), _cirq(cirq.CX(A, B) ** 0.4, cirq.H(A))),
    "operands": (_cirq(cirq.CX(A, B)), _cirq(cirq.CX(B, A))),
    "a matrix's transpose": (_cirq((cirq.Y**0.5)(A)), _cirq((cirq.Y**-0.5)(A))),
    "endianness": (
        _cirq(BOTH, cirq.X(C).with_classical_controls(sympy.Eq(K, 1))),
        _cirq(BOTH, cirq.X(C).with_classical_controls(sympy.Eq(K, 2))),
    ),
    "a record": (_record(0), _record(1)),
    "the order of bits": (
        cirq.Circuit(cirq.X(A), cirq.measure(A, B, key="k")),
        cirq.Circuit(cirq.X(A), cirq.measure(B, A, key="k")),
    ),
    "an inverted result": (
        cirq.Circuit(cirq.measure(A, key="k", invert_mask=(True,))),
        cirq.Circuit(cirq.measure(A, key="k")),
    ),
    "a gate of PennyLane's": (
        qml.tape.QuantumScript([qml.RX(0.4, 0), qml.U2(0.3, 0.4, 0)], []),
        qml.tape.QuantumScript([qml.RX(0.4, 0), qml.U2(0.4, 0.3, 0)], []),
    ),
    "wires": (
        qml.tape.QuantumScript([qml.RX(0.4, "b"), qml.CNOT(["b", "a"]), qml.RX(0.3, "a")], []),
        qml.tape.QuantumScript([qml.RX(0.4, 1), qml.CNOT([1, 0]), qml.RX(0.3, 0)], []),
    ),
    "a basis": (_asked(qml.X(0)), _asked(qml.Y(0))),
    "a hermitian's basis": (
        _asked(qml.Hermitian(np.array([[1, 0.4], [0.4, 2]]), 0)),
        _asked(qml.Hermitian(np.array([[1, 0.3], [0.3, 2]]), 0)),
    ),
    "a condition": (_conditional(lambda a, b: a & ~b), _conditional(lambda a, b: ~a & b)),
    "returned results": (_returned([0, 1]), _returned([1, 0])),
    "a reset": (_reset(True), _reset(False)),
}


@pytest.mark.parametrize(("meant", "read_as"), MISREAD.values(), ids=MISREAD.keys())
def test_an_object_that_is_misread_is_found_out(meant: Any, read_as: Any):
    assert _read_again(meant, accepted(meant)).outcome == "agree"
    assert _read_again(meant, accepted(read_as)).outcome == "differ"


def test_a_gate_of_ones_own_that_qiskit_controls_by_its_name_counts_by_its_definition():
    """Qiskit takes the definition of its own controlled gate of that name."""
    body = QuantumCircuit(1, name="sx")
    body.t(0)
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.append(body.to_gate().control(1, ctrl_state=0), [0, 1])
    spec = accepted(circuit).spec
    assert spec.readings == ("the circuit itself", "Qiskit's operators")
    by_name = QuantumCircuit(2)
    by_name.h(0)
    by_name.csx(0, 1, ctrl_state=0)
    assert _read_again(circuit, accepted(by_name)).outcome == "differ"


@pytest.mark.parametrize("name", ["measure", "reset", "barrier", "if_else"])
def test_a_gate_of_ones_own_is_no_instruction_of_that_name(name: str):
    body = QuantumCircuit(1, name=name)
    body.ry(0.7, 0)
    circuit = QuantumCircuit(1, 1)
    circuit.append(body.to_gate(), [0])
    circuit.append(body.to_instruction(), [0])
    circuit.measure(0, 0)
    assert len(accepted(circuit).spec.readings) == 2


class _Faulty(cirq.Gate):
    """Fine as a matrix, but Cirq's simulator cannot run it."""

    def _num_qubits_(self) -> int:
        return 1

    def _unitary_(self) -> np.ndarray:
        return np.eye(2)[::-1]

    def _act_on_(self, sim_state: Any, qubits: Any) -> bool:
        raise RuntimeError("out of order")


ONCE: dict[str, tuple[Any, str]] = {
    "failing simulator": (cirq.Circuit(_Faulty()(A)), "Cirq's simulator failed: RuntimeError: out of order"),
    "wide": (cirq.Circuit(cirq.H.on_each(*cirq.LineQubit.range(11))), "more than 10 qubits"),
    "long": (cirq.Circuit([cirq.X(A)] * 502), "only small circuits"),
    "many branches": (
        cirq.Circuit([[cirq.H(A), cirq.measure(A, key=f"k{i}"), cirq.reset(A)] for i in range(12)]),
        "in all branches",
    ),
    "parities": (
        tape(lambda: (qml.X(0), qml.pauli_measure("ZZ", wires=[0, 1]), qml.probs(wires=0))[-1]),
        "default.qubit",
    ),
}


@pytest.mark.parametrize(("circuit", "reason"), ONCE.values(), ids=ONCE.keys())
def test_what_the_simulator_cannot_say_is_read_once_with_the_reason(circuit: Any, reason: str):
    spec = accepted(circuit).spec
    assert len(spec.readings) == 1
    assert reason in spec.read_once


def test_results_that_are_returned_twice_are_read_once_by_both():
    def body() -> Any:
        qml.RY(0.7, 0)
        result = qml.measure(0)
        return qml.counts(op=[result]), qml.expval(result), qml.expval(qml.Z(0)), qml.probs(wires=0)

    spec = accepted(tape(body)).spec
    assert (spec.num_clbits, len(spec.readings)) == (2, 2)


def test_many_threads_read_tapes_at_once():
    def body(turns: int) -> Any:
        for wire in range(turns):
            qml.RX(0.1 * wire, wire)
        result = qml.measure(0)
        qml.cond(result, qml.RY)(0.3, 0)
        return qml.probs(wires=range(turns))

    node = qml.QNode(body, qml.device("default.qubit"))
    with ThreadPoolExecutor(4) as pool:
        specs = [found.spec for found in pool.map(accepted, [(node, (turns,)) for turns in (1, 2, 3, 4) * 2])]
    assert [spec.num_qubits for spec in specs] == [1, 2, 3, 4] * 2
    assert all(len(spec.readings) == 2 for spec in specs)


def test_a_function_that_makes_other_tapes_each_time_is_called_once():
    drawn = np.random.default_rng(3)

    def body() -> Any:
        qml.RX(drawn.uniform(0, 3), 0)
        return qml.probs(wires=0)

    spec = accepted(qml.QNode(body, qml.device("default.qubit"))).spec
    assert len(spec.readings) == 2
