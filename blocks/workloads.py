"""From a stored definition to what a training works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.objectives import open_objective
from qorum.errors import BudgetExceeded
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import build_ansatz
from qorum.training.ansatze._ansatz import Ansatz, Growth
from qorum.training.definitions import TrainingDefinition
from qorum.training.graphs import Graph, cut_hamiltonian, read_graph
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.objective import Objective
from qorum.training.training import Phase, Source


@dataclass(frozen=True)
class Workload:
    """What is trained.

    Attributes:
        start: parameters to start from.
        growth: how the ansatz grows; None for a fixed one.
        circuit: of a phase, where there is one to show.
    """

    start: np.ndarray
    growth: Growth | None
    circuit: Callable[[Phase], QuantumCircuit] | None
    _definition: TrainingDefinition
    _open: Callable[[str, Phase], Objective]

    def source_on(self, backend: str) -> Source:
        """Makes the objectives on a backend; nothing is evaluated.

        Raises:
            QorumError: it does not exist or cannot run them, or charges and there is no budget.
        """
        price, definition = load_backend(backend).profile().price, self._definition
        if not price.is_free and definition.max_cost_usd <= 0:
            raise BudgetExceeded(price.of(1, max(1, definition.shots)), 0.0)
        self._open(backend, Phase())
        return partial(self._open, backend)


def open_workload(definition: TrainingDefinition) -> Workload:
    """What the definition describes; no backend is contacted yet.

    Raises:
        CircuitRejected: a problem, ansatz or model that cannot be made.
    """
    if definition.kind == "qnn":
        return _classifier(definition)
    problem: Hamiltonian | Graph
    if definition.kind == "qaoa":
        problem = read_graph(definition.problem, name=definition.name)
        observable = cut_hamiltonian(problem)
    else:
        problem = read_hamiltonian(definition.problem, name=definition.name)
        observable = problem.observable
    ansatz = build_ansatz(definition.model, problem, definition.seed)
    return _circuits(ansatz, observable, definition)


def _circuits(ansatz: Ansatz, observable: PauliSum, definition: TrainingDefinition) -> Workload:
    def circuit(phase: Phase) -> QuantumCircuit:
        if ansatz.growth is None:
            return ansatz.circuit
        grown = ansatz.growth.probe if phase.probing else ansatz.growth.circuit
        return grown(phase.operators)

    def objective(backend: str, phase: Phase) -> Objective:
        return open_objective(backend, circuit(phase), observable, definition.shots, seed=definition.seed)

    return Workload(ansatz.start, ansatz.growth, circuit, definition, objective)


def _classifier(definition: TrainingDefinition) -> Workload:
    raise NotImplementedError
