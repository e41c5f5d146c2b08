"""A circuit of Cirq samples what Cirq's own simulator samples, key by key."""

from __future__ import annotations

from collections import Counter
from math import pi

import cirq
import numpy as np
import pytest
import sympy

from blocks.circuits.cirq_circuits import read_cirq
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.intake import check_circuit
from qorum.circuits.refusal import NotCanonical
from tests.qorum.circuits.branching import shown
from tests.qorum.circuits.exact import distance

A, B, C, D = cirq.LineQubit.range(4)
KEY = cirq.MeasurementKey("k")


def accepted(circuit: cirq.AbstractCircuit) -> AcceptedCircuit:
    found = read_cirq(circuit)
    return check_circuit(
        "theirs", found.circuit, source="", language="cirq", warnings=found.warnings, hidden=found.hidden
    )


def by_cirq(circuit: cirq.AbstractCircuit, repetitions: int = 400) -> dict[str, float]:
    """Sampled: the last record of each key, keys in the order in which they are first measured."""
    result = cirq.Simulator(seed=3).run(circuit, repetitions=repetitions)
    keys = list(dict.fromkeys(str(key) for key in _keys(circuit)))
    rows = Counter(
        "".join(str(bit) for key in reversed(keys) for bit in reversed(result.records[key][shot][-1]))
        for shot in range(repetitions)
    )
    return {key: count / repetitions for key, count in rows.items()}


def _keys(circuit: cirq.AbstractCircuit) -> list[str]:
    flat = cirq.Circuit(
        operation.mapped_circuit(deep=True).all_operations()
        if isinstance(operation, cirq.CircuitOperation)
        else operation
        for operation in circuit.all_operations()
    )
    return [name for operation in flat.all_operations() for name in cirq.measurement_key_names(operation)]


LOOP = cirq.FrozenCircuit(cirq.H(A), cirq.measure(A, key="k"))
SYMBOL = sympy.Symbol("k")
DYNAMIC = {
    "a key of two qubits is read big-endian": cirq.Circuit(
        cirq.X(B),
        cirq.measure(A, B, key="k"),
        cirq.X(C).with_classical_controls(sympy.Eq(SYMBOL, 1)),
        cirq.X(D).with_classical_controls(sympy.Eq(SYMBOL, 2)),
        cirq.measure(C, D, key="o"),
    ),
    "one bit of a key is named by its place": cirq.Circuit(
        cirq.X(B),
        cirq.measure(A, B, key="k"),
        cirq.X(C).with_classical_controls(cirq.SympyCondition(sympy.IndexedBase("k")[1])),
        cirq.measure(C, key="o"),
    ),
    "an earlier record is read by its number": cirq.Circuit(
        cirq.X(A),
        cirq.measure(A, key="k"),
        cirq.X(A),
        cirq.measure(A, key="k"),
        cirq.X(B).with_classical_controls(cirq.KeyCondition(KEY, 0)),
        cirq.X(C).with_classical_controls(cirq.KeyCondition(KEY, 1)),
        cirq.X(D).with_classical_controls(KEY),
        cirq.measure(B, C, D, key="o"),
    ),
    "a mask is compared": cirq.Circuit(
        cirq.X(A),
        cirq.X(C),
        cirq.measure(A, B, C, key="k"),
        cirq.X(D).with_classical_controls(cirq.BitMaskKeyCondition.create_equal_mask("k", 5)),
        cirq.measure(D, key="o"),
    ),
    "an inverted result steers as it reads": cirq.Circuit(
        cirq.H(A),
        cirq.measure(A, B, key="k", invert_mask=(False, True)),
        cirq.CX(B, C).with_classical_controls("k"),
        cirq.X(D).with_classical_controls(sympy.Eq(SYMBOL, 3)),
        cirq.measure(A, B, C, D, key="o"),
    ),
    "several conditions hold together": cirq.Circuit(
        cirq.H(A),
        cirq.measure(A, key="k"),
        cirq.H(B),
        cirq.measure(B, key="l"),
        cirq.ry(0.7)(C).with_classical_controls("k", "l"),
        cirq.measure(C, key="o"),
    ),
    "a subcircuit is repeated under numbered keys": cirq.Circuit(
        cirq.CircuitOperation(LOOP, repetitions=2, use_repetition_ids=True), cirq.measure(A, key="o")
    ),
    "a subcircuit is mapped": cirq.Circuit(
        cirq.X(B),
        cirq.CircuitOperation(
            cirq.FrozenCircuit(
                cirq.measure(A, key="k"),
                (cirq.X(B) ** sympy.Symbol("t")).with_classical_controls("k"),
            )
        )
        .with_qubit_mapping({A: B, B: C})
        .with_measurement_key_mapping({"k": "m"})
        .with_params({"t": 1}),
        cirq.measure(B, C, key="o"),
    ),
    "a reset in mid-circuit": cirq.Circuit(
        cirq.H(A), cirq.CX(A, B), cirq.reset(A), cirq.measure(A, B, key="o")
    ),
    "a Pauli product is measured": cirq.Circuit(
        cirq.H(A),
        cirq.CX(A, B),
        cirq.measure_single_paulistring(cirq.X(A) * cirq.Y(B), key="p"),
        cirq.measure(A, B, key="o"),
    ),
    "a state is prepared in mid-circuit": cirq.Circuit(
        cirq.X(A),
        cirq.StatePreparationChannel(np.array([0.6, 0, 0, 0.8j]))(B, A),
        cirq.measure(A, B, key="o"),
    ),
}


@pytest.mark.parametrize("circuit", DYNAMIC.values(), ids=DYNAMIC.keys())
def test_measurements_conditions_and_subcircuits_mean_what_they_mean_in_cirq(circuit: cirq.Circuit):
    assert distance(shown(accepted(circuit)), by_cirq(circuit)) < 0.09


