"""Circuits at some stage of a run, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.results.verdict import Advice, Verdict
from qorum.runs.circuit_progress import CircuitProgress

DIGEST = "d" * 64


def profile(name: str, **changes: object) -> BackendProfile:
    return replace(
        BackendProfile(name, name, f"{name}'s engine", name, "cpu", 24, ideal_target(dynamic=False)),
        **changes,
    )


def progress(*shots: int, **changes: object) -> CircuitProgress:
    """A circuit that so many backends, b0, b1 and so on, have sampled so many times each."""
    known = CircuitProgress(DIGEST, 100)
    for number, each in enumerate(shots):
        known = known.with_outcome(f"b{number}", Counts({"00": each}, "as told"), 1.0, 0.0)
    return replace(known, **changes)


def advised(advice: Advice, shots: int = 0, contested: bool = False) -> Verdict:
    return Verdict(
        "agreed" if contested else "disputed", 0.9, {"00": 1.0}, (), (), (), contested, advice, shots
    )
