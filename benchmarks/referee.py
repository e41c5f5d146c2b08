"""What the exact referee accuses and lets pass, by simulation on distributions of up to 28 qubits.

Porter–Thomas distributions are drawn whole, as a random circuit's are; honest samples, and samples that are
spoilt in one way each, are judged at 1,024 shots. A miss is reported as a miss.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from benchmarks._distributions import DISTRIBUTIONS, NOISE, num_bits
from benchmarks._report import Row, emit, parser
from qorum.results.analysis import wilson_interval
from qorum.results.referee.cross_entropy import judge_noisy
from qorum.results.referee.dense import Dense
from qorum.results.referee.goodness import misfit
from qorum.results.referee.ideal import Ideal

SHOTS = 1024
WIDTHS = (12, 14, 16, 18, 20, 22, 24, 26, 28)
SINGLE_FROM = 25
"""Qubits from which distributions are drawn in single precision, for want of memory."""

Outcomes = NDArray[np.int64]
Spoil = Callable[[Outcomes, int, Generator], Outcomes]


def share(name: str, hits: Sequence[bool], goal: float, at: str, note: str = "") -> Row:
    """The share of trials that hit, with its Wilson interval."""
    interval = wilson_interval(sum(hits), len(hits), 0.95)
    at_least = "least" if at == "least" else "most"
    return Row(name, sum(hits) / len(hits), goal, at_least, "", interval, len(hits), note)


def reverse(outcomes: Outcomes, width: int, _: Generator) -> Outcomes:
    """The other bit order."""
    bits = (outcomes[:, None] >> np.arange(width)) & 1
    return bits[:, ::-1] @ (1 << np.arange(width))


def flip_one(outcomes: Outcomes, width: int, rng: Generator) -> Outcomes:
    """One qubit read inverted."""
    return outcomes ^ (1 << int(rng.integers(width)))


def scatter(outcomes: Outcomes, width: int, rng: Generator) -> Outcomes:
    """Noise alone."""
    return rng.integers(0, 1 << width, len(outcomes))


def exchange(outcomes: Outcomes, width: int, rng: Generator) -> Outcomes:
    """Two qubits read in each other's place."""
    one, other = rng.choice(width, 2, replace=False)
    differs = ((outcomes >> one) ^ (outcomes >> other)) & 1
    return outcomes ^ (differs << one) ^ (differs << other)


