"""What each stage of a run hands to the next. Each covers the whole batch of circuits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qorum.backends import BackendProfile
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.spec import AcceptedCircuit
from qorum.errors import CircuitRejected
from qorum.experiments import Definition
from qorum.ledger.jobs import BatchPlan, Job, JobResult, Order
from qorum.routing.assignments import Assignment
from qorum.routing.runtimes import Observation, Workload


@dataclass(frozen=True)
class Intake:
    """What became of each circuit asked for, by name, in the order asked."""

    found: Mapping[str, AcceptedCircuit | CircuitRejected]

    @cached_property
    def accepted(self) -> dict[str, AcceptedCircuit]:
        """Accepted circuits by digest; what is asked for twice appears once."""
        return {
            circuit.spec.digest: circuit
            for circuit in self.found.values()
            if isinstance(circuit, AcceptedCircuit)
        }


@dataclass(frozen=True)
class Routing:
    """The backends that may be used, by name, and each circuit's assignment, by digest."""

    profiles: Mapping[str, BackendProfile]
    assignments: Mapping[str, Assignment]

    def first_orders(self, shots: int) -> list[Order]:
        """One order for each circuit and backend chosen for it, circuit by circuit."""
        return [
            Order(digest, backend, shots)
            for digest, assignment in self.assignments.items()
            for backend in assignment.chosen
        ]

    def plan(self, definition: Definition, step: int) -> BatchPlan:
        """What the jobs of a step have in common."""
        return BatchPlan(
            experiment_id=definition.experiment_id,
            step=step,
            seed=definition.options.seed,
            optimization_level=definition.options.optimization_level,
            max_circuits={name: profile.max_circuits for name, profile in self.profiles.items()},
        )


@dataclass(frozen=True)
class Compilation:
    """What became of each (digest, backend): the compiled circuit, or why there is none."""

    found: Mapping[tuple[str, str], CompiledCircuit | CircuitRejected]

    @cached_property
    def compiled(self) -> dict[tuple[str, str], CompiledCircuit]:
        """What compiled, by (digest, backend)."""
        return {pair: found for pair, found in self.found.items() if isinstance(found, CompiledCircuit)}

    @cached_property
    def keys(self) -> dict[tuple[str, str], str]:
        """Compile-cache keys of what compiled, by (digest, backend)."""
        return {pair: compiled.key for pair, compiled in self.compiled.items()}

    @cached_property
    def by_key(self) -> dict[str, CompiledCircuit]:
        """Compiled circuits by cache key."""
        return {compiled.key: compiled for compiled in self.compiled.values()}


def observations(
    outcomes: Sequence[tuple[Job, JobResult]], compilation: Compilation, routing: Routing
) -> list[Observation]:
    """What a step's batches teach about their backends' run times; failed batches teach nothing."""
    compiled = compilation.compiled
    return [
        Observation(
            Workload.of(
                routing.profiles[job.backend],
                [_size(compiled[digest, job.backend]) for digest in job.digests],
                job.shots,
            ),
            result.seconds,
        )
        for job, result in outcomes
        if result.seconds > 0 and not any(isinstance(outcome, str) for outcome in result.outcomes)
    ]


def _size(compiled: CompiledCircuit) -> tuple[int, int]:
    return compiled.num_qubits, compiled.size
