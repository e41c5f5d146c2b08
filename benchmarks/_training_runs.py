"""Trainings as the flows run them, from a stored definition on, without Prefect and without a store."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blocks.object_store import LocalFolder
from blocks.workloads import open_workload
from qorum.training.definitions import TrainingDefinition
from qorum.training.graphs import Graph, graph_to_json
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.training import Training

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes:
        energy: the lowest.
        point: where it was found, shape [parameters].
        evaluations: answered on the way.
        seconds: of CPU time, with the making of the circuit.
        reason: why it ended.
    """

    energy: float
    point: np.ndarray
    evaluations: int
    seconds: float
    reason: str

    @property
    def told(self) -> str:
        """For a note."""
        return f"{self.evaluations} evaluations, {self.seconds:.1f} s CPU"


def hamiltonian(source: str) -> Hamiltonian:
    """`tfim:…`, or the name of a file in examples/hamiltonians."""
    if ":" in source:
        return read_hamiltonian(source)
    return read_hamiltonian((EXAMPLES / "hamiltonians" / f"{source}.json").read_text())


def define(
    problem: Hamiltonian | Graph,
    model: str,
    optimizer: str,
    *,
    max_steps: int,
    training_id: str = "benchmark",
) -> TrainingDefinition:
    """An exact training on our own engine, of seed 0."""
    is_graph = isinstance(problem, Graph)
    content: dict[str, Any] = graph_to_json(problem) if is_graph else hamiltonian_to_json(problem)
    return TrainingDefinition(
        training_id=training_id,
        kind="qaoa" if is_graph else "vqe",
        name=problem.name,
        problem=json.loads(json.dumps(content)),
        model=model,
        optimizer=optimizer,
        shots=0,
        seed=0,
        max_steps=max_steps,
        backend="torch",
    )


def begin(definition: TrainingDefinition) -> Training:
    """The training at its start; nothing is written anywhere."""
    workload = open_workload(definition, LocalFolder(path=Path(tempfile.gettempdir()) / "qorum-unused"))
    return Training(
        definition.training_id,
        definition.optimizer,
        workload.start,
        workload.source_on(definition.backend),
        seed=definition.seed,
        max_steps=definition.max_steps,
        growth=workload.growth,
        units=workload.units,
    )


def advance(training: Training) -> float:
    """One evaluation and what the optimizer makes of it.

    Returns:
        The energy where it was evaluated.
    """
    answer = training.objective.evaluate(training.ask(), training.next_seed)
    training.tell(answer)
    return training.units.energy(float(answer.values[0]))


def trained(
    problem: Hamiltonian | Graph, model: str, optimizer: str = "lbfgs", max_steps: int = 500
) -> Trained:
    """Train to the end."""
    start = time.process_time()
    training = begin(define(problem, model, optimizer, max_steps=max_steps))
    while not (reason := training.finished):
        advance(training)
    training.close()
    energy, point = training.result
    return Trained(energy, point, training.evaluations, time.process_time() - start, reason)
