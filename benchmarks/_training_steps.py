"""One step of VQE, energy, gradient and Adam's update, beside the same loop of PennyLane on lightning.qubit.

Both loops go on from round to round, from the same start, on one thread, in double precision. PennyLane's
is the one of its manuals: a QNode with `diff_method="adjoint"` and `AdamOptimizer.step_and_cost`. It is given
every form of the same problem: our gates, or for `uccsd` its own excitation gates; the Hamiltonian as Pauli
strings, or as a sparse matrix. The fastest counts; that of our gates is told besides.
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

OURS, OUR_GATES = "ours", "our gates"

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
    theirs = {
        form: _their_loop(cost, start_of(problem, model)) for form, cost in _costs(problem, model).items()
    }
    loops = {OURS: _our_loop(problem, model), **theirs}
    timings = interleaved(rounds, lambda _: loops, repeat=STEPS)
    told = timings.median_ms()
    energies = [loop() for loop in loops.values()]
    extra = {"milliseconds": told, "energies apart": max(energies) - min(energies)}
    fastest = timings.fastest(list(theirs))
    same_gates = timings.fastest([form for form in theirs if form.startswith(OUR_GATES)])
    for form, name, goal in ((fastest, row, GOAL), (same_gates, f"{row}, {OUR_GATES}", None)):
        note = (
            f"ours {told[OURS]:.4g} ms, lightning with {form} {told[form]:.4g} ms (CPU, medians); after"
            f" {rounds * STEPS} steps the energies of all are {extra['energies apart']:.1g} apart"
        )
        ratio, quartiles = timings.ratio(form, OURS), {"quartiles": timings.spread(form, OURS)}
        if goal or form != fastest:
            yield Row(name, ratio, goal, unit="x", samples=rounds, note=note, extra=extra | quartiles)


def start_of(problem: Hamiltonian, model: str) -> np.ndarray:
    """Where both loops begin, shape [parameters]."""
    return build_ansatz(model, problem, 0).start


def _our_loop(problem: Hamiltonian, model: str) -> Loop:
    training = begin(define(problem, model, OPTIMIZER, max_steps=1_000_000))
    return lambda: advance(training)


def _costs(problem: Hamiltonian, model: str) -> Mapping[str, Any]:
    """PennyLane's forms of it."""
    circuit = build_ansatz(model, problem, 0).circuit
    costs: dict[str, Any] = {}
    for name, observable in observables(problem.observable, sparse=problem.num_qubits <= 12).items():
        costs[f"{OUR_GATES}, {name}"] = same_gates_cost(circuit, observable)
        if model == "uccsd":
            costs[f"its excitation gates, {name}"] = excitations_cost(problem, observable)
    return costs


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
    training = begin(define(problem, model, OPTIMIZER, max_steps=1))
    point = np.random.default_rng(7).uniform(-1, 1, training.objective.landscape.num_parameters)
    answer = training.objective.evaluate(Request(point[None], gradient=True), 0)
    assert answer.gradient is not None
    our_energy, our_slope = training.units.energy(answer.values[0]), training.units.scale * answer.gradient
    found: list[float] = []
    for cost in _costs(problem, model).values():
        energy, slope = expectation(cost, point)
        found += [abs(energy - our_energy), float(np.abs(slope - our_slope).max())]
    return max(found)
