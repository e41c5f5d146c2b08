"""How many of PyTorch's threads a state is worth."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

PARALLEL_FROM_QUBITS = 16
"""Below, threads cost more than they give (on two busy cores ten times what one takes), and the sums of one
thread do not depend on how many there are."""


@contextmanager
def one_thread_for(num_qubits: int) -> Generator[None]:
    """One thread while states of that many qubits are small; otherwise as many as are set."""
    threads = torch.get_num_threads()
    if threads == 1 or num_qubits >= PARALLEL_FROM_QUBITS:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
