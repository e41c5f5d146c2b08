"""Circuits whose exact distributions are known, and how far a sample may be from them."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Statevector

from qorum.counts import Counts

SHOTS = 4_096


def distance(counts: Counts, exact: Mapping[str, float]) -> float:
    seen = counts.probabilities()
    return sum(abs(seen.get(key, 0) - exact.get(key, 0)) for key in seen.keys() | exact.keys()) / 2


def bound(exact: Mapping[str, float], shots: int = SHOTS, false_alarm: float = 1e-8) -> float:
    """Total variation distance that samples of `exact` exceed with at most that probability.

    Expectation by Jensen, deviation by McDiarmid (one shot moves the distance by 1/shots).
    """
    expected = sum(sqrt(p * (1 - min(p, 1)) / shots) for p in exact.values()) / 2
    return expected + sqrt(log(1 / false_alarm) / (2 * shots))


def exact_distribution(circuit: QuantumCircuit) -> dict[str, float]:
    return Statevector(circuit).probabilities_dict()


def measured(circuit: QuantumCircuit) -> QuantumCircuit:
    """With qubit i measured into clbit i."""
    return circuit.measure_all(inplace=False)


def gate_circuit(name: str, trial: int, *, clifford: bool = False, instead: str = "") -> QuantumCircuit:
    """One gate between random product rotations, on qubits in descending and ascending order.

    Args:
        instead: "inverse" or "nothing", in place of the gate.
    """
    random = np.random.default_rng([trial, *name.encode()])
    gate = get_standard_gate_name_mapping()[name].to_mutable()
    gate.params = list(random.uniform(0.3, 2.8, len(gate.params)))
    circuit = QuantumCircuit(3)

    def rotate() -> None:
        for qubit in range(3):
            if clifford:
                for chosen in random.choice(["h", "s", "sx", "x"], 4):
                    getattr(circuit, chosen)(qubit)
            else:
                circuit.ry(random.uniform(0.4, 2.7), qubit)
                circuit.rz(random.uniform(0.4, 2.7), qubit)
                circuit.ry(random.uniform(0.4, 2.7), qubit)

    rotate()
    operands = [2, 0] if trial % 2 else [0, 1]
    if instead != "nothing":
        circuit.append(gate.inverse() if instead == "inverse" else gate, operands[: gate.num_qubits])
    rotate()
    return circuit


TRIALS = range(4)