GATES = [
    *(cirq.PhasedXZGate(x_exponent=0.3, z_exponent=0.2, axis_phase_exponent=0.1), cirq.H**0.3, cirq.X**0.4),
    *(cirq.Y**-0.3, cirq.Z**0.7, cirq.rx(0.4), cirq.S**-1, cirq.T, cirq.PhasedXPowGate(phase_exponent=0.2)),
    *(cirq.FSimGate(0.3, 0.4), cirq.ISWAP**0.3, cirq.ISWAP, cirq.CZ**0.3, cirq.CX, cirq.CX**0.3, cirq.SWAP),
    *(cirq.SWAP**0.5, cirq.XX**0.4, cirq.YY**0.4, cirq.ZZ**0.4, cirq.givens(0.3), cirq.riswap(0.2)),
    *(cirq.CCX, cirq.CCZ, cirq.CCZ**0.5, cirq.CCX**0.5, cirq.CSWAP, cirq.QuantumFourierTransformGate(3)),
    *(
        cirq.ThreeQubitDiagonalGate([0.1 * i for i in range(8)]),
        cirq.PhaseGradientGate(num_qubits=3, exponent=1),
    ),
    *(cirq.MatrixGate(cirq.testing.random_unitary(8, random_state=1)), cirq.DensePauliString("XZY")),
    *(
        cirq.rx(pi).controlled(),
        cirq.ControlledGate(cirq.Y**0.3),
        (cirq.Z**0.4).controlled(control_values=[0]),
    ),
    cirq.ControlledGate(cirq.ISWAP**0.3, control_values=[0]),
    cirq.ControlledGate(cirq.X**0.3, num_controls=2, control_values=[(0, 1), 1]),
    cirq.ControlledGate(cirq.MatrixGate(cirq.testing.random_unitary(4, random_state=2))),
    cirq.ControlledGate(cirq.X, control_values=cirq.SumOfProducts([(0, 1), (1, 0)])),
    cirq.DiagonalGate([0.1, 0.9, 0.3, 0.4]),
    cirq.BooleanHamiltonianGate(["a", "b", "c"], ["a & b ^ c"], 0.4),
]


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_gates_keep_their_matrix_and_their_qubits(gate: cirq.Gate):
    """Between layers that show every phase, on qubits in another order than Cirq sorts them."""
    qubits = [C, A, B][: cirq.num_qubits(gate)]
    layer = [cirq.ry(0.3 + 0.4 * place)(qubit) for place, qubit in enumerate((A, B, C))]
    circuit = cirq.Circuit(layer, cirq.rz(0.4)(A), gate(*qubits), layer)
    state = circuit.final_state_vector(qubit_order=[A, B, C], dtype=np.complex128)
    expected = {f"{index:03b}"[::-1]: abs(amplitude) ** 2 for index, amplitude in enumerate(state)}
    assert distance(shown(accepted(circuit)), expected) < 1e-6


def test_the_last_record_of_a_key_stands_in_the_histogram_and_is_told():
    circuit = cirq.Circuit(cirq.X(A), cirq.measure(A, key="k"), cirq.X(A), cirq.measure(A, key="k"))
    found = accepted(circuit)
    assert shown(found) == {"0": 1.0}
    assert found.spec.warnings == (
        "the key 'k' is measured 2 times: its last record stands in the histogram",
    )


def test_a_subcircuit_is_repeated_until_its_key_reads_1():
    until = cirq.CircuitOperation(LOOP, repeat_until=cirq.KeyCondition(KEY), use_repetition_ids=False)
    found = shown(accepted(cirq.Circuit(until, cirq.measure(A, key="o"))))
    assert found["11"] == pytest.approx(1.0, abs=1e-9)


def test_an_inverted_measurement_at_the_end_leaves_the_circuit_static():
    assert not accepted(cirq.Circuit(cirq.measure(A, key="k", invert_mask=(True,)))).spec.dynamic


REFUSED = {
    "qudits": (cirq.Circuit(cirq.measure(cirq.LineQid(0, 3), key="k")), "3 levels"),
    "symbols": (cirq.Circuit(cirq.rx(sympy.Symbol("angle"))(A)), "angle"),
    "noise": (cirq.Circuit(cirq.depolarize(0.3)(A)), "depolarize"),
    "chance": (cirq.Circuit(cirq.X(A).with_probability(0.5)), "noise channel"),
    "readout errors": (
        cirq.Circuit(cirq.measure(A, key="k", confusion_map={(0,): np.array([[0.2, 0.8], [0.3, 0.7]])})),
        "confusion map of 'k'",
    ),
    "a key that is not measured before": (
        cirq.Circuit(cirq.X(A).with_classical_controls("k"), cirq.measure(A, key="o")),
        "measured before",
    ),
    "a mask that Cirq loses in a subcircuit": (
        cirq.Circuit(
            cirq.CircuitOperation(
                cirq.FrozenCircuit(
                    cirq.measure(A, key="k"),
                    cirq.X(B).with_classical_controls(
                        cirq.BitMaskKeyCondition("k", bitmask=1, target_value=0, equal_target=True)
                    ),
                ),
                repetitions=2,
            )
        ),
        "Cirq loses",
    ),
    "a loop that never ends": (
        cirq.Circuit(
            cirq.CircuitOperation(
                LOOP, repeat_until=cirq.SympyCondition(SYMBOL > 5), use_repetition_ids=False
            )
        ),
        "never ends",
    ),
}


@pytest.mark.parametrize(("circuit", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_has_no_place_here_is_refused_in_words(circuit: cirq.Circuit, words: str):
    with pytest.raises(NotCanonical, match=words):
        read_cirq(circuit)
