"""The ideal distribution is that of the circuit as it was accepted, however it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from qiskit import QuantumCircuit
from qiskit.circuit.random import random_circuit, random_clifford_circuit
from qiskit.quantum_info import Statevector

from qorum.counts import Counts
from qorum.results.referee import reference
from qorum.results.referee.findings import find
from qorum.results.referee.ideal import NoReferee, ideal_of, refuse_too_large
from qorum.results.referee.pieces import take_apart
from qorum.results.verdict import Replica

GIB = 1 << 30


def all_keys(width: int) -> np.ndarray:
    return ((np.arange(2**width)[:, None] >> np.arange(width)) & 1).astype(np.uint8)


def read_out(base: QuantumCircuit, wires: list[tuple[int, int]], clbits: int) -> np.ndarray:
    """Probabilities of the keys by Qiskit's statevector; `wires` are (qubit, clbit)."""
    found = np.zeros(2**clbits)
    for outcome, p in enumerate(np.abs(Statevector(base).data) ** 2):
        found[sum(((outcome >> qubit) & 1) << clbit for qubit, clbit in wires)] += p
    return found


@pytest.mark.parametrize("way", ["amplitudes", "stabilizers", "engine"])
def test_each_way_gives_the_probabilities_of_any_readout(way: str, monkeypatch: pytest.MonkeyPatch):
    if way != "amplitudes":
        monkeypatch.setattr(reference, "MOST_QUBITS", 0)
    rng = default_rng(5)
    for seed in range(12):
        n = int(rng.integers(2, 7))
        base = (
            random_clifford_circuit(n, 14, seed=seed)
            if way == "stabilizers"
            else random_circuit(n, 4, max_operands=min(3, n), seed=seed)
        )
        measured = int(rng.integers(1, n + 1))
        qubits, clbits = rng.permutation(n)[:measured].tolist(), rng.permutation(n + 2).tolist()
        wires = [*zip(qubits, clbits, strict=False), (qubits[0], clbits[-1])]  # one read twice, some blank
        circuit = QuantumCircuit(n, n + 2)
        circuit.compose(base, range(n), inplace=True)
        for qubit, clbit in wires:
            circuit.measure(qubit, clbit)
        ideal = ideal_of(circuit, GIB)
        np.testing.assert_allclose(
            np.exp(ideal.log_p(all_keys(n + 2))), read_out(base, wires, n + 2), atol=1e-9
        )
        assert (ideal.engine == "torch") == (way == "engine")


@pytest.mark.parametrize("clifford", [False, True])
def test_sums_over_all_outcomes_are_those_of_the_probabilities(
    clifford: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reference, "MOST_QUBITS", 0 if clifford else 12)
    base = random_clifford_circuit(6, 9, seed=3) if clifford else random_circuit(6, 5, seed=4)
    base.measure_all()
    for factor in ideal_of(base, GIB).factors:
        keys = all_keys(factor.width)
        p, signs = np.exp(factor.log_p(keys)), 1.0 - 2.0 * keys
        singles, pairs = factor.parities
        np.testing.assert_allclose(singles, p @ signs, atol=1e-9)
        np.testing.assert_allclose(pairs, signs.T @ (p[:, None] * signs), atol=1e-9)
        assert np.exp(factor.log_collision) == pytest.approx(float((p**2).sum()))
        seen = p > 0
        assert factor.levels.mean == pytest.approx(float(p[seen] @ factor.level(keys[seen])))


def test_only_what_a_measurement_sees_is_computed_in_parts_that_share_no_gate():
    circuit = QuantumCircuit(60, 4)
    for qubit in range(60):
        circuit.ry(0.1 + qubit / 60, qubit)
    for qubit in range(0, 60, 2):
        circuit.cx(qubit, qubit + 1)
    circuit.cz(range(59), range(1, 60))  # changes phases only, before the measurement
    circuit.measure([0, 1, 30, 59], [0, 1, 2, 3])
    pieces = take_apart(circuit).pieces
    assert [piece.circuit.num_qubits for piece in pieces] == [2, 2, 2]
    assert [piece.clbits for piece in pieces] == [(0, 1), (2,), (3,)]
    assert ideal_of(circuit, GIB).source == "exact amplitudes (3 independent parts of up to 2 qubits)"


