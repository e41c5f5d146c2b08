"""Tapes and QNodes of PennyLane sample what PennyLane's own device says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from qiskit.quantum_info import Operator

from blocks.circuits._pennylane_gates import GATES
from blocks.circuits.pennylane_circuits import read_pennylane
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.intake import check_circuit
from qorum.circuits.refusal import NotCanonical
from tests.qorum.circuits.branching import shown
from tests.qorum.circuits.exact import distance


def accepted(circuit: Any) -> AcceptedCircuit:
    found = read_pennylane(circuit)
    return check_circuit("theirs", found.circuit, source="", language="pennylane", hidden=found.hidden)


def node(body: Callable[..., Any], wires: Any = 4) -> qml.QNode:
    return qml.QNode(body, qml.device("default.qubit", wires=wires))


@pytest.mark.parametrize("name", GATES)
def test_a_named_gate_has_the_very_same_matrix(name: str):
    kind = getattr(qml, name)
    count = {"U3": 3}.get(name, 1 if kind.num_params else 0)
    operation = kind(*(0.3 + 0.4 * place for place in range(count)), wires=range(kind.num_wires))
    ours = Operator(GATES[name](*operation.parameters)).reverse_qargs().data
    assert np.allclose(ours, qml.matrix(operation), atol=1e-9)


OPERATIONS: dict[str, Callable[[], Any]] = {
    "control on 0": lambda: qml.ctrl(qml.RX, control=[0, 1], control_values=[0, 1])(0.7, wires=2),
    "control of a phase": lambda: qml.ctrl(qml.GlobalPhase, control=[3, 0])(0.9, wires=1),
    "control of a matrix": lambda: qml.ctrl(qml.QubitUnitary(qml.matrix(qml.Rot(1, 2, 3, 0)), 2), control=0),
    "control of an adjoint": lambda: qml.ctrl(qml.adjoint(qml.Rot), control=0)(0.1, 0.2, 0.3, wires=3),
    "control of a template": lambda: qml.ctrl(qml.QFT, control=3)(wires=[0, 1, 2]),
    "many controls": lambda: qml.MultiControlledX(wires=[3, 0, 1, 2], control_values=[0, 1, 1]),
    "powers": lambda: (qml.pow(qml.SX(0), 0.5), qml.pow(qml.RY(0.3, 1), 3), qml.pow(qml.S(2), -1)),
    "adjoint of a template": lambda: qml.adjoint(qml.QFT)(wires=[2, 0, 1]),
    "rotation of a word": lambda: qml.PauliRot(0.4, "XYZ", wires=[3, 0, 2]),
    "excitations": lambda: (qml.SingleExcitation(0.3, [1, 0]), qml.DoubleExcitation(0.4, [3, 1, 0, 2])),
    "layers": lambda: qml.StronglyEntanglingLayers(np.arange(24).reshape(2, 4, 3) * 0.1, wires=range(4)),
    "exponentials": lambda: qml.exp(qml.X(0) @ qml.Z(2) + 0.3 * qml.Y(1), 0.4j),
    "products": lambda: qml.prod(qml.X(0), qml.RZ(0.3, 1), qml.CNOT([2, 1])),
    "formulas": lambda: qml.TrotterProduct(qml.dot([0.3, 0.5], [qml.X(0) @ qml.Z(1), qml.Y(1)]), 0.7, n=2),
    "a big matrix": lambda: qml.QubitUnitary(qml.matrix(qml.QFT(wires=range(4))), wires=[2, 0, 3, 1]),
    "a selection": lambda: qml.Select([qml.X(2), qml.RY(0.3, 2)], control=[3]),
    "permutations": lambda: qml.Permute([2, 0, 1], wires=[0, 1, 2]),
    "ECR and the like": lambda: (
        qml.ECR([0, 3]),
        qml.SISWAP([1, 2]),
        qml.PSWAP(0.3, [2, 0]),
        qml.U2(1, 2, 0),
    ),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_operations_do_what_the_device_does(operation: Callable[[], Any]):
    def body() -> Any:
        for wire in range(4):
            qml.RY(0.3 + 0.2 * wire, wire)
            qml.RZ(0.5 * wire, wire)
        operation()
        for wire in range(4):
            qml.RY(-0.4 + 0.1 * wire, wire)
        return qml.probs(wires=range(4))

    theirs = np.asarray(node(body)())
    expected = {f"{index:04b}"[::-1]: float(value) for index, value in enumerate(theirs)}
    assert distance(shown(accepted(node(body))), expected) < 1e-7


def test_integer_wires_stand_in_rising_order_and_others_in_order_of_first_use():
    falling = qml.tape.QuantumScript([qml.X(np.int64(2)), qml.Identity(np.int64(0)), qml.Identity(1)], [])
    assert shown(accepted(falling)) == {"100": 1.0}
    named = qml.tape.QuantumScript([qml.X("late"), qml.Identity("early")], [])
    assert shown(accepted(named)) == {"01": 1.0}


def test_only_what_is_asked_for_is_measured():
    def body() -> Any:
        qml.X(2)
        qml.X(1)
        return qml.counts(wires=[2, 0])

    assert shown(accepted(node(body))) == {"10": 1.0}


def test_results_in_mid_circuit_steer_and_stay_out_of_the_histogram_unless_returned():
    def teleport(returned: bool) -> Callable[[], Any]:
        def body() -> Any:
            qml.RY(0.8, 0)
            qml.Hadamard(1)
            qml.CNOT([1, 2])
            qml.CNOT([0, 1])
            qml.Hadamard(0)
            first, second = qml.measure(0), qml.measure(1, reset=True)
            qml.cond(second, qml.X, qml.Identity)(2)
            qml.cond(first, qml.Z)(2)
            qml.cond(first + 2 * second == 3, qml.X)(1)
            return [qml.counts([first, second]), qml.probs(wires=2)] if returned else qml.probs(wires=[1, 2])

        return body

    sine = np.sin(0.4) ** 2
    assert shown(accepted(node(teleport(False)))) == pytest.approx(
        {"00": 0.75 * (1 - sine), "10": 0.75 * sine, "01": 0.25 * (1 - sine), "11": 0.25 * sine}
    )
    found = shown(accepted(node(teleport(True))))
    assert found == pytest.approx(
        {
            f"{bits}{bit}": 0.25 * (sine if bit else 1 - sine)
            for bits in ("00", "01", "10", "11")
            for bit in (0, 1)
        }
    )


def test_results_of_one_number_stand_in_the_order_in_which_they_are_measured():
    """PennyLane itself orders them by identifiers of chance."""

    def body() -> Any:
        qml.X(1)
        results = [qml.measure(wire) for wire in (1, 0, 2)]
        return qml.counts(results[2] + results[1] + 2 * results[0])

    assert [shown(accepted(node(body))) for _ in range(6)] == [{"001": 1.0}] * 6


def test_a_product_of_paulis_is_measured_as_such():
    def body() -> Any:
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        parity = qml.pauli_measure("XX", wires=[0, 1])
        qml.cond(parity, qml.X)(2)
        return qml.counts(wires=[2])

    assert shown(accepted(node(body))) == pytest.approx({"0": 1.0})


def test_observables_are_measured_in_their_bases():
    def body() -> Any:
        qml.Hadamard("b")
        qml.RX(-np.pi / 2, wires="a")
        return qml.expval(qml.X("b") @ qml.Y("a")), qml.expval(0.3 * qml.X("b") + qml.Y("a"))

    assert shown(accepted(node(body, ["a", "b"]))) == pytest.approx({"00": 1.0})

    def hermitian() -> Any:
        return qml.expval(qml.Hermitian(np.array([[0, 1], [1, 0]]), 0))

    assert shown(accepted(node(hermitian))) == pytest.approx({"0": 0.5, "1": 0.5})


def test_a_qnode_takes_its_arguments_with_it():
    def body(angle: float, *, times: int = 1) -> Any:
        for _ in range(times):
            qml.RX(angle, 0)
        return qml.counts(wires=0)

    circuit = node(body)
    for given in ((circuit, (np.pi / 2,), {"times": 2}), partial(circuit, np.pi / 2, times=2)):
        assert shown(accepted(given)) == pytest.approx({"1": 1.0})
    assert shown(accepted((circuit, (np.pi,)))) == pytest.approx({"1": 1.0})
    with pytest.raises(NotCanonical, match=r"qnode, arguments, keywords"):
        read_pennylane(circuit)


def test_a_state_prepared_in_mid_circuit_is_what_its_gates_do():
    """Only at its beginning a tape begins in that state; later PennyLane decomposes it."""
    prepare = qml.StatePrep(np.array([0.6, 0.8]), wires=0)
    after = 2 * np.arctan2(0.8, 0.6) + 0.5  # a turn around Y, as before it
    tape = _script([qml.RY(0.5, 0), prepare], [qml.probs(wires=0)])
    assert shown(accepted(tape))["1"] == pytest.approx(np.sin(after / 2) ** 2)
    begins = _script([qml.Identity(0), prepare], [qml.probs(wires=0)])
    assert shown(accepted(begins))["1"] == pytest.approx(0.64)


def test_an_operation_of_ones_own_is_undone_as_often_as_a_negative_power_says():
    class Turns(qml.operation.Operation):
        num_wires = 3

        @staticmethod
        def compute_decomposition(*_: Any, wires: Any) -> list[Any]:
            return [qml.RX(0.4, wires[0]), qml.CNOT(wires[:2]), qml.RY(0.3, wires[1])]

    forth = [qml.RX(0.4, 0), qml.CNOT([0, 1]), qml.RY(0.3, 1)] * 2
    power = qml.pow(Turns([0, 1, 2]), -2)
    expected = {"0000": np.cos(0.35) ** 2, "0100": np.sin(0.35) ** 2}
    for undone in (power, qml.ctrl(power, control=3, control_values=[0])):
        tape = _script([*forth, qml.RX(0.7, 2), qml.Identity(3), undone], [])
        assert shown(accepted(tape)) == pytest.approx(expected)


def test_a_transform_of_the_qnode_counts():
    @qml.transform
    def flipped(tape: Any) -> Any:
        operations = [*tape.operations, qml.X(0)]
        return (qml.tape.QuantumScript(operations, tape.measurements),), lambda results: results[0]

    def body() -> Any:
        qml.Identity(0)
        return qml.counts(wires=0)

    assert shown(accepted(flipped(node(body)))) == {"1": 1.0}


def _script(operations: list[Any], measurements: list[Any]) -> qml.tape.QuantumScript:
    return qml.tape.QuantumScript(operations, measurements)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "observables that do not commute": (
        lambda: _script([qml.X(0)], [qml.expval(qml.Z(0)), qml.expval(qml.X(0))]),
        r"Z\(0\) and X\(0\)",
    ),
    "counts beside an observable": (
        lambda: _script([qml.X(0)], [qml.counts(wires=[0, 1]), qml.expval(qml.X(0))]),
        r"counts of wire 0 and X\(0\)",
    ),
    "noise": (lambda: _script([qml.BitFlip(0.5, 0)], []), "BitFlip"),
    "qutrits": (lambda: _script([qml.TRX(0.3, wires=0)], []), "levels"),
    "several sets of parameters": (lambda: _script([qml.RX(np.array([0.1, 0.2]), 0)], []), "2 at once"),
    "postselection": (
        lambda: node(lambda: (qml.measure(0, postselect=1), qml.counts(wires=0))[1]),
        "postselection",
    ),
    "shadows": (lambda: _script([qml.X(0)], [qml.classical_shadow(wires=[0])]), "one basis"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_has_no_place_here_is_refused_in_words(make: Callable[[], Any], words: str):
    with pytest.raises(NotCanonical, match=words):
        read_pennylane(make())
