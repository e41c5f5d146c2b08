"""What consensus accepts and rejects, by simulation on distributions it was not tuned on.

Every trial draws its own distribution, its own noise for each replica and its own samples, and asks
`qorum.results.consensus.agree`. A miss is reported as a miss.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Literal

import numpy as np
from numpy.random import Generator, default_rng

from benchmarks._distributions import (
    DISTRIBUTIONS,
    LIES,
    NOISE,
    Distribution,
    exact_overlap,
    num_bits,
    porter_thomas,
    sample,
    uniform,
)
from benchmarks._report import Row, emit, parser
from qorum.results.analysis import wilson_interval
from qorum.results.consensus import Replica, Verdict, agree

SHOTS = 1024
LIAR = "liar"
A_LIE = 0.75
"""Exact overlap with the truth below which a distribution counts as a lie."""


def share(
    name: str,
    hits: Sequence[bool],
    goal: float | None,
    at: Literal["least", "most"] = "least",
    note: str = "",
) -> Row:
    """The share of trials that hit, with its Wilson interval."""
    interval = wilson_interval(sum(hits), len(hits), 0.95)
    return Row(name, sum(hits) / len(hits), goal, at, "", interval, len(hits), note)


def noisy(p: Distribution, noise: str, rng: Generator, backend: str, *, known: bool) -> Replica:
    """A device's answer; where `known`, with its success probability estimated to 5 %."""
    shown, good = NOISE[noise](p, rng)
    estimate = float(np.clip(good * rng.uniform(0.95, 1.05), 0, 1)) if known else None
    return Replica(sample(shown, SHOTS, rng, backend), noisy=True, success_probability=estimate)


def exact(p: Distribution, rng: Generator, backend: str, shots: int = 4096) -> Replica:
    """A noiseless engine's answer."""
    return Replica(sample(p, shots, rng, backend), noisy=False)


def trio(p: Distribution, liars: Sequence[Distribution], noise: str, rng: Generator, known: bool) -> Verdict:
    """Three noisy replicas, of which the last ones lie."""
    shown = [p] * (3 - len(liars)) + list(liars)
    names = ["a", "b", "c"][: 3 - len(liars)] + [f"{LIAR} {i}" for i in range(len(liars))]
    return agree([noisy(q, noise, rng, name, known=known) for q, name in zip(shown, names, strict=True)])


def lied(verdict: Verdict) -> bool:
    """Whether a liar is part of what was accepted."""
    return any(name.startswith(LIAR) for name in verdict.accepted)


def honest_trios(trials: int, rng: Generator) -> Iterator[Row]:
    """Three honest devices of different fidelity are accepted whole."""
    every: list[bool] = []
    for noise in NOISE:
        hits = [
            len(trio(make(rng), [], noise, rng, known).accepted) == 3
            for make, known, _ in product(DISTRIBUTIONS.values(), (True, False), range(trials))
        ]
        every += hits
        yield share(f"three honest noisy replicas accepted / {noise}", hits, 0.99)
    yield share("three honest noisy replicas accepted", every, 0.99)


def single_liars(trials: int, rng: Generator) -> Iterator[Row]:
    """One liar among three noisy replicas is named, the two honest ones agree."""
    weak: list[bool] = []
    for lie, tell in LIES.items():
        named: dict[bool, list[bool]] = {True: [], False: []}
        for make, noise, known, _ in product(DISTRIBUTIONS.values(), NOISE, (True, False), range(trials)):
            p = make(rng)
            told = tell(p, rng)
            verdict = trio(p, [told], noise, rng, known)
            rejected = verdict.status == "agreed" and not lied(verdict)
            if exact_overlap(p, told) < A_LIE:
                named[make is porter_thomas].append(rejected)
            else:
                weak.append(rejected)
        yield share(f"one liar of three outvoted / {lie}", named[False], 0.99)
        yield share(f"one liar of three outvoted / {lie} / Porter-Thomas", named[True], 0.95)
    yield share("one liar of three outvoted / lie of exact overlap above 0.75", weak, None, note="weak spot")


