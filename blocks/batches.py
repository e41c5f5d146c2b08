"""A batch on a local backend: in a process of the backend's own, or here where it is a trifle.

What an engine computes cannot be interrupted from within its process: it sees neither a time limit nor
SIGTERM until it is done. So it computes in a child that can be killed and that stays warm, one for each
backend; several backends then run side by side. A child that dies takes one circuit along, the one it
died of.
What takes under a second whatever happens stays here, where the library may be loaded already.
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

from blocks.backends import SAVED, backend_types, load_backend
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes
from blocks.settings import settings
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.formats import from_qpy
from qorum.circuits.hidden import without_hidden
from qorum.circuits.sandbox import Sandbox
from qorum.errors import BackendFailed, QorumError
from qorum.ledger.jobs import Failure, Outcome
from qorum.results.answers import fault_of_counts

MANY = 100
"""Circuits from which on a process of its own pays for its start of some seconds."""

SMALL = 14
"""Most qubits of a circuit that is bound by Python; larger ones go to the child one by one."""

TRIFLE_SECONDS = 1.0
"""What a batch may take at most, by the bounds that follow, to stay in this process."""

SECONDS_A_NUMBER = 2e-9
SECONDS_A_GATE = 1e-5
"""Bounds for each shot, should each be simulated by itself: a circuit may measure on the way."""

SLICE = 25
"""Circuits between two reports of progress."""

LONGEST_REASON = 500
"""Characters of what an unforeseen error says that are kept."""


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

    outcomes: tuple[Outcome, ...]
    seconds: float


Slice = tuple[tuple[bytes, ...], tuple[int, ...]]
"""Circuits as QPY, and their seeds."""


def sample_batch(batch: Batch, on_progress: Callable[[int], None] | None = None) -> Sampled:
    """Sample every circuit of the batch; importing the backend's library is not counted.

    Args:
        batch: what to run.
        on_progress: called now and then with the number of circuits done.
    """
    size = SLICE if all(circuit.num_qubits <= SMALL for circuit in batch.circuits) else 1
    slices = [
        (tuple(circuit.qpy for circuit in batch.circuits[start:stop]), tuple(batch.seeds[start:stop]))
        for start in range(0, len(batch.circuits), size)
        for stop in (start + size,)
    ]

    def advance(done: int) -> None:
        if on_progress:
            on_progress(min(done * size, len(batch.circuits)))

    run = _sample_here if _is_trifle(batch) else _sample_apart
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
    try:  # a saved backend is named by its settings: a child may not reach the server that keeps it
        block = load_backend(batch.backend)
        is_free = block.profile().price.is_free
        name = block.backend_name if _is_saved(batch) else batch.backend
        process = process_of(name)
    except Exception as error:  # noqa: BLE001 - its profile cannot be read any more; told, not hidden
        return [Sampled((_broken(error),) * len(batch.circuits), 0.0)]
    work = partial(_sample_in_child, name, batch.shots)
    found = process.map(work, slices, seconds=settings().circuit_seconds, on_progress=advance)
    return [
        part if isinstance(part, Sampled) else _sample_one_by_one(process, work, given, part, is_free)
        for given, part in zip(slices, found, strict=True)
    ]


def _sample_one_by_one(
    process: Sandbox, work: Callable[[Slice], Sampled], given: Slice, fault: QorumError, is_free: bool
) -> Sampled:
    """A slice at which the child died: circuit by circuit, so that one alone is lost.

    Of a backend that charges, all are lost: it may have charged them, and they are not bought twice.
    """
    circuits, seeds = given
    if len(circuits) == 1 or not is_free:
        return Sampled((Failure(str(fault)),) * len(circuits), 0.0)
    singles = [((circuit,), (seed,)) for circuit, seed in zip(circuits, seeds, strict=True)]
    found = process.map(work, singles, seconds=settings().circuit_seconds)
    parts = [part if isinstance(part, Sampled) else Sampled((Failure(str(part)),), 0.0) for part in found]
    return Sampled(
        tuple(outcome for part in parts for outcome in part.outcomes), sum(part.seconds for part in parts)
    )


def _sample_in_child(name: str, shots: int, part: Slice) -> Sampled:
    try:
        backend = loaded(name)
    except Exception as error:  # noqa: BLE001 - e.g. its library is not installed; told, not hidden
        return Sampled((_broken(error),) * len(part[0]), 0.0)
    return _sample_slice(backend, shots, part)


@cache
def loaded(name: str) -> BackendBlock:
    """The backend with its library imported; in a child."""
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
) -> list[Outcome]:
    """Counts, or failures; a failing batch is halved until its culprit stands alone.

    Whatever a backend raises or returns, it never costs more than its own replica of a circuit. One that
    charges is asked once: halves of its batch would be bought twice.
    """
    try:
        found: list[Any] = list(backend.run(circuits, shots, seeds))
        if len(found) == len(circuits):
            return [_checked(counts, circuit, shots) for counts, circuit in zip(found, circuits, strict=True)]
        failure = Failure(f"{len(circuits)} histograms expected from the backend, found {len(found)}")
    except BackendFailed as error:
        failure = Failure(error.reason, error.retryable)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # an interrupt is not the backend's fault; a panic of Rust code is
        failure = _broken(error)
    if len(circuits) == 1 or not backend.profile().price.is_free:
        return [failure] * len(circuits)
    half = len(circuits) // 2
    return [
        *_sample(backend, circuits[:half], shots, seeds[:half]),
        *_sample(backend, circuits[half:], shots, seeds[half:]),
    ]


def _broken(error: BaseException) -> Failure:
    return Failure(f"the backend broke: {type(error).__name__}: {str(error)[:LONGEST_REASON]}")


def _checked(counts: Any, circuit: QuantumCircuit, shots: int) -> Outcome:
    """The counts, hidden bits left out, if they can be counts of the circuit; else why not."""
    if fault := fault_of_counts(counts, circuit, shots):
        return Failure(fault)
    return without_hidden(counts, circuit)


UNLIMITED = 1 << 60
"""Bytes."""

_processes: dict[tuple[str, ...], Sandbox] = {}
"""By the backend, and the modules that backends come from."""

_owner = os.getpid()
_lock = threading.Lock()


def _is_saved(batch: Batch) -> bool:
    return batch.backend.startswith(SAVED)


def _is_trifle(batch: Batch) -> bool:
    """Whether a batch takes under a second here, whatever happens, and no process is there for it."""
    if (_key(batch.backend) in _processes and _owner == os.getpid()) or len(batch.circuits) >= MANY:
        return False
    kind = backend_types().get(batch.backend.partition("?")[0])
    trusted = _is_saved(batch) if kind is None else kind.may_share_process
    return trusted and _is_short(batch)


def _is_short(batch: Batch) -> bool:
    if any(circuit.num_qubits > SMALL for circuit in batch.circuits):
        return False
    a_shot = sum(
        SECONDS_A_NUMBER * circuit.size.blocks * 2.0**circuit.num_qubits + SECONDS_A_GATE * circuit.size.gates
        for circuit in batch.circuits
    )
    return batch.shots * a_shot < TRIFLE_SECONDS


def process_of(backend: str) -> Sandbox:
    """The backend's own process; a fork must not use its parent's."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            _processes.clear()
            _owner = os.getpid()
        key = _key(backend)
        if key not in _processes:
            on_cpu = load_backend(backend).profile().pool == "cpu"
            most = memory_bytes() if on_cpu else UNLIMITED  # GPU drivers map more than there is
            modules = {"QORUM_BACKEND_MODULES": ",".join(settings().backend_modules)}
            _processes[key] = Sandbox(1, memory_bytes=most, threads=True, environment=modules)
        return _processes[key]


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
        taken = list(_processes.values()) if _owner == os.getpid() else []
        _processes.clear()
        return taken


atexit.register(close_processes)
