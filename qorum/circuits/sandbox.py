"""Run a function over many items in warm child processes that may hang, crash or run out of memory.

A child limits itself: a kernel timer ends it when one item takes too much of the processor, another when
it takes too long by the clock, and a resource limit makes it fail when it takes too much memory. The clock
is given more, so that what is refused does not depend on what else the machine does. So a child that never
comes back to Python, or whose parent is gone, still ends. The parent only watches: it sends a chunk of
items, receives one outcome after another, and when a child dies, the first item without an outcome is to
blame; the rest of the chunk goes to the next child.

The children are plain interpreters and not `multiprocessing` processes, because those import the
main module of the program again. POSIX only; the memory limit holds on Linux only.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from types import MappingProxyType
from typing import IO, Any, TypeVar, cast

from qorum.errors import QorumError

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

MEMORY_BYTES = 3 << 29
"""Writable memory of one child: 1.5 GiB, so that its peak stays under 2 GB with code and libraries."""
WAITING = 4
"""How many times its seconds an item may take by the clock: on a busy machine, or where it only waits."""
_LARGEST_CHUNK = 32
READY = -1
_CHILD = "qorum.circuits.sandbox_child"
_START = (
    f"import json, sys; sys.path[:] = json.loads(sys.argv[2]); import {_CHILD} as child;"
    " child.serve(*map(int, (sys.argv[1], *sys.argv[3:])))"
)
_ONE_THREAD: dict[str, str] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)


class ItemKilled(QorumError):
    """An item that could not be worked on to its end: it hung, crashed or took too much memory."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason=reason)
        self.reason = reason


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    errors: IO[bytes]
    ready: bool = False
    pending: deque[int] = field(default_factory=deque[int])

    def end(self) -> int:
        """Kill the child if it still runs, and return its exit status."""
        self.connection.close()
        self.process.kill()
        return self.process.wait()

    def last_words(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")


class Sandbox:
    """A pool of child processes, started at need and kept warm until `close`."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        threads: bool = False,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`workers` children at most (default: one for each CPU), each with `memory_bytes` to write to.

        Each has one thread for numerics, or with `threads` as many as this process would have: an item
        may then take its seconds on every CPU. `environment` stands beside the variables that children
        inherit.
        """
        self._size = workers or os.cpu_count() or 1
        self._memory_bytes = memory_bytes
        self._threads = (os.cpu_count() or 1) if threads else 1
        self._environment: Mapping[str, str] = {**({} if threads else _ONE_THREAD), **environment}
        self.killed = False
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start all children without waiting for them; otherwise they start with the first items."""
        with self._lock:
            self._grow(self._size)

    def close(self) -> None:
        """End all children. The sandbox can be used again afterwards."""
        with self._lock:
            while self._workers:
                self._workers.pop().end()

    def kill(self) -> None:
        """End all children at once and for good, whatever they compute.

        May be called from any thread; a `map` that waits for them, or comes later, raises `QorumError`.
        """
        self.killed = True
        while not self._lock.acquire(timeout=0.05):
            for worker in list(self._workers):
                worker.process.kill()
        self._lock.release()
        self.close()

    def map(
        self,
        function: Callable[[ItemT], ResultT],
        items: Sequence[ItemT],
        *,
        seconds: float = 10.0,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[ResultT | QorumError]:
        """Outcome of `function` for each item, in the order of the items.

        Calls from several threads take turns. Items and results cross as the plain data they are.

        Args:
            function: defined at the top of an importable module, or a `functools.partial` of one.
            items: bytes, strings, tuples or dataclasses of these.
            seconds: of the processor that one item may take on one thread, and `WAITING` times as many by
                the clock.
            on_progress: called with the number of finished items after each.

        Returns:
            For each item the result; the `QorumError` that the function raised; or `ItemKilled` if it
            hung, crashed, ran out of memory or raised anything else.

        Raises:
            QorumError: the children cannot be started.
            ValueError: the function is not defined at the top of an importable module.
        """
        named = function.func if isinstance(function, partial) else function
        if named.__module__ == "__main__" or named.__qualname__ != named.__name__:
            raise ValueError(
                f"a function at the top of an importable module expected, found {named.__qualname__} "
                f"of {named.__module__}; the child processes could not import it"
            )
        outcomes: list[Any] = [None] * len(items)
        waiting = deque(range(len(items)))
        finished = 0
        with self._lock:
            try:
                while finished < len(items):
                    self._refuse_if_killed()
                    self._grow(min(self._size, len(items) - finished))
                    self._feed(function, items, waiting, seconds)
                    for worker, index, outcome in self._receive(waiting, seconds):
                        worker.pending.popleft()
                        outcomes[index] = outcome
                        finished += 1
                        if on_progress:
                            on_progress(finished)
            finally:
                for worker in [worker for worker in self._workers if worker.pending]:
                    self._retire(worker)
        return outcomes

    def _refuse_if_killed(self) -> None:
        if self.killed:
            raise QorumError("stopped: the child processes were ended")

    def _grow(self, wanted: int) -> None:
        while len(self._workers) < wanted:
            self._workers.append(_spawn(self._memory_bytes, self._threads, self._environment))

    def _retire(self, worker: _Worker) -> int:
        self._workers.remove(worker)
        return worker.end()

    def _feed(
        self, function: Callable[[Any], Any], items: Sequence[Any], waiting: deque[int], seconds: float
    ) -> None:
        """Give each idle child a chunk: large at first, small towards the end, so that all end together.

        Only an idle child is sent anything: it is listening, so that sending cannot block for ever.
        """
        for worker in [worker for worker in self._workers if worker.ready and not worker.pending]:
            size = min(_LARGEST_CHUNK, -(-len(waiting) // (2 * self._size)))
            chunk = [waiting.popleft() for _ in range(size)]
            if not chunk:
                return
            worker.pending.extend(chunk)
            try:
                worker.connection.send((function, seconds, [(index, items[index]) for index in chunk]))
            except (BrokenPipeError, ConnectionResetError):  # it died while idle
                waiting.extendleft(reversed(worker.pending))
                self._retire(worker)

    def _receive(self, waiting: deque[int], seconds: float) -> list[tuple[_Worker, int, Any]]:
        """Wait for the next outcomes; a dead child is one for the item it had begun."""
        busy = {worker.connection: worker for worker in self._workers if worker.pending or not worker.ready}
        outcomes: list[tuple[_Worker, int, Any]] = []
        for connection in wait(list(busy)):
            worker = busy[cast(Connection, connection)]
            try:
                index, outcome = worker.connection.recv()
            except (EOFError, ConnectionResetError):
                index, outcome = self._autopsy(worker, waiting, seconds)
            if index == READY:
                worker.ready = True
            else:
                outcomes.append((worker, index, outcome))
        return outcomes

    def _autopsy(self, worker: _Worker, waiting: deque[int], seconds: float) -> tuple[int, ItemKilled]:
        status = worker.process.wait()
        words = worker.last_words()
        self._retire(worker)
        self._refuse_if_killed()
        if not worker.pending:
            raise QorumError(f"the sandbox could not start a child process (exit {status}): {words[-500:]}")
        while len(worker.pending) > 1:
            waiting.appendleft(worker.pending.pop())
        return worker.pending[0], ItemKilled(_cause(status, words, seconds, self._memory_bytes))


def _cause(status: int, words: str, seconds: float, memory_bytes: int) -> str:
    if status in (-signal.SIGPROF, -signal.SIGALRM):
        return f"not done after {seconds:g} s, the limit for one circuit; make it smaller"
    if status == -signal.SIGKILL or "memory allocation" in words or "bad_alloc" in words:
        return out_of_memory(memory_bytes)
    what = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return f"it crashed the process that worked on it ({what}); simplify the circuit"


def out_of_memory(memory_bytes: int) -> str:
    return f"needs more than the {memory_bytes / 2**30:g} GiB of memory one circuit may take; make it smaller"


def _spawn(memory_bytes: int, threads: int, environment: Mapping[str, str]) -> _Worker:
    ours, theirs = socket.socketpair()
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
    told = {**environment, "QISKIT_PARALLEL": "FALSE"}
    with theirs:
        process = subprocess.Popen(
            [
                *("env", *(f"{name}={value}" for name, value in told.items())),  # beside what is inherited
                *(sys.executable, "-c", _START),
                *(str(theirs.fileno()), json.dumps(sys.path), str(memory_bytes), str(threads)),
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the parent
        )
    return _Worker(process, Connection(ours.detach()), errors)


_shared: tuple[int, Sandbox] | None = None


def shared() -> Sandbox:
    """The sandbox of this process; it starts nothing before its first items and ends at exit."""
    global _shared
    if (
        _shared is None or _shared[0] != os.getpid() or _shared[1].killed
    ):  # a fork must not use its parent's children
        _shared = (os.getpid(), Sandbox())
        atexit.register(_shared[1].close)
    return _shared[1]