def repeat(outcomes: Outcomes, _: int, rng: Generator) -> Outcomes:
    """Half of the shots told twice: right outcomes, wrong chance."""
    return np.repeat(rng.choice(outcomes, len(outcomes) // 2, replace=False), 2)


LIES: dict[str, Spoil] = {
    "bits reversed": reverse,
    "uniform": scatter,
    "one qubit flipped": flip_one,
    "two qubits exchanged": exchange,
    "half of the shots told twice": repeat,
}


class Sampler:
    """Draws from a distribution many times; the cumulative sums are made once."""

    def __init__(self, p: NDArray[np.floating]) -> None:
        self._cumulative = np.cumsum(p, dtype=np.float64)

    def draw(self, shots: int, rng: Generator) -> Outcomes:
        """[shots] outcomes."""
        points = np.sort(rng.random(shots)) * self._cumulative[-1]
        found = np.searchsorted(self._cumulative, points, side="right")
        return np.minimum(found, len(self._cumulative) - 1).astype(np.int64)


def tally(outcomes: Outcomes, width: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Distinct outcomes as bits, and how often each was seen."""
    distinct, counts = np.unique(outcomes, return_counts=True)
    return ((distinct[:, None] >> np.arange(width)) & 1).astype(np.uint8), counts.astype(np.float64)


def ideal(p: NDArray[np.floating]) -> Ideal:
    """The referee's view of a distribution."""
    width = num_bits(p)
    return Ideal((Dense(p),), (tuple(range(width)),), (), (), f"exact amplitudes ({width} qubits)")


def porter_thomas(width: int, rng: Generator) -> NDArray[np.floating]:
    """Exponentially distributed probabilities."""
    dtype = np.float32 if width >= SINGLE_FROM else np.float64
    p = rng.standard_exponential(1 << width, dtype=dtype)
    p /= p.sum(dtype=np.float64)
    return p


def wide(trials: int, widths: Sequence[int], rng: Generator) -> Iterator[Row]:
    """Noiseless samples of Porter–Thomas distributions: honest, and spoilt in each way."""
    honest: list[bool] = []
    for width in widths:
        p = porter_thomas(width, rng)
        sampler, judge = Sampler(p), ideal(p)
        started = time.perf_counter()
        judge.log_collision, judge.factors[0].levels, judge.factors[0].parities
        prepared = time.perf_counter() - started
        accused = [bool(misfit(judge, *tally(sampler.draw(SHOTS, rng), width))) for _ in range(5 * trials)]
        honest += accused
        yield share(f"Porter-Thomas n={width} / honest accused", accused, 0.01, "most")
        for lie, spoil in LIES.items():
            named = [
                bool(misfit(judge, *tally(spoil(sampler.draw(SHOTS, rng), width, rng), width)))
                for _ in range(trials)
            ]
            yield share(f"Porter-Thomas n={width} / {lie} named", named, 1.0, "least")
        yield Row(f"Porter-Thomas n={width} / sums over all outcomes", prepared, None, "most", "s")
    yield share("Porter-Thomas / honest accused, all widths", honest, 0.01, "most")


def narrow(trials: int, rng: Generator) -> Iterator[Row]:
    """Honest noiseless samples of all families of the consensus' benchmark, at several numbers of shots."""
    for shots in (100, 1024, 10_000):
        accused: list[bool] = []
        for make, _ in product(DISTRIBUTIONS.values(), range(20 * trials)):
            p = make(rng)
            accused.append(bool(misfit(ideal(p), *tally(Sampler(p).draw(shots, rng), num_bits(p)))))
        yield share(f"all families, {shots} shots / honest accused", accused, 0.001, "most")


def noisy(trials: int, rng: Generator) -> Iterator[Row]:
    """Noisy devices of all families: honest ones are not accused, spoilt ones do not pass."""
    accused: list[bool] = []
    passed: dict[str, list[bool]] = {lie: [] for lie in ("bits reversed", "uniform", "one qubit flipped")}
    for (family, make), noise, known, _ in product(
        DISTRIBUTIONS.items(), NOISE, (True, False), range(trials)
    ):
        p = make(rng)
        width = num_bits(p)
        shown, good = NOISE[noise](p, rng)
        promised = good if known else None
        sampler, judge = Sampler(shown), ideal(p)
        found = judge_noisy(judge, *tally(sampler.draw(SHOTS, rng), width), promised)[0]
        accused.append(found == "unfit")
        if family.startswith("Porter"):
            for lie, hits in passed.items():
                spoilt = LIES[lie](sampler.draw(SHOTS, rng), width, rng)
                hits.append(judge_noisy(judge, *tally(spoilt, width), promised)[0] == "fits")
    yield share("noisy, all families / honest accused", accused, 0.01, "most")
    for lie, hits in passed.items():
        yield share(f"noisy, Porter-Thomas / {lie} passes", hits, 0.01, "most")


def speed(rng: Generator) -> Iterator[Row]:
    """CPU time of one replica's judgement, once the distribution is known."""
    for width in (5, 12, 20):
        p = porter_thomas(width, rng)
        sampler, judge = Sampler(p), ideal(p)
        misfit(judge, *tally(sampler.draw(SHOTS, rng), width))
        times: list[float] = []
        for _ in range(30):
            keys, counts = tally(sampler.draw(SHOTS, rng), width)
            start = time.process_time()
            misfit(judge, keys, counts)
            times.append(1e3 * (time.process_time() - start))
        yield Row(f"one judgement / n={width}", float(np.median(times)), 10.0, "most", "ms", samples=30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; the exit code tells whether every goal is met."""
    options = parser("referee", __doc__ or "").parse_args(arguments)
    trials, rng = (4 if options.quick else 100), default_rng(20261129)
    widths = [width for width in WIDTHS if width <= (16 if options.quick else 28)]
    rows: list[Row] = []
    for part in (narrow, noisy):
        start = time.perf_counter()
        rows += part(trials, rng)
        print(f"{part.__name__}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return emit([*rows, *wide(trials, widths, rng), *speed(rng)], options.json)


if __name__ == "__main__":
    sys.exit(main())