def test_a_diagonal_gate_before_another_gate_is_kept():
    circuit = QuantumCircuit(2, 1)
    circuit.h([0, 1])
    circuit.cz(0, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    assert [piece.circuit.num_qubits for piece in take_apart(circuit).pieces] == [2]


def test_a_hundred_qubits_of_clifford_gates_are_exact():
    circuit = QuantumCircuit(100, 100)
    circuit.h(0)
    for qubit in range(99):
        circuit.cx(qubit, qubit + 1)
    circuit.x(50)
    circuit.rz(np.pi / 2, 3)
    circuit.measure(range(100), range(100))
    ideal = ideal_of(circuit, GIB)
    keys = np.zeros((3, 100), dtype=np.uint8)
    keys[0, 50] = 1
    keys[1] = 1 - keys[0]
    np.testing.assert_allclose(np.exp(ideal.log_p(keys)), [0.5, 0.5, 0.0])
    assert ideal.source == "exact stabilizers (100 qubits)"


def test_what_is_too_much_is_refused_with_its_figures():
    wide = QuantumCircuit(40)
    wide.append(random_circuit(40, 1, max_operands=1, seed=1), range(40))
    for qubit in range(39):
        wide.cx(qubit, qubit + 1)
    with pytest.raises(NoReferee, match="40 qubits depend on each other"):
        refuse_too_large(wide, GIB)
    deep = QuantumCircuit(26)
    for _ in range(100):
        for qubit in range(25):
            deep.cx(qubit, qubit + 1)
    with pytest.raises(NoReferee, match=r"26 qubits would take about .* s"):
        refuse_too_large(deep, 8 * GIB)
    with pytest.raises(NoReferee, match=r"26 qubits take 2.5 GiB of 1"):
        refuse_too_large(QuantumCircuit(26), GIB)
    dynamic = QuantumCircuit(1, 2)
    dynamic.h(0)
    dynamic.measure(0, 0)
    dynamic.x(0)
    dynamic.measure(0, 1)
    with pytest.raises(NoReferee, match="dynamic"):
        ideal_of(dynamic, GIB)


def test_forty_qubits_with_little_entanglement_are_exact_by_matrix_products():
    """cos a |0…0> + sin a |1…1>, with X on qubit 7: two keys are possible."""
    circuit = QuantumCircuit(40, 40)
    circuit.ry(2 * 0.6, 0)
    for qubit in range(39):
        circuit.cx(qubit, qubit + 1)
    circuit.x(7)
    circuit.measure(range(40), range(40))
    ideal = ideal_of(circuit, GIB)
    keys = np.zeros((3, 40), dtype=np.uint8)
    keys[0, 7] = 1
    keys[1] = 1 - keys[0]
    cosine, sine = np.cos(0.6) ** 2, np.sin(0.6) ** 2
    np.testing.assert_allclose(np.exp(ideal.log_p(keys)), [cosine, sine, 0.0], atol=1e-9)
    assert (ideal.source, ideal.engine) == ("exact matrix products (40 qubits)", "products")
    assert np.exp(ideal.log_collision) == pytest.approx(cosine**2 + sine**2)
    (factor,) = ideal.factors
    np.testing.assert_allclose(np.exp(factor.level(keys)), [cosine, sine, 0.0], rtol=0.1)
    honest, spoilt = (
        find(ideal, Replica(Counts({key(keys[0]): zeros, key(keys[1]): 1000 - zeros}, "aer"), noisy=False))
        for zeros in (int(1000 * cosine), 200)
    )
    assert (honest.outcome, spoilt.outcome) == ("fits", "unfit")


def key(bits: np.ndarray) -> str:
    return "".join(map(str, bits[::-1]))


def test_gates_that_have_only_a_definition_are_what_it_says():
    inner = QuantumCircuit(5, name="inner")
    inner.ry(0.7, 0)
    for qubit in range(4):
        inner.cx(qubit, qubit + 1)
    inner.barrier()
    inner.t(0)
    inner.ry(0.4, 3)
    circuit = QuantumCircuit(5)
    circuit.append(inner.to_instruction(), range(5))
    expected = np.abs(Statevector(inner).data) ** 2
    circuit.measure_all()
    np.testing.assert_allclose(np.exp(ideal_of(circuit, GIB).log_p(all_keys(5))), expected, atol=1e-9)
