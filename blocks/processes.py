"""The processes that backends compute in, one for each.

What an engine computes cannot be interrupted from within its process: it sees neither a time limit nor
SIGTERM until it is done. So it computes in a child that can be killed and that stays warm, one for each
backend; several backends then run side by side. A child that dies takes one circuit along, the one it
died of.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import cache

from blocks.backends import load_backend
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes
from blocks.settings import settings
from qorum.circuits.sandbox import Sandbox

UNLIMITED = 1 << 60
"""Bytes."""

processes: dict[tuple[str, ...], Sandbox] = {}
"""By the backend, and the modules that backends come from."""

_owner = os.getpid()
_lock = threading.Lock()


@cache
def loaded(name: str) -> BackendBlock:
    """The backend with its library imported; in a child."""
    backend = load_backend(name)
    backend.warm_up()
    return backend


def has_process(backend: str) -> bool:
    """Whether the backend's process is there."""
    return _key(backend) in processes and _owner == os.getpid()


def process_of(backend: str) -> Sandbox:
    """The backend's own process; a fork must not use its parent's."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            processes.clear()
            _owner = os.getpid()
        key = _key(backend)
        if key not in processes:
            on_cpu = load_backend(backend).profile().pool == "cpu"
            most = memory_bytes() if on_cpu else UNLIMITED  # GPU drivers map more than there is
            modules = {"QORUM_BACKEND_MODULES": ",".join(settings().backend_modules)}
            processes[key] = Sandbox(1, memory_bytes=most, threads=True, environment=modules)
        return processes[key]


def _key(backend: str) -> tuple[str, ...]:
    return (backend, *settings().backend_modules)


def stop_processes() -> None:
    """End whatever backends compute for this process, and the processes; new batches start them again."""
    for process in _taken():
        process.kill()


def close_processes() -> None:
    """End the backends' processes of this process; the next large batch starts them again."""
    for process in _taken():
        process.close()


def _taken() -> list[Sandbox]:
    with _lock:
        taken = list(processes.values()) if _owner == os.getpid() else []
        processes.clear()
        return taken


atexit.register(close_processes)
