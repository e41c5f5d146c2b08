"""Engines timed in turns, so that whatever disturbs the machine disturbs all of them."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from benchmarks._engines import Engine

SAME = 1 - 1e-5
"""Fidelity from which two engines' states count as the same."""


@dataclass(frozen=True)
class Options:
    """What a family of rows is told: few rounds and small circuits where `quick`; PyTorch's device."""

    quick: bool = False
    device: str = "cpu"

    def rounds(self, full: int) -> int:
        """How many rounds to time."""
        return 2 if self.quick else full


class StatesDiffer(Exception):
    """An engine's state is not ours: its figures would compare different things."""


@dataclass(frozen=True)
class Timings:
    """Seconds of each round by what was timed; everything was timed in every round.

    Attributes:
        seconds: by name, shape [rounds].
    """

    seconds: Mapping[str, np.ndarray]

    def median_ms(self) -> dict[str, float]:
        """Medians in milliseconds, rounded for reading."""
        return {name: round(1e3 * float(np.median(each)), 4) for name, each in self.seconds.items()}

    def fastest(self, names: Sequence[str]) -> str:
        """The name with the smallest median."""
        return min(names, key=lambda name: float(np.median(self.seconds[name])))

    def ratio(self, slower: str, faster: str) -> float:
        """How many times faster: the median of the ratios within the rounds."""
        return float(np.median(self.seconds[slower] / self.seconds[faster]))

    def spread(self, slower: str, faster: str) -> list[float]:
        """The quartiles of the same ratios."""
        return np.quantile(self.seconds[slower] / self.seconds[faster], [0.25, 0.75]).round(3).tolist()


def interleaved(
    rounds: int,
    ready: Callable[[int], Mapping[str, Callable[[], Any]]],
    *,
    repeat: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> Timings:
    """Time everything once in each round, in an order that turns from round to round.

    Args:
        rounds: how many.
        ready: makes the functions of a round; what it does is not timed.
        repeat: calls of each that are timed together.
        clock: CPU time of the process, or wall time.
    """
    seconds: dict[str, list[float]] = {}
    gc.collect()
    gc.freeze()  # else each collection below walks through all imported libraries
    for number in range(rounds):
        runs = list(ready(number).items())
        turn = number % len(runs)
        for name, run in runs[turn:] + runs[:turn]:
            gc.collect()
            gc.disable()
            start = clock()
            for _ in range(repeat):
                kept = run()
            seconds.setdefault(name, []).append((clock() - start) / repeat)
            gc.enable()
            del kept
    gc.unfreeze()
    return Timings({name: np.array(each) for name, each in seconds.items()})


def fidelity(one: np.ndarray, other: np.ndarray) -> float:
    """Of two states, each taken as normalized; sums are in double precision whatever the states are."""
    one, other = one.astype(np.complex128), other.astype(np.complex128)
    return float(abs(np.vdot(one, other)) ** 2 / (np.vdot(one, one).real * np.vdot(other, other).real))


def check_same(
    ours: Engine, others: Sequence[Engine], circuit: QuantumCircuit, values: Sequence[float]
) -> None:
    """Raises `StatesDiffer` unless every engine reaches our state up to a global phase."""
    job = ours.job(circuit, values)
    expected = job.amplitudes(job.run()).copy()
    for other in others:
        job = other.job(circuit, values)
        shared = fidelity(expected, job.amplitudes(job.run()))
        if not shared > SAME:
            raise StatesDiffer(f"{circuit.name}: fidelity of {ours.name} with {other.name} is {shared:.6g}")
    say(f"{circuit.name}: {ours.name} and {', '.join(other.name for other in others)} agree")


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def load() -> str:
    """The machine's load of the last minute, for a note."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
