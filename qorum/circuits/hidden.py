"""Classical bits that a circuit needs on its way and that its histogram leaves out.

Results that only steer what follows, such as a measurement of PennyLane that nothing returns, or one of
Cirq's earlier records of a key, are measured into bits of their own. These are the circuit's last ones;
how many stands in the circuit's metadata, which compilation and the store keep.
"""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit

from qorum.counts import Counts

_KEY = "hidden_clbits"


def hide(circuit: QuantumCircuit, count: int) -> None:
    """Marks the last `count` classical bits as hidden; other metadata is dropped."""
    circuit.metadata = {_KEY: count} if count else {}


def hidden_bits(circuit: QuantumCircuit) -> int:
    """How many of its last classical bits the histogram leaves out."""
    metadata: Any = circuit.metadata or {}
    return int(metadata.get(_KEY, 0))


def shown_bits(circuit: QuantumCircuit) -> int:
    """Width of its histogram."""
    return circuit.num_clbits - hidden_bits(circuit)


def without_hidden(counts: Counts, circuit: QuantumCircuit) -> Counts:
    """The counts of all its classical bits as those of its histogram."""
    return counts.marginal(range(shown_bits(circuit))) if hidden_bits(circuit) else counts