def wrong_pairs(trials: int, rng: Generator) -> Iterator[Row]:
    """Two liars of three are never accepted, unless they tell the same lie and nobody else is asked."""
    hits: list[bool] = []
    for make, noise, known, _ in product(DISTRIBUTIONS.values(), NOISE, (True, False), range(trials)):
        p = make(rng)
        first, second = rng.choice(list(LIES), 2, replace=False)
        told = [LIES[first](p, rng), LIES[second](p, rng)]
        if max(exact_overlap(p, told[0]), exact_overlap(p, told[1]), exact_overlap(*told)) < A_LIE:
            hits.append(lied(trio(p, told, noise, rng, known)))
    yield share("two liars of three accepted / different lies", hits, 0.0, "most")
    yield from identical_pairs(trials, rng)


def asked(p: Distribution, told: Distribution, noise: str, rng: Generator) -> tuple[Verdict, Verdict]:
    """Two liars and one honest replica; then honest ones as long as the verdict advises."""
    names = ("a", f"{LIAR} 0", f"{LIAR} 1", "b", "c")
    replicas = [noisy(told if n.startswith(LIAR) else p, noise, rng, n, known=False) for n in names]
    first = last = agree(replicas[:3])
    k = 3
    while last.advice != "none" and k < 5:
        k += 1
        last = agree(replicas[:k])
    return first, last


def identical_pairs(trials: int, rng: Generator) -> Iterator[Row]:
    """The same lie twice: without escalation, with it, and from one engine."""
    alone: list[bool] = []
    escalated: list[bool] = []
    right: list[bool] = []
    one_engine: list[bool] = []
    names = ("a", f"{LIAR} 0", f"{LIAR} 1")
    for make, noise, lie, _ in product(DISTRIBUTIONS.values(), NOISE, LIES, range(trials)):
        p = make(rng)
        told = LIES[lie](p, rng)
        if exact_overlap(p, told) >= A_LIE:
            continue
        first, last = asked(p, told, noise, rng)
        alone.append(lied(first))
        escalated.append(lied(last))
        right.append(last.status == "agreed" and not lied(last))
        twins = [noisy(q, noise, rng, n, known=False) for q, n in zip((p, told, told), names, strict=True)]
        one_engine.append(lied(agree([replace(r, engine=r.name.split()[0]) for r in twins])))
    yield share("same lie twice accepted / escalated as advised", escalated, 0.0, "most")
    yield share("same lie twice outvoted / escalated as advised", right, 0.99)
    yield share("same lie twice accepted / liars of one engine, nobody else asked", one_engine, 0.0, "most")
    note = "weak spot: where no further backend contradicts, a majority is a majority"
    yield share("same lie twice accepted / two engines, nobody else asked", alone, None, note=note)


def drowned_pairs(trials: int, rng: Generator) -> Iterator[Row]:
    """Two devices that show noise alone do not outvote one with an answer."""
    alone: list[bool] = []
    escalated: list[bool] = []
    for make, noise, _ in product(DISTRIBUTIONS.values(), NOISE, range(trials)):
        p = make(rng)
        if exact_overlap(p, uniform(p, rng)) < A_LIE:
            first, last = asked(p, uniform(p, rng), noise, rng)
            alone.append(lied(first))
            escalated.append(lied(last))
    yield share("two drowned devices outvote one with signal / escalated as advised", escalated, 0.0, "most")
    yield share("two drowned devices outvote one with signal / nobody else asked", alone, None)


