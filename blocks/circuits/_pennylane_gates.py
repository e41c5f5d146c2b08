"""Qiskit's gate for each of PennyLane's that has one with the very same matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import Gate
from qiskit.circuit import library as gates

GATES: Mapping[str, Callable[..., Gate]] = {
    "Hadamard": gates.HGate,
    "PauliX": gates.XGate,
    "PauliY": gates.YGate,
    "PauliZ": gates.ZGate,
    "S": gates.SGate,
    "T": gates.TGate,
    "SX": gates.SXGate,
    "RX": gates.RXGate,
    "RY": gates.RYGate,
    "RZ": gates.RZGate,
    "PhaseShift": gates.PhaseGate,
    "U1": gates.PhaseGate,
    "U3": gates.UGate,
    "CNOT": gates.CXGate,
    "CY": gates.CYGate,
    "CZ": gates.CZGate,
    "CH": gates.CHGate,
    "SWAP": gates.SwapGate,
    "ISWAP": gates.iSwapGate,
    "Toffoli": gates.CCXGate,
    "CCZ": gates.CCZGate,
    "CSWAP": gates.CSwapGate,
    "CRX": gates.CRXGate,
    "CRY": gates.CRYGate,
    "CRZ": gates.CRZGate,
    "ControlledPhaseShift": gates.CPhaseGate,
    "IsingXX": gates.RXXGate,
    "IsingYY": gates.RYYGate,
    "IsingZZ": gates.RZZGate,
}
"""By PennyLane's name; called with the operation's parameters, in its order."""


def fixed_gate(operation: Any) -> Gate | None:
    """The gate of an operation, or of the adjoint of one; None for others."""
    from pennylane.ops import Adjoint

    if isinstance(operation, Adjoint):
        gate = fixed_gate(operation.base)
        inverse = None if gate is None else gate.inverse()
        return inverse if isinstance(inverse, Gate) else None
    make = GATES.get(operation.name)
    if make is None or not type(operation).__module__.startswith("pennylane."):
        return None
    return make(*(float(value) for value in operation.parameters))


def undone(operation: Any) -> list[Any]:
    """What a negative power, perhaps controlled, stands for: PennyLane does not decompose it."""
    import pennylane as qml
    from pennylane.ops import Controlled, Pow

    controlled = isinstance(operation, Controlled)
    power = operation.base if controlled else operation
    if not isinstance(power, Pow) or power.z != int(power.z) or power.z >= 0:
        return []
    inverse = qml.adjoint(power.base, lazy=True)
    if controlled:
        inverse = qml.ctrl(inverse, operation.control_wires, control_values=operation.control_values)
    return [inverse] * -int(power.z)
