"""The child's side of a sandbox: work on what the parent sends, within limits of time and memory."""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pickle import PicklingError
from typing import Any

from qorum.circuits.sandbox import READY, WAITING, ItemKilled, out_of_memory
from qorum.errors import QorumError

_PRELOADED = ("qorum.circuits.intake",)


def serve(descriptor: int, memory_bytes: int, threads: int) -> None:
    """The child's loop: work on chunks until the parent closes the connection.

    Args:
        descriptor: of the connection.
        memory_bytes: what may be written to.
        threads: how many may take an item's seconds of a processor at once.
    """
    for module in _PRELOADED:
        importlib.import_module(module)
    _limit(memory_bytes)
    connection = Connection(descriptor)
    connection.send((READY, None))
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            function, seconds, chunk = connection.recv()
            for index, item in chunk:
                signal.setitimer(signal.ITIMER_PROF, seconds * threads)
                signal.setitimer(signal.ITIMER_REAL, seconds * WAITING)
                outcome = _attempt(function, item, memory_bytes)
                signal.setitimer(signal.ITIMER_PROF, 0.0)
                signal.setitimer(signal.ITIMER_REAL, 0.0)
                _send(connection, index, outcome)


def _send(connection: Connection, index: int, outcome: Any) -> None:
    try:
        connection.send((index, outcome))
    except (TypeError, AttributeError, PicklingError) as error:  # raised before anything was sent
        connection.send((index, ItemKilled(f"its result cannot be sent: {error}")))


def _limit(memory_bytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _attempt(function: Callable[[Any], Any], item: Any, memory_bytes: int) -> Any:
    try:
        return function(item)
    except QorumError as error:
        return error
    except MemoryError:
        return ItemKilled(out_of_memory(memory_bytes))
    except BaseException as error:  # noqa: BLE001 - Qiskit's panics are no Exception; reported, not hidden
        return ItemKilled(f"{type(error).__name__}: {error}")
