"""What is to be trained: a problem as a user writes it becomes a definition that can be stored."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.datasets import load_dataset
from blocks.object_store import ObjectStore
from blocks.problems import load_ansatz, load_cost, load_hamiltonian
from qorum.errors import InputRejected
from qorum.training.definitions import TrainingDefinition
from qorum.training.exact import ground_energy, lowest_energies, lowest_of_all_sectors, sector
from qorum.training.graphs import graph_to_json, maximum_cut
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.options import ClassificationSettings, CommonOptions
from qorum.training.qubo import Qubo
from tasks.identity import new_id

LARGEST_REFERENCE = 14
"""Qubits up to which an unknown ground energy is computed, in seconds at most."""


LARGEST_DEFLATED = 20
"""Qubits up to which excited states are sought: lower ones are held as states."""

LOWER = 1e-6
"""Of the sum of all |coefficients|: what another sector lies lower by to be told."""


@task(cache_policy=NO_CACHE, task_run_name="prepare {kind} training")
async def prepare_training(
    kind: Literal["vqe", "qaoa", "qnn"],
    problem: str,
    model: str,
    options: CommonOptions,
    store: ObjectStore,
    settings: ClassificationSettings | None = None,
    states: int = 1,
) -> TrainingDefinition:
    """Read the problem, find what its result can be compared with, and name the training.

    Raises:
        InputRejected: the problem cannot be read, or is none.
    """
    read = {"vqe": _hamiltonian, "qaoa": _graph, "qnn": _data}[kind]
    circuit = ""
    if kind != "qnn":
        model, circuit = await asyncio.to_thread(load_ansatz, model, store)
    name, content, model, reference, warnings = await asyncio.to_thread(read, problem, model, store)
    if settings is not None:
        content["settings"] = settings.stored()
    levels: list[float] = []
    if states > 1:
        levels = await asyncio.to_thread(_levels, content, name, states)
        reference = levels[0] if levels else reference
    definition = TrainingDefinition(
        training_id=options.training_id or new_id(kind),
        kind=kind,
        name=name,
        problem=content,
        model=model,
        circuit=circuit,
        levels=levels,
        reference=reference,
        warnings=warnings,
        **options.model_dump(exclude={"training_id"}),
    )
    for warning in warnings:
        get_run_logger().warning("%s: %s", name, warning)
    known = "" if reference is None else f", reference {reference:.8f}"
    get_run_logger().info("training %s: %s with %s%s", definition.training_id, name, model, known)
    return definition


Posed = tuple[str, dict[str, Any], str, float | None, list[str]]


def _hamiltonian(text: str, model: str, store: ObjectStore) -> Posed:
    problem = load_hamiltonian(text, store)
    chosen, mark, settings = model.partition("?")
    if chosen == "auto":
        fitting = "hardware-efficient" if problem.num_particles is None else "uccsd"
        model = f"{fitting}{mark}{settings}"
    reference, warnings = _reference(problem)
    return problem.name, hamiltonian_to_json(problem), model, reference, warnings


def _reference(problem: Hamiltonian) -> tuple[float | None, list[str]]:
    """The ground energy, and a warning where other particle numbers have a lower one."""
    if problem.num_qubits > LARGEST_REFERENCE:
        return problem.reference, []
    own = problem.reference if problem.reference is not None else ground_energy(problem)
    if own is None or (problem.num_particles is None and problem.reference is None):
        return own, []
    lowest = lowest_of_all_sectors(problem)
    scale = sum(abs(term.coefficient) for term in problem.observable.terms)
    if lowest is None or lowest > own - LOWER * scale:
        return own, []
    if problem.num_particles is None:
        return own, [
            f"the reference {own:.8f} is not the lowest energy of the whole operator, {lowest:.8f}: of a"
            " mapped molecule, other numbers of electrons lie lower, and a training may end there"
        ]
    return own, [
        f"the lowest energy with num_particles {list(problem.num_particles)} is {own:.8f}, that of the whole"
        f" operator {lowest:.8f}: other numbers of electrons lie lower, or it was not mapped by Jordan and"
        " Wigner (Bravyi-Kitaev and parity need num_particles left out)"
    ]


def _levels(content: dict[str, Any], name: str, states: int) -> list[float]:
    """The lowest energies, where there are so many states and they can be computed."""
    problem = read_hamiltonian(content, name=name)
    if problem.num_qubits > LARGEST_DEFLATED:
        reason = f"at most {LARGEST_DEFLATED} qubits expected for several states, found {problem.num_qubits}"
        raise InputRejected(name, reason)
    if problem.num_qubits > LARGEST_REFERENCE:
        return []
    if len(sector(problem)) < states:
        reason = f"at most {len(sector(problem))} states, as many as there are, expected, found {states}"
        raise InputRejected(name, reason)
    return lowest_energies(problem, states)


def _graph(text: str, model: str, store: ObjectStore) -> Posed:
    graph = load_cost(text, store)
    if isinstance(graph, Qubo):
        least = graph.best()
        return graph.name, graph.document, model, None if least is None else least[0], []
    best = maximum_cut(graph)
    return graph.name, graph_to_json(graph), model, None if best is None else -best[0], []


def _data(text: str, model: str, store: ObjectStore) -> Posed:
    data = load_dataset(text, store)
    return data.name, {"source": text, "digest": data.digest}, model, None, list(data.warnings)