def subtly_wrong(p: Distribution, tvd: float, rng: Generator) -> Distribution:
    """A distribution exactly `tvd` away: every outcome up or down in turn, or mass moved to a few."""
    if rng.integers(2):
        signs = np.where(rng.permutation(len(p)) % 2, 1.0, -1.0)
        change = signs * p
        change[signs > 0] *= -change[signs < 0].sum() / change[signs > 0].sum()
    else:
        few = rng.choice(len(p), max(1, len(p) // 8), replace=False)
        target = np.zeros(len(p))
        target[few] = 1 / len(few)
        change = target - p
    q = np.maximum(p + change * tvd / (np.abs(change).sum() / 2), 0)
    return q / q.sum()


def noiseless_trios(trials: int, rng: Generator) -> Iterator[Row]:
    """A simulator 0.1 off is found among simulators; right ones are left alone."""
    false_alarms: list[bool] = []
    for size in (4, 8, 16, 32, 64):
        found: list[bool] = []
        for concentration, _ in product((0.5, 2.0, 100.0), range(trials)):
            p = rng.dirichlet(np.full(size, concentration))
            wrong = subtly_wrong(p, 0.1, rng)
            if np.abs(wrong - p).sum() / 2 < 0.099:
                continue
            verdict = agree([exact(p, rng, "a"), exact(p, rng, "b"), exact(wrong, rng, LIAR)])
            found.append(verdict.status == "agreed" and verdict.accepted == ("a", "b"))
        yield share(f"noiseless engine 0.1 off found / {size} outcomes, 4096 shots", found, 0.99)
    makers: list[Callable[[Generator], Distribution]] = [
        *DISTRIBUTIONS.values(),
        lambda r: r.dirichlet(np.full(64, 1.0)),
        lambda r: porter_thomas(r, 1),
    ]
    for make, shots, _ in product(makers, (1024, 4096), range(4 * trials)):
        p = make(rng)
        accepted = agree([exact(p, rng, name, shots) for name in "abc"]).accepted
        false_alarms += [name not in accepted for name in "abc"]
    yield share("right noiseless engine rejected", false_alarms, 0.001, "most")


def narrow(trials: int, rng: Generator) -> Iterator[Row]:
    """Weak spots: one and two bits, where a flipped bit may leave most of the overlap."""
    for bits, known in product((1, 2), (False, True)):
        hits: list[bool] = []
        for noise, _ in product(NOISE, range(8 * trials)):
            p = rng.dirichlet(np.ones(2**bits))
            told = LIES["one bit flipped"](p, rng)
            if 0.75 <= exact_overlap(p, told) <= 0.85:
                hits.append(lied(trio(p, [told], noise, rng, known)))
        what = "known" if known else "unknown"
        yield share(
            f"flipped bit of {bits} passes / exact overlap near 0.8, fidelity {what}",
            hits,
            None,
            note="weak spot",
        )


def wide(trials: int, rng: Generator) -> Iterator[Row]:
    """More outcomes than shots: honest replicas are not called liars, and the advice is to buy shots."""
    verdicts = [
        agree(
            [Replica(sample(uniform(np.ones(2**16), rng), SHOTS, rng, name), noisy=False) for name in "abc"]
        )
        for _ in range(max(20, trials // 2))
    ]
    yield share(
        "65536 outcomes at 1024 shots / disputed", [v.status == "disputed" for v in verdicts], 0.01, "most"
    )
    asked = [v.status == "agreed" or v.advice == "more_shots" for v in verdicts]
    yield share("65536 outcomes at 1024 shots / agreed, or shots asked for", asked, 0.99)


def speed(rng: Generator) -> Iterator[Row]:
    """Time of a verdict over three replicas of 4,096 shots."""
    for name, make in DISTRIBUTIONS.items():
        replicas = [noisy(p := make(rng), "all three", rng, "a", known=True)] + [
            exact(p, rng, b) for b in "bc"
        ]
        times: list[float] = []
        for _ in range(50):
            start = time.process_time()
            agree(replicas)
            times.append(1e3 * (time.process_time() - start))
        note = f"{num_bits(p)} bits"
        yield Row(f"verdict / {name}", float(np.median(times)), 2.0, "most", "ms", samples=50, note=note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; the exit code tells whether every goal is met."""
    options = parser("consensus", __doc__ or "").parse_args(arguments)
    trials, rng = (4 if options.quick else 100), default_rng(20261121)
    rows: list[Row] = []
    for part in (honest_trios, single_liars, wrong_pairs, drowned_pairs, noiseless_trios, narrow, wide):
        start = time.perf_counter()
        rows += part(trials, rng)
        print(f"{part.__name__}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return emit([*rows, *speed(rng)], options.json)


if __name__ == "__main__":
    sys.exit(main())
