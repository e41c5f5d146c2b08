"""Two readings of one input, compared by what they sample and, where nothing decides, by what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from qorum.circuits.second_reading.machine import (
    MAX_WORK,
    Amplitudes,
    Branch,
    Program,
    Unread,
    distribution,
    only_branch,
)
from qorum.circuits.second_reading.tape import same, written

LARGEST_DIFFERENCE = 1e-6
"""What two readings' probabilities, or 1 less the overlap of their states, may differ by: arithmetic."""

Outcome = Literal["agree", "differ", "could not"]


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two readings.

    Attributes:
        outcome: `could not` where one of them cannot be had.
        words: what differs, or why it could not; empty where they agree.
    """

    outcome: Outcome
    words: str = ""


def compare(right: Mapping[str, float], found: Mapping[str, float]) -> Comparison:
    """Two distributions over classical bits, bit 0 rightmost.

    Args:
        right: of the second reading, e.g. exact probabilities of a library's own simulator.
        found: of the circuit.
    """
    widths = {len(outcome) for outcome in (*right, *found)}
    if len(widths) > 1:
        return Comparison(
            "differ", f"{min(widths)} bits by one reading and {max(widths)} by the other are sampled"
        )
    gaps = {key: abs(right.get(key, 0.0) - found.get(key, 0.0)) for key in {*right, *found}}
    if sum(gaps.values()) / 2 <= LARGEST_DIFFERENCE:
        return Comparison("agree")
    worst = max(sorted(gaps), key=gaps.__getitem__)
    return Comparison(
        "differ",
        f"outcome {worst} has probability {found.get(worst, 0.0):.4f} by the first reading and "
        f"{right.get(worst, 0.0):.4f} by the second",
    )


def compare_programs(second: Program, first: Program, *, same_qubits: bool = True) -> Comparison:
    """Two programs: step by step, or else by their distributions and, where both only apply gates, unitaries.

    The unitaries are compared by what they make of random inputs, up to a global phase.

    Args:
        second: the second reading.
        first: what is run.
        same_qubits: whether both number their qubits alike.

    Raises:
        TooLarge: one of them is beyond the exact machine.
    """
    tapes = written(second), written(first)
    if tapes[0] is not None and tapes[1] is not None and same(tapes[0], tapes[1]):
        return Comparison("agree")
    effect = _compare_effects(second, first) if same_qubits else None
    if effect is not None and effect.outcome == "agree":
        return effect
    found = compare(*(distribution(program, MAX_WORK / 2) for program in (second, first)))
    return found if effect is None or found.outcome == "differ" else effect


def _compare_effects(second: Program, first: Program) -> Comparison | None:
    """What two programs make of random inputs; None where one of them does more than gates."""
    ours = only_branch(first, _random_input, MAX_WORK / 2)
    theirs = None if ours is None else only_branch(second, _random_input, MAX_WORK / 2)
    if ours is None or theirs is None or len(ours.bits) != len(theirs.bits):
        return None
    return _same_effect(theirs, ours)


@cache
def _random_input(qubit: int) -> Amplitudes:
    """For each qubit another state, always the same: product states tell all unitaries apart."""
    theta, phi = np.random.default_rng([5, qubit]).uniform([0.6, 0.0], [2.5, 6.28])
    return np.array([np.cos(theta / 2), np.exp(1j * phi) * np.sin(theta / 2)])


def _same_effect(second: Branch, first: Branch) -> Comparison:
    sources = [
        [bit.qubit if isinstance(bit, Unread) else f"the value {bit}" for bit in branch.bits]
        for branch in (second, first)
    ]
    for place, (theirs, ours) in enumerate(zip(*sources, strict=True)):
        if theirs != ours:
            return Comparison(
                "differ", f"bit {place} holds qubit {ours} by the first reading, {theirs} by the second"
            )
    qubits = sorted({*second.axes, *first.axes})
    states = [_whole(branch, qubits) for branch in (second, first)]
    overlap = abs(np.vdot(states[0], states[1]))
    if abs(1.0 - overlap) <= LARGEST_DIFFERENCE:
        return Comparison("agree")
    return Comparison(
        "differ",
        "both give the same outcomes from |0…0⟩, but as gates they differ: from another input their states "
        f"overlap by {overlap:.4f} only",
    )


def _whole(branch: Branch, qubits: list[int]) -> Amplitudes:
    """The state over all of the qubits, in that order."""
    state, axes = branch.state, dict(branch.axes)
    for qubit in qubits:
        if qubit not in axes:
            axes[qubit] = state.ndim
            state = np.multiply.outer(state, _random_input(qubit))
    return np.transpose(state, [axes[qubit] for qubit in qubits])
