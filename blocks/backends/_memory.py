"""How large a state fits into this machine."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@cache
def memory_bytes() -> int:
    """Main memory that this process may use: the machine's, or its container's where that is less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP_LIMIT.read_text().strip() if _CGROUP_LIMIT.exists() else "max"
    return physical if limit == "max" else min(physical, int(limit))


def qubits_within(available: int, bytes_per_amplitude: int) -> int:
    """The most qubits whose 2**n amplitudes take at most `available` bytes."""
    return (available // bytes_per_amplitude).bit_length() - 1
