"""What a step of a training needs of a backend: the plan says it, whoever executes jobs brings it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from qiskit import QuantumCircuit

from qorum.backends import LocalBackend
from qorum.circuits.compiled import CompiledCircuit
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.ledger.jobs import Computed, Failure, Outcome
from qorum.results.answers import ask
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Answer, Request

T = TypeVar("T")


@dataclass(frozen=True)
class Work:
    """Compiled circuits at values of their parameters: what one job of a training is asked.

    Attributes:
        backend: who is asked.
        circuits: one for each row of `values`; one object where it is one circuit.
        digests: of the circuits before compilation, in the same order.
        values: of the compiled circuits' free parameters, in their order.
        seeds: one for each row.
        shots: samples of each row; 0 where the expectation value of `observable` is asked for.
        observable: on the qubits of the compiled circuits.
    """

    backend: str
    circuits: tuple[CompiledCircuit, ...]
    digests: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    seeds: tuple[int, ...]
    shots: int
    observable: PauliSum | None = None

    def bound(self) -> list[QuantumCircuit]:
        """The circuits with their values."""
        pairs = zip(self.circuits, self.values, strict=True)
        return [compiled.circuit.assign_parameters(row) for compiled, row in pairs]

    def in_jobs(self, most: int) -> Iterator[Work]:
        """The same in as few parts as a backend takes that runs `most` circuits in one job."""
        for start in range(0, len(self.circuits), most):
            part = slice(start, start + most)
            yield Work(
                self.backend,
                *(self.circuits[part], self.digests[part], self.values[part], self.seeds[part]),
                *(self.shots, self.observable),
            )


Results = Sequence[Sequence[Outcome]]
"""Of some jobs, in order: an outcome for each of their rows."""

Steps = Generator[list[Work], Results, T]
"""A plan: yields jobs that may run side by side, is sent their results, and returns what it concludes.

It is one for several rounds because what is asked next may depend on what was found: a pilot decides how
many shots each group of Pauli strings gets.
"""

Run = Callable[[Sequence[Work]], Results]
"""Executes jobs."""


class Planned:
    """An objective whose evaluations are jobs. Those of engines that need no job yield none."""

    def plan(self, request: Request, seed: int) -> Steps[Answer]:
        """What answers a request; the same request, seed and results give the same jobs and answer."""
        raise NotImplementedError

    def evaluate(self, request: Request, seed: int = 0, run: Run | None = None) -> Answer:
        """Answer a request; jobs are executed by `run`, which an engine's own objective does not need."""
        return carried_out(self.plan(request, seed), run or _nobody)


def carried_out(steps: Steps[T], run: Run) -> T:
    """What a plan concludes from what its jobs bring."""
    try:
        asked = next(steps)
    except StopIteration as end:
        return end.value
    while True:
        results = run(asked)
        try:
            asked = steps.send(results)
        except StopIteration as end:
            return end.value


def run_on(backend: LocalBackend) -> Run:
    """Executes jobs at once, in this process, on one backend, without any guard."""
    return lambda asked: [ask(backend, one.bound(), one.shots, one.seeds, one.observable) for one in asked]


def counts_of(backend: str, outcomes: Sequence[Outcome]) -> list[Counts]:
    """The counts that a job brought.

    Raises:
        BackendFailed: it brought something else of a circuit; the rest is of no use alone.
    """
    return [found for found in _good(backend, outcomes) if isinstance(found, Counts)]


def values_of(backend: str, outcomes: Sequence[Outcome]) -> list[float]:
    """The expectation values that a job brought; raises as `counts_of` does."""
    return [found.numbers["value"] for found in _good(backend, outcomes) if isinstance(found, Computed)]


def _good(backend: str, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    for found in outcomes:
        if isinstance(found, Failure):
            raise BackendFailed(backend, found.reason, retryable=found.retryable)
    return outcomes


def _nobody(asked: Sequence[Work]) -> Results:
    raise TypeError(f"run= expected: {len(asked)} jobs for {asked[0].backend} are to be executed")
