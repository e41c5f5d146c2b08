"""From a stored definition to what a training works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.backends.torch_statevector import TorchStatevector
from blocks.datasets import load_dataset
from blocks.object_store import ObjectStore
from blocks.objectives import open_objective
from qorum.errors import BudgetExceeded, CircuitRejected, NoEligibleBackend
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import build_ansatz
from qorum.training.ansatze._ansatz import Ansatz, Growth
from qorum.training.classification import Classification, ClassificationSettings
from qorum.training.cut_figures import cut_figures
from qorum.training.definitions import TrainingDefinition
from qorum.training.graphs import Graph, cut_hamiltonian, read_graph
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.objective import Objective
from qorum.training.optimizers import make_optimizer
from qorum.training.phases import Phase, Source


@dataclass(frozen=True)
class Workload:
    """What is trained.

    Attributes:
        start: parameters to start from.
        growth: how the ansatz grows; None for a fixed one.
        circuit: of a phase, where there is one to show.
        appraise: further figures of parameters, by name, e.g. `test accuracy` or `partition`.
    """

    start: np.ndarray
    growth: Growth | None
    circuit: Callable[[Phase], QuantumCircuit] | None
    _definition: TrainingDefinition
    _open: Callable[[str, Phase], Objective]
    appraise: Callable[[np.ndarray], Mapping[str, float | str]] | None = None

    def source_on(self, backend: str) -> Source:
        """Makes the objectives on a backend; nothing is evaluated.

        Raises:
            QorumError: it does not exist or cannot run them, it charges and there is no budget, or it does
                not give what the optimizer asks for.
        """
        price, definition = load_backend(backend).profile().price, self._definition
        if not price.is_free and definition.max_cost_usd <= 0:
            raise BudgetExceeded(price.of(1, max(1, definition.shots)), 0.0)
        phase, start = (Phase(), self.start) if self.growth is None else (Phase((0,)), np.zeros(1))
        tried = {phase: self._open(backend, phase)}
        make_optimizer(definition.optimizer, start, tried[phase].landscape, definition.seed)

        def source(asked: Phase) -> Objective:
            return tried.pop(asked) if asked in tried else self._open(backend, asked)

        return source


def open_workload(definition: TrainingDefinition, store: ObjectStore) -> Workload:
    """What the definition describes; no backend is contacted yet.

    Raises:
        CircuitRejected: a problem, ansatz or model that cannot be made.
    """
    if definition.kind == "qnn":
        return _classifier(definition, store)
    problem: Hamiltonian | Graph
    if definition.kind == "qaoa":
        problem = read_graph(definition.problem, name=definition.name)
        observable = cut_hamiltonian(problem)
    else:
        problem = read_hamiltonian(definition.problem, name=definition.name)
        observable = problem.observable
    ansatz = build_ansatz(definition.model, problem, definition.seed)
    return _circuits(ansatz, problem, observable, definition)


def _circuits(
    ansatz: Ansatz, problem: Hamiltonian | Graph, observable: PauliSum, definition: TrainingDefinition
) -> Workload:
    def circuit(phase: Phase) -> QuantumCircuit:
        if ansatz.growth is None:
            return ansatz.circuit
        grown = ansatz.growth.probe if phase.probing else ansatz.growth.circuit
        return grown(phase.operators)

    def objective(backend: str, phase: Phase) -> Objective:
        of, shots, seed = circuit(phase), definition.shots, definition.seed
        return open_objective(backend, of, observable, shots, seed, frequencies(phase))

    def frequencies(phase: Phase) -> tuple[tuple[float, ...], ...] | None:
        if ansatz.growth is None:
            return ansatz.frequencies
        probed = len(ansatz.growth.pool) if phase.probing else 0
        return (ansatz.growth.frequencies,) * (len(phase.operators) + probed)

    def appraise(point: np.ndarray) -> dict[str, float | str]:
        return (
            cut_figures(problem, circuit(Phase()), point, definition.seed)
            if isinstance(problem, Graph)
            else {}
        )

    return Workload(ansatz.start, ansatz.growth, circuit, definition, objective, appraise)


def _classifier(definition: TrainingDefinition, store: ObjectStore) -> Workload:
    data = load_dataset(definition.problem["source"], store)
    if data.digest != definition.problem["digest"]:
        raise CircuitRejected(definition.name, "the data it was begun with expected, found other data there")
    settings = ClassificationSettings(**definition.problem["settings"])
    task = Classification(data, definition.model, settings, definition.seed)

    def objective(backend: str, _: Phase) -> Objective:
        block = load_backend(backend)
        if not isinstance(block, TorchStatevector):
            reason = "classifiers are differentiated by our own engine: torch expected, with noise or without"
            raise NoEligibleBackend({backend: reason})
        return task.objective(definition.shots, block.noise_model)

    ideal = task.objective(0, NoiseModel())
    start = ideal.start_point(definition.seed)
    return Workload(start, None, None, definition, objective, partial(task.accuracies, ideal))
