"""Circuits that tell every native gate, bit and angle apart, and what they must show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Statevector

from qorum.circuits.native import IDEAL_GATES
from qorum.counts import Counts


def exact_distribution(circuit: QuantumCircuit) -> dict[str, float]:
    """By Qiskit's own matrices; for circuits that end in `measure_all`."""
    return Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()


@pytest.fixture
def distance() -> Callable[[Counts, Mapping[str, float]], float]:
    """Total variation distance between counts and a distribution."""

    def of(counts: Counts, exact: Mapping[str, float]) -> float:
        seen = counts.probabilities()
        return sum(abs(seen.get(key, 0.0) - exact.get(key, 0.0)) for key in seen.keys() | exact.keys()) / 2

    return of


@pytest.fixture(params=IDEAL_GATES)
def gate_between_rotations(request: pytest.FixtureRequest) -> list[tuple[QuantumCircuit, dict[str, float]]]:
    """One native gate on qubits (2, 0) or 2 of three in generic states, and the exact distributions.

    The four circuits together tell it from every other native gate, its own inverse, swapped operands
    and opposite angle by a total variation distance above 0.03 (all but `p` from `rz`, which differ by
    a global phase).
    """
    return [_between_rotations(request.param, seed) for seed in range(4)]


def _between_rotations(name: str, seed: int) -> tuple[QuantumCircuit, dict[str, float]]:
    template = get_standard_gate_name_mapping()[name]
    generator = np.random.default_rng(seed)
    circuit = QuantumCircuit(3, name=name)
    for _ in range(2):
        for qubit in range(3):
            circuit.ry(generator.uniform(0.4, 2.6), qubit)
            circuit.rz(generator.uniform(0.4, 2.6), qubit)
        gate = type(template)(*generator.uniform(0.5, 1.0, len(template.params)))
        circuit.append(gate, [2, 0][: gate.num_qubits])
    for qubit in range(3):
        circuit.rx(generator.uniform(0.4, 2.6), qubit)
    circuit.measure_all()
    return circuit, exact_distribution(circuit)


@pytest.fixture
def scattered() -> tuple[QuantumCircuit, str]:
    """Idle qubits, crossed operands, unmeasured and overwritten clbits; one outcome, of 6 clbits.

    Qubits 1 and 4 of six are 1. Clbits: 0 <- q4 (1), 1 never written (0), 2 <- q1 and then <- q0 (0),
    3 <- q4 again (1), 4 <- q3 (0), 5 <- q1 (1).
    """
    qubits, low, high = QuantumRegister(6), ClassicalRegister(2, "low"), ClassicalRegister(4, "high")
    circuit = QuantumCircuit(qubits, low, high)
    circuit.x(1)
    circuit.cx(1, 4)
    circuit.barrier()
    for qubit, clbit in ((4, 0), (1, 2), (0, 2), (4, 3), (3, 4), (1, 5)):
        circuit.measure(qubit, clbit)
    return circuit, "101001"
