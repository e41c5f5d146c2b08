"""Main memory that this process may use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where the limit of a container stands: control groups of version 2 and of version 1."""


@cache
def main_memory() -> int:
    """What the machine has, or what its container may use of it; in bytes."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in CGROUP_LIMITS:
        text = path.read_text().strip() if path.exists() else "max"
        if text != "max":
            limits.append(int(text))
    return min(limits)
