"""What each stage of a run hands to the next. Each covers the whole batch of circuits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from qorum.backends import BackendProfile, Billed
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.sizes import CircuitSize
from qorum.errors import BudgetExceeded, InputRejected
from qorum.ledger.budget import Purse
from qorum.ledger.charges import Tab, most_billed
from qorum.ledger.jobs import BatchPlan, Failure, Job, JobResult, Order
from qorum.routing.assignments import Assignment
from qorum.routing.estimate import Estimate
from qorum.routing.runtimes import BatchLoad, Observation, RuntimeModel
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.experiments import Definition

PORTION = 250
"""Circuits that go through the stages together, at most."""


@dataclass(frozen=True)
class Intake:
    """What became of each circuit asked for, by name, in the order asked."""

    found: Mapping[str, AcceptedCircuit | InputRejected]

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
    """Who may run what.

    Attributes:
        profiles: the backends that may be used, by name.
        assignments: each circuit's backends, by digest.
        missing: backends that were asked for by a name that stands for none, with the reason.
        requested: profiles that were asked for by name; empty where all may be used.
        runtimes: what execution that costs by the second is foreseen by.
        estimate: what the run costs, as foreseen before it began; None where nobody charges.
    """

    profiles: Mapping[str, BackendProfile]
    assignments: Mapping[str, Assignment]
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    requested: tuple[str, ...] = ()
    runtimes: RuntimeModel = field(default_factory=RuntimeModel)
    estimate: Estimate | None = None

    def left_out(self, digest: str) -> dict[str, str]:
        """Backends that were asked for by name and did not get a circuit, with the reason."""
        excluded = self.assignments[digest].excluded
        return {**self.missing, **{name: excluded[name] for name in self.requested if name in excluded}}

    def portions(self) -> list[Routing]:
        """The circuits in even portions that may overtake one another, in order.

        While one portion is executed another can be compiled and a third judged. Where a chosen
        backend has a queue all go in one portion: each job more would wait once more.
        """
        chosen = {name for assignment in self.assignments.values() for name in assignment.chosen}
        queued = any(self.profiles[name].pool == "qpu" or self.profiles[name].queue_wait for name in chosen)
        count = len(self.assignments)
        portions = 1 if queued else max(1, -(-count // PORTION))
        digests = list(self.assignments)
        bounds = [count * index // portions for index in range(portions + 1)]
        return [
            replace(self, assignments={digest: self.assignments[digest] for digest in digests[start:stop]})
            for start, stop in pairwise(bounds)
        ]

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

    found: Mapping[tuple[str, str], CompiledCircuit | InputRejected]

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


@dataclass(frozen=True)
class Granted:
    """What of a step's orders the purse has money for.

    Attributes:
        orders: those that do; their costs are reserved.
        refused: why not, by (digest, backend), of the others.
    """

    orders: Sequence[Order]
    refused: Mapping[tuple[str, str], str]

    @classmethod
    def of(
        cls, orders: Sequence[Order], step: int, compilation: Compilation, routing: Routing, purse: Purse
    ) -> Granted:
        """Reserve what each order costs at most, in their order; those that did not compile cost nothing."""
        granted, refused, tab = list[Order](), dict[tuple[str, str], str](), Tab()
        for order in orders:
            compiled = compilation.compiled.get((order.digest, order.backend))
            if compiled is None:
                continue
            profile, jobs = routing.profiles[order.backend], (order.backend, order.shots)
            one = _billed(order, compiled, routing)
            most_usd = tab.adds(jobs, profile, one)
            try:
                purse.reserve(order.purchase(step), most_usd)
            except BudgetExceeded as error:
                refused[order.digest, order.backend] = str(error)
            else:
                granted.append(replace(order, most_usd=most_usd))
                tab.put(jobs, profile, one)
        return cls(granted, refused)


def _billed(order: Order, compiled: CompiledCircuit, routing: Routing) -> Billed:
    """As its backend counts it at most."""
    profile = routing.profiles[order.backend]
    if profile.price.is_free:
        return Billed(order.shots)
    seconds = routing.runtimes.predict(BatchLoad.of(profile, [_sized(compiled)], order.shots)).high
    return most_billed(compiled, order.shots, seconds, profile)


@dataclass(frozen=True)
class Settlement:
    """How a portion ended, for now where jobs wait at their vendors.

    Attributes:
        progress: where each circuit stands, by digest.
        observations: what its batches teach.
        waiting: jobs that their vendors have and have not ended; their circuits are not judged yet.
    """

    progress: Mapping[str, CircuitProgress]
    observations: Sequence[Observation]
    waiting: Sequence[Job] = ()


def observations(
    outcomes: Sequence[tuple[Job, JobResult]], compilation: Compilation, routing: Routing
) -> list[Observation]:
    """What a step's batches teach about their backends' run times; failed batches teach nothing."""
    compiled = compilation.compiled
    return [
        Observation(
            BatchLoad.of(
                routing.profiles[job.backend],
                [_sized(compiled[digest, job.backend]) for digest in job.digests],
                job.shots,
            ),
            result.seconds,
        )
        for job, result in outcomes
        if result.seconds > 0 and not any(isinstance(outcome, Failure) for outcome in result.outcomes)
    ]


def _sized(compiled: CompiledCircuit) -> tuple[int, CircuitSize]:
    return compiled.num_qubits, compiled.size
