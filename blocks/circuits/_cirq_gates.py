"""Qiskit's gate for each of Cirq's."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
from qiskit.circuit import Gate
from qiskit.circuit import library as gates
from qiskit.circuit.library import UnitaryGate


def certain(operation: Any) -> np.ndarray | None:
    """The matrix of a channel that does one thing with certainty."""
    import cirq

    mixture = cirq.mixture(operation, None)
    sure = [matrix for probability, matrix in mixture or () if abs(probability - 1) < 1e-12]
    return sure[0] if sure else None


def named_gate(gate: Any) -> Gate | None:
    """Qiskit's gate for one of Cirq's, up to a global phase; None where there is none to name."""
    import cirq

    exponent = getattr(gate, "exponent", 0)
    whole = exponent == 1
    if isinstance(gate, cirq.XPowGate):
        return gates.XGate() if whole else gates.RXGate(pi * exponent)
    if isinstance(gate, cirq.YPowGate):
        return gates.YGate() if whole else gates.RYGate(pi * exponent)
    if isinstance(gate, cirq.ZPowGate):
        return gates.ZGate() if whole else gates.PhaseGate(pi * exponent)
    if isinstance(gate, cirq.CZPowGate):
        return gates.CZGate() if whole else gates.CPhaseGate(pi * exponent)
    if isinstance(gate, cirq.ZZPowGate):
        return gates.RZZGate(pi * exponent)
    if isinstance(gate, cirq.XXPowGate):
        return gates.RXXGate(pi * exponent)
    if isinstance(gate, cirq.YYPowGate):
        return gates.RYYGate(pi * exponent)
    single = {
        cirq.H: gates.HGate,
        cirq.CNOT: gates.CXGate,
        cirq.SWAP: gates.SwapGate,
        cirq.ISWAP: gates.iSwapGate,
        cirq.CCX: gates.CCXGate,
        cirq.CCZ: gates.CCZGate,
        cirq.CSWAP: gates.CSwapGate,
    }
    return single[gate]() if gate in single else None


def exact_gate(operation: Any) -> Gate:
    """The gate with its phase, for a control makes that count."""
    import cirq

    named = {cirq.X: gates.XGate, cirq.Y: gates.YGate, cirq.Z: gates.ZGate, cirq.H: gates.HGate}
    if operation.gate in named:
        return named[operation.gate]()
    if operation.gate == cirq.SWAP:
        return gates.SwapGate()
    return UnitaryGate(cirq.unitary(operation))
