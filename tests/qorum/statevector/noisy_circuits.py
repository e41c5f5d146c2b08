"""Circuits and noise models that the tests of both noisy simulations share."""

from __future__ import annotations

from collections.abc import Mapping

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.random import random_circuit
from scipy.stats import chisquare

from qorum.circuits.native import ideal_target
from qorum.statevector.noise import NoiseModel

NOISES = {
    "depolarizing": NoiseModel(depolarizing_1q=0.01, depolarizing_2q=0.05),
    "relaxation, T2 < T1": NoiseModel(t1=2e-6, t2=1.5e-6),
    "relaxation, T2 > T1": NoiseModel(t1=2e-6, t2=3.2e-6),
    "relaxation, T2 = 2 T1": NoiseModel(t1=2e-6, t2=4e-6),
    "all": NoiseModel(0.01, 0.04, 0.03, 4e-6, 7.9e-6, 60e-9, 250e-9),
    "strong": NoiseModel(0.3, 0.5, 0.2, 0.2e-6, 0.3e-6),
}


def random_native(num_qubits: int, depth: int, seed: int) -> QuantumCircuit:
    """A random circuit in native gates, without measurements."""
    circuit = random_circuit(num_qubits, depth, max_operands=min(3, num_qubits), seed=seed)
    return transpile(circuit, target=ideal_target(dynamic=True), optimization_level=1, seed_transpiler=1)


def dynamic_circuit() -> QuantumCircuit:
    """Outcomes that decide, a qubit measured twice, one reset and one into two clbits at the end."""
    qubits, pair, out = QuantumRegister(3), ClassicalRegister(2, "pair"), ClassicalRegister(3, "out")
    circuit = QuantumCircuit(qubits, pair, out)
    circuit.ry(1.1, 0)
    circuit.cx(0, 1)
    circuit.ry(0.7, 2)
    circuit.cx(1, 2)
    circuit.measure([0, 2], pair)
    with circuit.if_test((pair, 2)) as otherwise:
        circuit.rx(0.9, 1)
        circuit.cx(1, 0)
    with otherwise:
        circuit.ry(0.5, 2)
        circuit.measure(2, pair[1])
    with circuit.if_test((pair[1], 1)):
        circuit.h(0)
    circuit.reset(2)
    circuit.ry(0.4, 2)
    circuit.cx(0, 2)
    circuit.measure([0, 2, 2], out)
    return circuit


def p_value(histogram: Mapping[str, int], exact: Mapping[str, float]) -> float:
    """Of Pearson's chi-square test, outcomes expected less than five times pooled into one."""
    shots = sum(histogram.values())
    common = [key for key, probability in exact.items() if probability * shots >= 5]
    seen = [histogram.get(key, 0) for key in common]
    expected = [exact[key] * shots for key in common]
    rest = shots - sum(expected)
    if rest > 5:
        seen.append(shots - sum(seen))
        expected.append(rest)
    else:
        assert shots - sum(seen) <= 30, "outcomes that should hardly be seen are"
    scale = sum(seen) / sum(expected)
    return float(chisquare(seen, [value * scale for value in expected]).pvalue) if len(seen) > 1 else 1.0
