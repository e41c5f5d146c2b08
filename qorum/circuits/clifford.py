"""Clifford circuits in Clifford gates, however they were written."""

from __future__ import annotations

from functools import cache

from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit.transpiler.passes import SubstitutePi4Rotations

from qorum.circuits.native import CLIFFORD_GATES, ideal_target
from qorum.circuits.walks import placed_steps
from qorum.errors import CircuitRejected

_ALLOWED = frozenset((*CLIFFORD_GATES, "measure", "reset", "barrier", "delay", "id"))


def to_clifford_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same circuit in `CLIFFORD_GATES`: rotations by multiples of π/2 become such gates.

    Gates are judged one by one after merging runs on one qubit (two T are an S), so a circuit that is
    Clifford only as a whole, through gates that cancel across others, is refused.

    Raises:
        CircuitRejected: a gate is not Clifford; says which and where.
    """
    discrete = _substitution().run(_translation().run(circuit))
    _refuse_others(discrete)
    return discrete


def _refuse_others(circuit: QuantumCircuit) -> None:
    for step, qubits in placed_steps(circuit):
        if step.name not in _ALLOWED:
            angles = ", ".join(map(str, step.params))
            gate = f"{step.name}({angles})" if angles else step.name
            reason = (
                f"not a Clifford circuit: it needs the gate {gate} on qubits {qubits}, and this"
                f" backend takes only {', '.join(CLIFFORD_GATES)}; choose a general simulator"
            )
            raise CircuitRejected(circuit.name, reason)


@cache
def _translation() -> PassManager:
    return generate_preset_pass_manager(1, target=ideal_target(dynamic=True), seed_transpiler=0)


@cache
def _substitution() -> PassManager:
    return PassManager([SubstitutePi4Rotations()])
