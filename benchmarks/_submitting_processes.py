"""Real worker processes compete for one job at an imitated vendor, and are killed: `submit_once --vendors`.

The blocks, the ledger, its store and the processes are real; the vendor is an imitation of its protocol
behind an HTTP server of this process. Only time is not: leases last 20 s and lists lag for minutes, so
workers and vendor go by one clock of seconds since 1970 in shared memory. It stands still while any worker is
at work, and goes on to the next moment for which a worker sleeps when all of them do; each request puts it
forward by what it takes. A slow machine can therefore not break what a block states of its vendor
(`list_lag_seconds`), as a clock that merely ran faster would; which worker is first is left to the operating
system. Each worker's clock is wrong by a constant besides. Before the clock goes on, requests of the dead
that had reached the vendor are carried out.

Workers are forked from a server process that has imported all they need (`forkserver`): not from this one,
whose threads serve requests. Seeds decide what is drawn, not how processes are interleaved: a schedule that
is repeated may take another course.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Sequence
from ctypes import c_double
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from random import Random

from benchmarks._submitting_server import FaultyServer
from benchmarks._submitting_worker import Ending, Life, Sleeping, Told, work

PRELOADED = (
    "benchmarks.submit_once",  # each process runs the main module's file again, by which this is imported
    *("benchmarks._submitting_worker", "blocks.object_store.local_folder", "httpx"),
    *("qiskit_ibm_runtime.executor_sampler", "ibm_quantum_schemas.executor.version_2_0", "qiskit.qpy"),
)

PATIENCE = 120.0
"""Real seconds after which workers that neither work nor end are a fault of this program."""


@cache
def forking() -> ForkServerContext:
    """Whose processes have imported everything when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


@dataclass
class Worker:
    """A process, and what is known of it."""

    process: ForkServerProcess
    told: Connection
    doomed_at: float | None
    until: float | None = None
    ending: Ending | None = None
    was_killed: bool = False


@dataclass
class Workers:
    """The workers of a schedule, and the clock that they share with the vendor.

    Attributes:
        server: of the vendor.
        chance: who dies.
        clock: seconds since 1970.
        log: what workers told.
    """

    server: FaultyServer
    chance: Random
    clock: c_double
    log: list[str] = field(default_factory=list[str])
    _alive: list[Worker] = field(default_factory=list[Worker], init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def race(self, lives: Sequence[Life], doom: Sequence[float | None]) -> list[Worker]:
        """Let them work until each has ended or is dead.

        Args:
            lives: one for each worker.
            doom: real seconds after which each is killed; None: it is not, by this.
        """
        began = time.monotonic()
        workers = [
            self._start(life, seconds and began + seconds) for life, seconds in zip(lives, doom, strict=True)
        ]
        with self._lock:
            self._alive = list(workers)
        while self._alive:
            if time.monotonic() - began > PATIENCE:
                self.kill_all()
                raise TimeoutError(
                    f"workers that end expected, found some after {PATIENCE:g} s: {self.log[-20:]}"
                )
            self._listen()
            self._doom()
            if self._alive and all(worker.until is not None for worker in self._alive):
                self._go_on()
        self.server.drain()
        return workers

    def strike(self) -> None:
        """Kill one of those that live, whichever: who sent the request, or who competes with it."""
        with self._lock:
            if self._alive:
                self._kill(self.chance.choice(self._alive))

    def kill_all(self) -> None:
        """End what this started."""
        with self._lock:
            for worker in self._alive:
                self._kill(worker)
                worker.process.join(10)

    def _start(self, life: Life, doomed_at: float | None) -> Worker:
        context = forking()
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(life, self.clock, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        return Worker(process, ours, doomed_at)

    def _listen(self) -> None:
        """Take what workers tell, and note who is gone."""
        pipes = {worker.told: worker for worker in self._alive}
        dooms = [worker.doomed_at for worker in self._alive if worker.doomed_at is not None]
        patience = min([1.0, *(doom - time.monotonic() for doom in dooms)])
        for pipe in wait(list(pipes), max(0.0, patience)):
            assert isinstance(pipe, Connection)
            worker = pipes[pipe]
            try:
                self._take(worker, pipe.recv())
            except (EOFError, OSError):  # it has ended, or was killed
                self._bury(worker)

    def _take(self, worker: Worker, told: Told) -> None:
        match told:
            case Sleeping(seconds):
                worker.until = self.clock.value + seconds
            case Ending():
                worker.ending = told
            case line:
                self.log.append(line)

    def _doom(self) -> None:
        with self._lock:
            for worker in self._alive:
                if worker.doomed_at is not None and time.monotonic() >= worker.doomed_at:
                    worker.doomed_at = None
                    self._kill(worker)

    def _kill(self, worker: Worker) -> None:
        if worker.ending is None and not worker.was_killed and worker.process.is_alive():
            worker.process.kill()
            worker.was_killed = True
            self.log.append(f"{worker.process.pid} is killed")

    def _bury(self, worker: Worker) -> None:
        with self._lock:
            self._alive.remove(worker)
        worker.told.close()
        worker.process.join()
        code = worker.process.exitcode
        worker.process.close()
        if worker.ending is None and not worker.was_killed:
            self.kill_all()
            raise ChildProcessError(f"a worker that tells how it ended expected, found exit code {code}")
        if worker.was_killed:
            self.server.drain()

    def _go_on(self) -> None:
        """Everybody sleeps: put the clock forward to who wakes first."""
        now = min(worker.until for worker in self._alive if worker.until is not None)
        self.clock.value = max(self.clock.value, now)
        for worker in self._alive:
            if worker.until is not None and worker.until <= self.clock.value:
                worker.until = None
                try:
                    worker.told.send(None)
                except OSError:  # killed meanwhile: the next look tells
                    worker.until = None


def shared_clock(start: float) -> c_double:
    """A clock that this process moves and workers read."""
    return forking().RawValue(c_double, start)
