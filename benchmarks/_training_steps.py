"""One step of VQE, energy, gradient and Adam's update, beside the same loop of PennyLane on lightning.qubit.

Both loops go on from round to round, from the same start, on one thread, in double precision. PennyLane's
is the one of its manuals: a QNode with `diff_method="adjoint"` and `AdamOptimizer.step_and_cost`, on the same
gates. It may hold the Hamiltonian as Pauli strings or as a sparse matrix: the faster counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks._engines import peers
from benchmarks._interleaved import Options, interleaved, say
from benchmarks._report import Row
from benchmarks._training_lightning import excitations_cost, expectation, observables, same_gates_cost
from benchmarks._training_runs import advance, begin, define, hamiltonian
from qorum.training.ansatze import build_ansatz
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.objective import Request

TOLERANCE = 1e-8
GOAL = 2.0
RATE = 0.02
OPTIMIZER = f"adam?learning_rate={RATE}&value_tolerance=0&gradient_tolerance=0"

CASES = {
    "H4 1.0 Å, uccsd": ("h4_1.0", "uccsd", 11),
    "LiH 1.6 Å, uccsd": ("lih_1.6", "uccsd", 11),
    "TFIM-8, 4 layers": ("tfim:n=8,g=1", "hardware-efficient?layers=4", 21),
    "TFIM-12, 4 layers": ("tfim:n=12,g=1", "hardware-efficient?layers=4", 21),
    "TFIM-16, 4 layers": ("tfim:n=16,g=1", "hardware-efficient?layers=4", 11),
}
"""Each with its problem, its ansatz and how many rounds are timed."""

QUICK = {
    "H2 0.735 Å, uccsd": ("h2_0.735", "uccsd", 2),
    "TFIM-6, 4 layers": ("tfim:n=6,g=1", "hardware-efficient?layers=4", 2),
}

STEPS = 3
"""Timed together."""

EXCITED = "AllSinglesDoubles on lightning.qubit"

Loop = Callable[[], float]
"""Takes one step and returns the energy before it."""


def steps(options: Options) -> Iterator[Row]:
    """Ratios of CPU time; energies and gradients are compared first."""
    for name, (source, model, rounds) in (QUICK if options.quick else CASES).items():
        row = f"VQE step, {name} / lightning.qubit"
        if "lightning" in peers()[1]:
            yield Row(row, None, GOAL, unit="x", note="not reported: lightning cannot be imported here")
            continue
        problem = hamiltonian(source)
        off = _difference(problem, model)
        say(f"{name}: largest difference of energies and gradients {off:.2g}")
        if not off < TOLERANCE:
            note = f"not reported: energy or gradient differ from lightning's by {off:.2g}"
            yield Row(row, None, GOAL, unit="x", note=note)
            continue
        yield from _timed(row, problem, model, rounds)


def _timed(row: str, problem: Hamiltonian, model: str, rounds: int) -> Iterator[Row]:
    loops = {"ours": _our_loop(problem, model), **_their_loops(problem, model)}
    timings = interleaved(rounds, lambda _: loops, repeat=STEPS)
    told = timings.median_ms()
    same = [name for name in loops if name.startswith("lightning")]
    fastest = timings.fastest(same)
    apart = abs(loops["ours"]() - loops[fastest]())
    note = (
        f"ours {told['ours']:.4g} ms, {fastest} {told[fastest]:.4g} ms (CPU, medians);"
        f" after {rounds * STEPS} steps each the energies are {apart:.1g} apart"
    )
    extra = {"milliseconds": told, "quartiles": timings.spread(fastest, "ours")}
    yield Row(row, timings.ratio(fastest, "ours"), GOAL, unit="x", samples=rounds, note=note, extra=extra)
    if EXCITED in loops:
        note = (
            "another ansatz: as many parameters, but PennyLane's excitation gates, without the strings of Z;"
            f" {told[EXCITED]:.4g} ms"
        )
        name = row.replace("lightning.qubit", EXCITED)
        yield Row(name, timings.ratio(EXCITED, "ours"), unit="x", samples=rounds, note=note)


def _our_loop(problem: Hamiltonian, model: str) -> Loop:
    training = begin(define(problem, model, OPTIMIZER, max_steps=1_000_000))
    return lambda: advance(training)


def _their_loops(problem: Hamiltonian, model: str) -> Mapping[str, Loop]:
    ansatz = build_ansatz(model, problem, 0)
    given = observables(problem.observable, sparse=problem.num_qubits <= 12)
    loops = {
        f"lightning, {name}": _their_loop(same_gates_cost(ansatz.circuit, observable), ansatz.start)
        for name, observable in given.items()
    }
    if model == "uccsd":
        cost = excitations_cost(problem, given["sparse matrix"])
        loops[EXCITED] = _their_loop(cost, ansatz.start)
    return loops


def _their_loop(cost: Any, start: np.ndarray) -> Loop:
    import pennylane as qml

    # Its own default of beta2 is 0.99; with ours both loops go the same way.
    optimizer = qml.AdamOptimizer(RATE, beta2=0.999)
    point = [qml.numpy.array(start, requires_grad=True)]

    def step() -> float:
        point[0], energy = optimizer.step_and_cost(cost, point[0])
        return float(energy)

    return step


def _difference(problem: Hamiltonian, model: str) -> float:
    ansatz = build_ansatz(model, problem, 0)
    objective = begin(define(problem, model, OPTIMIZER, max_steps=1)).objective
    point = np.random.default_rng(7).uniform(-1, 1, ansatz.circuit.num_parameters)
    answer = objective.evaluate(Request(point[None], gradient=True), 0)
    assert answer.gradient is not None
    found = []
    for observable in observables(problem.observable, sparse=problem.num_qubits <= 12).values():
        energy, slope = expectation(same_gates_cost(ansatz.circuit, observable), point)
        found += [abs(energy - answer.values[0]), float(np.abs(slope - answer.gradient).max())]
    return max(found)
