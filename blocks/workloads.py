"""From a stored definition to what a training works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.datasets import load_dataset
from blocks.executor import Executor
from blocks.object_store import ObjectStore
from blocks.objectives import on_engine, open_objective, runs_of_classifier
from blocks.observed import observed_figures
from blocks.trainings import find_end
from qorum.backends import Billed
from qorum.errors import BudgetExceeded, InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import build_ansatz
from qorum.training.ansatze._ansatz import Ansatz, Growth
from qorum.training.ansatze.own import own_ansatz
from qorum.training.classification import Classification, Runs
from qorum.training.cut_figures import cut_figures
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import deflated, level_figures, states_of
from qorum.training.graphs import Graph, cut_hamiltonian, read_graph
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.objective import Objective
from qorum.training.observed import observables_of
from qorum.training.optimizers import make_optimizer
from qorum.training.options import ClassificationSettings
from qorum.training.phases import Phase, Source
from qorum.training.qubo import Qubo
from qorum.training.qubo_figures import qubo_figures
from qorum.training.qubo_formats import is_qubo, read_qubo
from qorum.training.saved_classifier import saved
from qorum.training.starts import TRAINING, Start, begin_at, random_angles, read_start
from qorum.training.state_figures import state_figures
from qorum.training.units import Units

MODEL = "model.json"
"""What a classifier is stored as, for predictions."""

UNITS = Units()
"""Those of objectives that count as reports do."""

Appraise = Callable[[np.ndarray, Phase, str], Mapping[str, float | str]]


@dataclass(frozen=True)
class Workload:
    """What is trained.

    Attributes:
        start: parameters to start from.
        growth: how the ansatz grows; None for a fixed one.
        circuit: of a phase, where there is one to show.
        appraise: further figures of parameters, by name, e.g. `test accuracy` or `partition`; asked with the
            parameters, the phase they belong to, and the backend that the training is on.
        units: that objectives count energies in.
        operators: that a growing ansatz begins with, one for each parameter of the start.
        files: to be stored beside the report, by name, of parameters; None for none.
        executor: of the jobs that evaluations plan.
    """

    start: np.ndarray
    growth: Growth | None
    circuit: Callable[[Phase], QuantumCircuit] | None
    _definition: TrainingDefinition
    _open: Callable[[str, Phase], Objective]
    appraise: Appraise | None = None
    units: Units = UNITS
    operators: tuple[int, ...] = ()
    files: Callable[[np.ndarray], Mapping[str, bytes]] | None = None
    executor: Executor = field(default_factory=Executor)

    def source_on(self, backend: str) -> Source:
        """Makes the objectives on a backend; nothing is evaluated.

        Raises:
            QorumError: it does not exist or cannot run them, it charges and there is no budget, or it does
                not give what the optimizer asks for.
        """
        price, definition = load_backend(backend).profile().price, self._definition
        if not price.is_free and definition.max_cost_usd <= 0:
            raise BudgetExceeded(price.of([Billed(max(1, definition.shots))]), 0.0)
        phase, start = (Phase(), self.start) if self.growth is None else (Phase((0,)), np.zeros(1))
        tried = {phase: self._open(backend, phase)}
        if start.size:
            make_optimizer(definition.optimizer, start, tried[phase].landscape, definition.seed)

        def source(asked: Phase) -> Objective:
            return tried.pop(asked) if asked in tried else self._open(backend, asked)

        return source


def open_workload(definition: TrainingDefinition, store: ObjectStore) -> Workload:
    """What the definition describes; no backend is contacted yet.

    Raises:
        InputRejected: a problem, ansatz or model that cannot be made.
    """
    if definition.kind == "qnn":
        return _classifier(definition, store)
    given = _given_start(definition, store)
    problem: Hamiltonian | Graph
    qubo: Qubo | None = None
    if definition.kind == "qaoa" and is_qubo(definition.problem):
        qubo = read_qubo(definition.problem, name=definition.name)
        observable = qubo.hamiltonian()
        problem = Hamiltonian(qubo.name, observable)
    elif definition.kind == "qaoa":
        problem = read_graph(definition.problem, name=definition.name)
        observable = cut_hamiltonian(problem)
    else:
        problem = read_hamiltonian(definition.problem, name=definition.name)
        observable = problem.observable
    if definition.circuit:
        ansatz = own_ansatz(definition.model, definition.circuit, problem, definition.seed)
    else:
        ansatz = build_ansatz(definition.model, problem, definition.seed)
    start = begin_at(
        definition.initial,
        given,
        ansatz.start,
        ansatz.growth,
        definition.seed,
        lambda: random_angles(ansatz.start.size, definition.seed),
    )
    return _circuits(ansatz, start, problem if qubo is None else qubo, observable, definition, store)


def _given_start(definition: TrainingDefinition, store: ObjectStore) -> Start | None:
    """The parameters that the definition gives, by themselves or by the id of another training."""
    if definition.initial.startswith(TRAINING):
        return find_end(definition.initial.removeprefix(TRAINING), store)
    return read_start(definition.initial)


def _circuits(
    ansatz: Ansatz,
    start: Start,
    problem: Hamiltonian | Graph | Qubo,
    observable: PauliSum,
    definition: TrainingDefinition,
    store: ObjectStore,
) -> Workload:
    units = Units.of(observable)
    observables = observables_of(definition.observables, problem)
    executor = Executor(definition.training_id, definition.max_cost_usd, store)
    reduced = units.reduced(observable)
    lower: torch.Tensor | None = None
    if definition.below:
        phases = [Phase(tuple(one.operators)) for one in definition.below]
        points = [np.array(one.parameters) for one in definition.below]
        lower = states_of([_grown(ansatz, phase) for phase in phases], points)
        reduced = deflated(reduced, lower)

    def circuit(phase: Phase) -> QuantumCircuit:
        return _grown(ansatz, phase)

    def objective(backend: str, phase: Phase) -> Objective:
        of, shots, seed = circuit(phase), definition.shots, definition.seed
        return open_objective(backend, of, reduced, shots, seed, frequencies(phase), executor)

    def frequencies(phase: Phase) -> tuple[tuple[float, ...], ...] | None:
        if ansatz.growth is None:
            return ansatz.frequencies
        probed = len(ansatz.growth.pool) if phase.probing else 0
        return (ansatz.growth.frequencies,) * (len(phase.operators) + probed)

    def appraise(point: np.ndarray, phase: Phase, backend: str) -> dict[str, float | str]:
        if isinstance(problem, Graph):
            figures = cut_figures(problem, circuit(phase), point, definition.seed)
        elif isinstance(problem, Qubo):
            figures = qubo_figures(problem, circuit(phase), point, definition.seed)
        else:
            figures = state_figures(problem, circuit(phase), point)
            if lower is not None and figures:
                state = states_of([circuit(phase)], [point])[0]
                figures |= level_figures(observable, lower, state)
        shots, seed = definition.shots, definition.seed
        return figures | observed_figures(
            observables, circuit(phase), point, backend=backend, shots=shots, seed=seed
        )

    return Workload(
        start.point,
        ansatz.growth,
        circuit,
        definition,
        objective,
        appraise,
        units,
        start.operators,
        executor=executor,
    )


def _grown(ansatz: Ansatz, phase: Phase) -> QuantumCircuit:
    if ansatz.growth is None:
        return ansatz.circuit
    grown = ansatz.growth.probe if phase.probing else ansatz.growth.circuit
    return grown(phase.operators)


def _classifier(definition: TrainingDefinition, store: ObjectStore) -> Workload:
    data = load_dataset(definition.problem["source"], store)
    if data.digest != definition.problem["digest"]:
        raise InputRejected(definition.name, "the data it was begun with expected, found other data there")
    settings = ClassificationSettings(**definition.problem["settings"])
    task = Classification(data, definition.model, settings, definition.seed)
    executor = Executor(definition.training_id, definition.max_cost_usd, store)

    def runs_on(backend: str) -> Runs:
        return runs_of_classifier(backend, definition.shots, definition.seed, executor)

    def objective(backend: str, _: Phase) -> Objective:
        runs = runs_on(backend)
        own = task.objective(runs)
        return on_engine(own, backend, executor) if runs.elsewhere is None else own

    def appraise(point: np.ndarray, _: Phase, backend: str) -> dict[str, float | str]:
        if (runs := runs_on(backend)).elsewhere and not load_backend(backend).profile().price.is_free:
            ideal = task.accuracies(task.objective(Runs(), whole=True), point)
            reason = f"not measured: {backend} charges for each circuit"
            return {"test accuracy": reason} | {f"ideal {name}": value for name, value in ideal.items()}
        return {**task.figures(point, runs, definition.seed)}

    def drawn() -> np.ndarray:
        return task.objective(Runs()).start_point(definition.seed)

    own = drawn()
    start = begin_at(definition.initial, _given_start(definition, store), own, None, definition.seed, drawn)

    def files(point: np.ndarray) -> dict[str, bytes]:
        return {MODEL: saved(task, point, definition.training_id).model_dump_json(indent=1).encode()}

    return Workload(start.point, None, None, definition, objective, appraise, files=files, executor=executor)
