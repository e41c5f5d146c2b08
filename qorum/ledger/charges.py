"""What a job costs: at most, before it is sent, and for what it did."""

from __future__ import annotations

from collections.abc import Sequence

from qorum.backends import Billed, Price
from qorum.circuits.accepted import gate_counts
from qorum.circuits.compiled import CompiledCircuit


def billed(circuits: Sequence[CompiledCircuit], shots: int, seconds: float, price: Price) -> list[Billed]:
    """Compiled circuits as a vendor counts them.

    Args:
        circuits: as they are submitted.
        shots: samples of each.
        seconds: execution time of each.
        price: gates are counted only where it charges them.
    """
    by_gates = price.per_one_qubit_gate_shot or price.per_two_qubit_gate_shot
    gates = [gate_counts(circuit.circuit) if by_gates else (0, 0) for circuit in circuits]
    return [Billed(shots, seconds, ones, twos) for ones, twos in gates]
