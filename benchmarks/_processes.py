"""What this process and its children take of the machine, from /proc; nothing is known elsewhere."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def cpu_seconds() -> float:
    """CPU time so far of this process and its running children."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    tick = os.sysconf("SC_CLK_TCK")
    spent = sum(sum(map(int, fields[11:13])) for _, fields in _children())
    return own.ru_utime + own.ru_stime + spent / tick


def peak_gib() -> dict[str, float]:
    """Most main memory that processes have held so far: this one, and its children together."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    children = sum(_peak_kib(process) for process, _ in _children())
    return {"main process": own, "children together": children / 2**20}


def _children() -> Iterator[tuple[Path, list[str]]]:
    """Each running child's folder, and the fields of its `stat` from the state on (proc(5))."""
    for process in PROC.glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            yield process, fields


def _peak_kib(process: Path) -> int:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
