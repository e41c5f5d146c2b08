"""How large a state fits into this machine."""

from __future__ import annotations

from qorum.memory import main_memory as memory_bytes

__all__ = ["memory_bytes", "qubits_within"]


def qubits_within(available: int, bytes_per_amplitude: int) -> int:
    """The most qubits whose 2**n amplitudes take at most `available` bytes."""
    return (available // bytes_per_amplitude).bit_length() - 1
