"""Trainings that the tests of them share: fixed and growing ones, exact and noisy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qorum.training.ansatze import build_ansatz
from qorum.training.checkpoints import decode, encode
from qorum.training.engine_objective import EngineObjective
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.objective import Answer, Objective, Request
from qorum.training.phases import Phase
from qorum.training.training import Training
from tests.processes import ROOT
from tests.qorum.training.optimizers.objectives import START, Energy

H2 = read_hamiltonian((ROOT / "examples/hamiltonians/h2_0.735.json").read_text())


class Noisy:
    """Energies as estimates: deterministic by seed."""

    landscape = Energy.landscape

    def __init__(self) -> None:
        self._exact = Energy()

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = self._exact.evaluate(replace(request, metric=False), 0)
        noise = np.random.default_rng(seed).normal(0, 0.05, len(answer.values))
        return replace(answer, values=answer.values + noise, variances=np.full(len(answer.values), 0.0025))


class Raised:
    """The same landscape a little higher: another backend."""

    landscape = Energy.landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = Energy().evaluate(request, seed)
        return replace(answer, values=answer.values + 0.25)


def training(
    optimizer: str = "adam", source: Callable[[Phase], Objective] | None = None, steps: int = 40
) -> Training:
    return Training("t", optimizer, START, source or (lambda _: Energy()), seed=3, max_steps=steps)


def advance(one: Training) -> Answer:
    answer = one.objective.evaluate(one.ask(), one.next_seed)
    one.tell(answer)
    return answer


def reopened(one: Training, fresh: Training) -> Training:
    """A training made anew from what is stored of another."""
    fresh.restore(decode("k", encode(one.state())))
    return fresh


def adapt(steps: int = 60, optimizer: str = "lbfgs") -> Training:
    ansatz = build_ansatz("adapt", H2, 0)
    growth = ansatz.growth
    assert growth is not None

    def source(phase: Phase) -> Objective:
        circuit = (growth.probe if phase.probing else growth.circuit)(phase.operators)
        return EngineObjective(circuit, H2.observable)

    return Training("a", optimizer, ansatz.start, source, seed=0, max_steps=steps, growth=growth)


def run(one: Training, most: int = 10_000) -> list[tuple[bytes, float]]:
    """Point and energy of each evaluation, until there is nothing left to do."""
    told: list[tuple[bytes, float]] = []
    while not one.finished and len(told) < most:
        point = one.ask().points[0].tobytes()
        told.append((point, float(advance(one).values[0])))
    return told
