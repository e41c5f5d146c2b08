"""A batch on a local backend: in a process of the backend's own, or here where it is a trifle.

What takes under a second whatever happens stays here, where the library may be loaded already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit

from blocks.backends import SAVED, backend_types, load_backend
from blocks.backends._base import BackendBlock
from blocks.processes import has_process, loaded, process_of
from blocks.settings import settings
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.formats import from_qpy
from qorum.circuits.sandbox import Sandbox
from qorum.errors import QorumError
from qorum.ledger.jobs import Failure, Outcome
from qorum.results.answers import ask, broken

if TYPE_CHECKING:  # it would take half of the start of a backend's process that needs no torch
    from qorum.statevector.observables import PauliSum

MANY = 100
"""Circuits from which on a process of its own pays for its start of some seconds."""

SMALL = 14
"""Most qubits of a circuit that is bound by Python; larger ones go to the child one by one."""

TRIFLE_SECONDS = 1.0
"""What a batch may take at most, by the bounds that follow, to stay in this process."""

SECONDS_A_NUMBER = 2e-9
SECONDS_A_GATE = 1e-5
"""Bounds for one state: of a block of gates for each of its numbers, and of a gate besides."""

SLICE = 25
"""Circuits between two reports of progress."""


@dataclass(frozen=True)
class Batch:
    """Circuits for one backend.

    Attributes:
        backend: who runs them.
        circuits: compiled.
        seeds: one for each.
        shots: samples of each.
        values: of the free parameters of each; empty where none has any.
        observable: whose expectation values are asked for instead of samples.
        indivisible: whether a part of the answers is of no use: then a failing batch is not halved.
        measures_last: whether it is known that no circuit measures before its end.
    """

    backend: str
    circuits: Sequence[CompiledCircuit]
    seeds: Sequence[int]
    shots: int
    values: Sequence[tuple[float, ...]] = ()
    observable: PauliSum | None = None
    indivisible: bool = False
    measures_last: bool = False

    @property
    def most_seconds(self) -> float:
        """A bound of what all of it takes."""
        is_noisy = self.measures_last and load_backend(self.backend).profile().noisy
        return sum(_most_seconds(self, circuit, is_noisy) for circuit in self.circuits)

    def slices(self) -> list[Slice]:
        """In parts that are done one after the other."""
        size = SLICE if all(circuit.num_qubits <= SMALL for circuit in self.circuits) else 1
        size = len(self.circuits) if self.indivisible else size
        return [
            Slice(
                tuple(circuit.qpy for circuit in self.circuits[start : start + size]),
                tuple(self.values[start : start + size]),
                tuple(self.seeds[start : start + size]),
                *(self.shots, self.observable, self.indivisible),
            )
            for start in range(0, len(self.circuits), size)
        ]


@dataclass(frozen=True)
class Slice:
    """Some circuits of a batch as QPY, with the rest of what is asked about them."""

    circuits: tuple[bytes, ...]
    values: tuple[tuple[float, ...], ...]
    seeds: tuple[int, ...]
    shots: int
    observable: PauliSum | None
    indivisible: bool

    def bound(self) -> list[QuantumCircuit]:
        """The circuits with their values."""
        if not self.values:
            return [from_qpy(qpy) for qpy in self.circuits]
        pairs = zip(self.circuits, self.values, strict=True)
        return [_unpacked(qpy).assign_parameters(row) for qpy, row in pairs]

    def singles(self) -> list[Slice]:
        """Each circuit by itself."""
        rows = self.values or ((),) * len(self.circuits)
        return [
            replace(self, circuits=(circuit,), values=(row,) if self.values else (), seeds=(seed,))
            for circuit, row, seed in zip(self.circuits, rows, self.seeds, strict=True)
        ]


@lru_cache(maxsize=256)
def _unpacked(qpy: bytes) -> QuantumCircuit:
    """A circuit with free parameters: a training asks for the same ones at every step."""
    return from_qpy(qpy)


@dataclass(frozen=True)
class Sampled:
    """What came of a batch: for each circuit what was found or why nothing was; seconds of that alone."""

    outcomes: tuple[Outcome, ...]
    seconds: float


def run_batch(batch: Batch, on_progress: Callable[[int], None] | None = None) -> Sampled:
    """Run every circuit of the batch; importing the backend's library is not counted.

    Args:
        batch: what to run.
        on_progress: called now and then with the number of circuits done.
    """
    slices = batch.slices()

    def advance(done: int) -> None:
        if on_progress:
            on_progress(sum(len(part.circuits) for part in slices[:done]))

    run = _run_here if _is_trifle(batch) else _run_apart
    parts = run(batch, slices, advance)
    return Sampled(
        tuple(outcome for part in parts for outcome in part.outcomes), sum(part.seconds for part in parts)
    )


def _run_here(batch: Batch, slices: Sequence[Slice], advance: Callable[[int], None]) -> list[Sampled]:
    try:
        backend = load_backend(batch.backend)
        backend.warm_up()
    except Exception as error:  # noqa: BLE001 - e.g. its library is not installed; told, not hidden
        return [Sampled((broken(error),) * len(batch.circuits), 0.0)]
    parts: list[Sampled] = []
    for part in slices:
        parts.append(_run_slice(backend, part))
        advance(len(parts))
    return parts


def _run_apart(batch: Batch, slices: Sequence[Slice], advance: Callable[[int], None]) -> list[Sampled]:
    try:  # a saved backend is named by its settings: a child may not reach the server that keeps it
        block = load_backend(batch.backend)
        is_free = block.profile().price.is_free
        name = block.backend_name if _is_saved(batch) else batch.backend
        process = process_of(name)
    except Exception as error:  # noqa: BLE001 - its profile cannot be read any more; told, not hidden
        return [Sampled((broken(error),) * len(batch.circuits), 0.0)]
    work = partial(_run_in_child, name)
    found = process.map(work, slices, seconds=settings().circuit_seconds, on_progress=advance)
    return [
        part if isinstance(part, Sampled) else _run_one_by_one(process, work, given, part, is_free)
        for given, part in zip(slices, found, strict=True)
    ]


def _run_one_by_one(
    process: Sandbox, work: Callable[[Slice], Sampled], given: Slice, fault: QorumError, is_free: bool
) -> Sampled:
    """A slice at which the child died: circuit by circuit, so that one alone is lost.

    Of a backend that charges, all are lost: it may have charged them, and they are not bought twice.
    """
    if len(given.circuits) == 1 or given.indivisible or not is_free:
        return Sampled((Failure(str(fault)),) * len(given.circuits), 0.0)
    found = process.map(work, given.singles(), seconds=settings().circuit_seconds)
    parts = [part if isinstance(part, Sampled) else Sampled((Failure(str(part)),), 0.0) for part in found]
    return Sampled(
        tuple(outcome for part in parts for outcome in part.outcomes), sum(part.seconds for part in parts)
    )


def _run_in_child(name: str, part: Slice) -> Sampled:
    try:
        backend = loaded(name)
    except Exception as error:  # noqa: BLE001 - e.g. its library is not installed; told, not hidden
        return Sampled((broken(error),) * len(part.circuits), 0.0)
    return _run_slice(backend, part)


def _run_slice(backend: BackendBlock, part: Slice) -> Sampled:
    circuits = part.bound()
    started = time.perf_counter()
    outcomes = _run(backend, circuits, part.seeds, part)
    return Sampled(tuple(outcomes), time.perf_counter() - started)


def _run(
    backend: BackendBlock, circuits: Sequence[QuantumCircuit], seeds: Sequence[int], asked: Slice
) -> list[Outcome]:
    """What the backend answers; a batch that fails as a whole is halved until its culprit stands alone.

    Whatever a backend raises or returns, it never costs more than its own replica of a circuit. One that
    charges is asked once: halves of its batch would be bought twice.
    """
    found = ask(backend, circuits, asked.shots, seeds, asked.observable)
    is_whole = isinstance(found[0], Failure) and all(one is found[0] for one in found)
    if len(circuits) == 1 or asked.indivisible or not is_whole or not backend.profile().price.is_free:
        return found
    half = len(circuits) // 2
    return [
        *_run(backend, circuits[:half], seeds[:half], asked),
        *_run(backend, circuits[half:], seeds[half:], asked),
    ]


def _is_saved(batch: Batch) -> bool:
    return batch.backend.startswith(SAVED)


def _is_trifle(batch: Batch) -> bool:
    """Whether a batch takes under a second here, whatever happens, and no process is there for it."""
    if has_process(batch.backend) or len(batch.circuits) >= MANY:
        return False
    kind = backend_types().get(batch.backend.partition("?")[0])
    trusted = _is_saved(batch) if kind is None else kind.may_share_process
    return trusted and _is_short(batch)


def _is_short(batch: Batch) -> bool:
    if any(circuit.num_qubits > SMALL for circuit in batch.circuits):
        return False
    return batch.most_seconds < TRIFLE_SECONDS


def _most_seconds(batch: Batch, circuit: CompiledCircuit, is_noisy: bool) -> float:
    """A bound: one state for all shots where nothing is random before the end, else one for each.

    Noise may be simulated by a density matrix as well.
    """
    numbers, times = 2.0**circuit.num_qubits, max(1, batch.shots)
    if batch.measures_last:
        numbers, times = (max(numbers**2, numbers * times) if is_noisy else numbers), 1
    return times * (SECONDS_A_NUMBER * circuit.size.blocks * numbers + SECONDS_A_GATE * circuit.size.gates)
