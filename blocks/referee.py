"""The exact referee on this machine: small circuits in the shared children, others in a child of its own."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterable, Mapping, Sequence

from blocks.backends._memory import memory_bytes
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.sandbox import MEMORY_BYTES, Sandbox, shared
from qorum.results.referee import reference
from qorum.results.referee.findings import Refereed
from qorum.results.referee.hearings import Hearing, hear_all
from qorum.results.verdict import Replica

SHARE_OF_MEMORY = 4
"""Amplitudes may take one part in so many of this machine's memory."""

LIBRARIES_BYTES = 1 << 30
"""What the child may write to besides: PyTorch alone takes a few hundred megabytes."""


def hear(asked: Mapping[str, tuple[AcceptedCircuit, Sequence[Replica]]]) -> dict[str, Refereed]:
    """The referee's findings by digest; the circuits are as they were accepted, before compilation.

    Blocks: call it beside the event loop.
    """
    hearings = {
        digest: Hearing(digest, accepted.qpy, tuple(replicas))
        for digest, (accepted, replicas) in asked.items()
    }
    wide = [digest for digest, (accepted, _) in asked.items() if _is_wide(accepted)]
    narrow = [digest for digest in asked if digest not in set(wide)]
    in_shared = hear_all([hearings[digest] for digest in narrow], shared(), MEMORY_BYTES // 2)
    found = dict(zip(narrow, in_shared, strict=True))
    if wide:
        most = memory_bytes() // SHARE_OF_MEMORY
        alone = hear_all([hearings[digest] for digest in wide], _own(), most)
        found |= dict(zip(wide, alone, strict=True))
    return found


def prepare(accepted: Iterable[AcceptedCircuit]) -> None:
    """Start the child for wide circuits, if there are any, without waiting for it."""
    if any(map(_is_wide, accepted)):
        _own().start()


def stop() -> None:
    """End what the referee computes, in whatever thread somebody waits for it."""
    shared().kill()
    if _sandbox is not None and _sandbox[0] == os.getpid():
        _sandbox[1].kill()


def _is_wide(accepted: AcceptedCircuit) -> bool:
    return accepted.spec.num_qubits > reference.MOST_QUBITS


_sandbox: tuple[int, Sandbox] | None = None
_lock = threading.Lock()


def _own() -> Sandbox:
    """This process's; a fork must not use its parent's."""
    global _sandbox
    with _lock:
        if _sandbox is None or _sandbox[0] != os.getpid() or _sandbox[1].killed:
            most = memory_bytes() // SHARE_OF_MEMORY + LIBRARIES_BYTES
            _sandbox = os.getpid(), Sandbox(1, memory_bytes=most)
            atexit.register(_sandbox[1].close)
        return _sandbox[1]
