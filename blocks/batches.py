"""A batch on a local backend: in this process, or in a process of the backend's own.

Many small circuits keep a simulator's Python busy, and one process runs Python on one core. So a batch
of many small circuits goes to a child process that stays warm: several backends then run side by side.
A child that dies takes one circuit along, the one it died of.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from qiskit import QuantumCircuit

from blocks.backends import SAVED, load_backend
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.formats import from_qpy
from qorum.circuits.hidden import without_hidden
from qorum.circuits.sandbox import Sandbox
from qorum.errors import BackendFailed, QorumError
from qorum.results.counts import Counts

MANY = 100
"""Circuits from which on a process of its own pays for its start of some seconds."""

SMALL = 14
"""Most qubits of a circuit that is bound by Python; larger ones are left the threads of this process."""

SLICE = 25
"""Circuits between two reports of progress."""

LONGEST_REASON = 500
"""Characters of what an unforeseen error says that are kept."""

SLICE_SECONDS = 900.0
"""A slice of small circuits that takes longer hangs."""


@dataclass(frozen=True)
class Batch:
    """Circuits for one backend: compiled, with a seed for each, and samples of each."""

    backend: str
    circuits: Sequence[CompiledCircuit]
    seeds: Sequence[int]
    shots: int


@dataclass(frozen=True)
class Sampled:
    """What came of a batch: counts, or why there are none, in order; seconds of sampling alone."""

    outcomes: tuple[Counts | str, ...]
    seconds: float


Slice = tuple[tuple[bytes, ...], tuple[int, ...]]
"""Circuits as QPY, and their seeds."""


def sample_batch(batch: Batch, on_progress: Callable[[int], None] | None = None) -> Sampled:
    """Sample every circuit of the batch; importing the backend's library is not counted.

    Args:
        batch: what to run.
        on_progress: called now and then with the number of circuits done.
    """
    slices = [
        (tuple(circuit.qpy for circuit in batch.circuits[start:stop]), tuple(batch.seeds[start:stop]))
        for start in range(0, len(batch.circuits), SLICE)
        for stop in (start + SLICE,)
    ]

    def advance(done: int) -> None:
        if on_progress:
            on_progress(min(done * SLICE, len(batch.circuits)))

    run = _sample_apart if _goes_apart(batch) else _sample_here
    parts = run(batch, slices, advance)
    return Sampled(
        tuple(outcome for part in parts for outcome in part.outcomes), sum(part.seconds for part in parts)
    )


def _sample_here(batch: Batch, slices: Sequence[Slice], advance: Callable[[int], None]) -> list[Sampled]:
    try:
        backend = load_backend(batch.backend)
        backend.load()
    except Exception as error:  # noqa: BLE001 - e.g. its library is not installed; told, not hidden
        return [Sampled((_broken(error),) * len(batch.circuits), 0.0)]
    parts: list[Sampled] = []
    for part in slices:
        parts.append(_sample_slice(backend, batch.shots, part))
        advance(len(parts))
    return parts


def _sample_apart(batch: Batch, slices: Sequence[Slice], advance: Callable[[int], None]) -> list[Sampled]:
    process = _process(batch.backend)
    work = partial(_sample_in_child, batch.backend, batch.shots)
    found = process.map(work, slices, seconds=SLICE_SECONDS, on_progress=advance)
    return [
        part if isinstance(part, Sampled) else _sample_one_by_one(process, work, given, part)
        for given, part in zip(slices, found, strict=True)
    ]


def _sample_one_by_one(
    process: Sandbox, work: Callable[[Slice], Sampled], given: Slice, fault: QorumError
) -> Sampled:
    """A slice at which the child died: circuit by circuit, so that one alone is lost."""
    circuits, seeds = given
    if len(circuits) == 1:
        return Sampled((str(fault),), 0.0)
    singles = [((circuit,), (seed,)) for circuit, seed in zip(circuits, seeds, strict=True)]
    found = process.map(work, singles, seconds=SLICE_SECONDS)
    parts = [part if isinstance(part, Sampled) else Sampled((str(part),), 0.0) for part in found]
    return Sampled(
        tuple(outcome for part in parts for outcome in part.outcomes), sum(part.seconds for part in parts)
    )


def _sample_in_child(name: str, shots: int, part: Slice) -> Sampled:
    backend = _loaded(name)
    return _sample_slice(backend, shots, part)


@cache
def _loaded(name: str) -> BackendBlock:
    backend = load_backend(name)
    backend.load()
    return backend


def _sample_slice(backend: BackendBlock, shots: int, part: Slice) -> Sampled:
    circuits = [from_qpy(circuit) for circuit in part[0]]
    started = time.perf_counter()
    outcomes = _sample(backend, circuits, shots, part[1])
    return Sampled(tuple(outcomes), time.perf_counter() - started)


def _sample(
    backend: BackendBlock, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]
) -> list[Counts | str]:
    """Counts, or the reason of a failure; a failing batch is halved until its culprit stands alone.

    Whatever a backend raises or returns, it never costs more than its own replica of a circuit.
    """
    try:
        found: list[Any] = list(backend.run(circuits, shots, seeds))
        if len(found) == len(circuits):
            return [_checked(counts, circuit, shots) for counts, circuit in zip(found, circuits, strict=True)]
        reason = f"{len(circuits)} histograms expected from the backend, found {len(found)}"
    except BackendFailed as failure:
        reason = failure.reason
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # an interrupt is not the backend's fault; a panic of Rust code is
        reason = _broken(error)
    if len(circuits) == 1:
        return [reason]
    half = len(circuits) // 2
    return [
        *_sample(backend, circuits[:half], shots, seeds[:half]),
        *_sample(backend, circuits[half:], shots, seeds[half:]),
    ]


def _broken(error: BaseException) -> str:
    return f"the backend broke: {type(error).__name__}: {str(error)[:LONGEST_REASON]}"


def _checked(counts: Any, circuit: QuantumCircuit, shots: int) -> Counts | str:
    """The counts, hidden bits left out, if they can be counts of the circuit; else why not."""
    if not isinstance(counts, Counts):
        return f"counts expected from the backend, found {type(counts).__name__}"
    if counts.shots != shots:
        return f"{shots} shots expected from the backend, found {counts.shots}"
    if counts.num_bits != circuit.num_clbits:
        return f"keys of {circuit.num_clbits} bits expected from the backend, found {counts.num_bits}"
    return without_hidden(counts, circuit)


_processes: dict[str, Sandbox] = {}
_owner = os.getpid()
_lock = threading.Lock()


def _goes_apart(batch: Batch) -> bool:
    if batch.backend.startswith(SAVED) or (os.cpu_count() or 1) < 2:
        return False
    if any(circuit.num_qubits > SMALL for circuit in batch.circuits):
        return False
    return len(batch.circuits) >= MANY or (batch.backend in _processes and _owner == os.getpid())


def _process(backend: str) -> Sandbox:
    """The backend's own process; a fork must not use its parent's."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            _processes.clear()
            _owner = os.getpid()
        if backend not in _processes:
            _processes[backend] = Sandbox(1, memory_bytes=memory_bytes())
        return _processes[backend]


def close_processes() -> None:
    """End the backends' processes of this process; the next large batch starts them again."""
    with _lock:
        while _processes:
            _, process = _processes.popitem()
            process.close()


atexit.register(close_processes)
