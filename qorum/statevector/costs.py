"""What each kind of stage costs: one model for all plans, fitted to measurements (docs/performance.md).

Units: one elementwise pass over the state. Matrices cost what their arithmetic costs; below about
2**12 amplitudes the calls themselves dominate.
"""

from __future__ import annotations

CALL = 1 << 12
"""Amplitudes that are passed over in the time of one PyTorch call (1.3 µs)."""

DENSE_COST = {1: 3.5, 2: 3.8, 3: 4.8, 4: 7.0, 5: 12.5, 6: 24.0, 7: 46.0}
"""Of a complex matrix on so many qubits."""

REAL_COST = {1: 2.8, 2: 3.2, 3: 3.8, 4: 4.8, 5: 8.5}
"""Of a real one."""

PHASE_COST = 1.0
REFLECTION_COST = 3.0
GATHER_COST = 4.5
MOVE_COST = 1.5

NEAR, FAR = 2.0, 7.0
"""Of a change of layout that keeps the lowest `NEAR_BITS` bits in place, and of any other."""
NEAR_BITS = 3


BINDING_CALLS = 6
"""PyTorch calls, in time, that bind an element within a block to its angle."""


def with_calls(passes: float, calls: int, num_qubits: int) -> float:
    """`passes` over a state of `num_qubits`, made by so many calls."""
    return passes + calls * CALL / (1 << num_qubits)
