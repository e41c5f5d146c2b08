"""Outcome distributions, noise on them, and lies about them, as arrays p[outcome] of 2^n entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from qorum.counts import Counts

Distribution = NDArray[np.float64]


def num_bits(p: Distribution) -> int:
    """n of 2^n outcomes."""
    return len(p).bit_length() - 1


def ghz(rng: Generator, n: int = 8) -> Distribution:
    """A GHZ state after a random X on each qubit: two outcomes, in no symmetric place."""
    p = np.zeros(2**n)
    one = int(rng.integers(2**n))
    p[[one, 2**n - 1 - one]] = 0.5
    return p


def w_state(rng: Generator, n: int = 8) -> Distribution:
    """A W state with unequal amplitudes: n outcomes."""
    p = np.zeros(2**n)
    p[2 ** np.arange(n)] = rng.dirichlet(np.full(n, 2.0))
    return p


def phase_estimation(rng: Generator, n: int = 7) -> Distribution:
    """A random phase read to n bits: |sin(pi d) / (2^n sin(pi d / 2^n))|^2 around it."""
    away = np.arange(2**n) - rng.uniform(0, 2**n)
    p = (np.sin(np.pi * away) / np.sin(np.pi * away / 2**n)) ** 2
    return p / p.sum()


def product_state(rng: Generator, n: int = 8) -> Distribution:
    """Qubits rotated each by its own angle."""
    p = np.ones(1)
    for one in rng.beta(0.5, 0.5, n):
        p = np.outer(p, [1 - one, one]).ravel()
    return p


def ising(rng: Generator, n: int = 7) -> Distribution:
    """Boltzmann weights of a random Ising chain in a field, as an annealing or QAOA state shows."""
    spins = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    energy = spins @ rng.normal(size=n) + (spins * np.roll(spins, 1, axis=1)) @ rng.normal(size=n)
    p = np.exp(-(energy - energy.min()))
    return p / p.sum()


def sparse(rng: Generator, n: int = 10) -> Distribution:
    """Twelve random outcomes, as a molecule's determinants."""
    p = np.zeros(2**n)
    p[rng.choice(2**n, 12, replace=False)] = rng.dirichlet(np.ones(12))
    return p


def porter_thomas(rng: Generator, n: int = 10) -> Distribution:
    """A random circuit: exponentially distributed probabilities."""
    p = rng.exponential(size=2**n)
    return p / p.sum()


DISTRIBUTIONS: dict[str, Callable[[Generator], Distribution]] = {
    "GHZ, X on some, 8": ghz,
    "W, unequal, 8": w_state,
    "phase estimation, 7": phase_estimation,
    "product state, 8": product_state,
    "Ising chain, 7": ising,
    "12 of 1024": sparse,
    "Porter-Thomas, 10": porter_thomas,
}


def _per_bit(p: Distribution, up: NDArray[np.float64], down: NDArray[np.float64]) -> Distribution:
    """Bit i (0 is the rightmost) reads 1 for 0 with probability up[i], 0 for 1 with down[i]."""
    n = num_bits(p)
    tensor = p.reshape((2,) * n)
    for bit in range(n):
        confusion = np.array([[1 - up[bit], down[bit]], [up[bit], 1 - down[bit]]])
        tensor = np.moveaxis(np.tensordot(confusion, tensor, axes=(1, n - 1 - bit)), 0, n - 1 - bit)
    return tensor.ravel()


def depolarized(p: Distribution, rng: Generator) -> tuple[Distribution, float]:
    """Mixed with uniform; returns the share of good shots, 0.7 to 0.95, too."""
    good = rng.uniform(0.7, 0.95)
    return good * p + (1 - good) / len(p), good


def misread(p: Distribution, rng: Generator) -> tuple[Distribution, float]:
    """Readout flips of 0.5 to 3 % a bit, 1 read as 0 more often than the reverse."""
    n = num_bits(p)
    up, down = rng.uniform(0.005, 0.02, n), rng.uniform(0.01, 0.03, n)
    return _per_bit(p, up, down), float(np.prod(1 - (up + down) / 2))


def relaxed(p: Distribution, rng: Generator) -> tuple[Distribution, float]:
    """Thermal relaxation: each 1 falls to 0 with 1 to 5 %."""
    n = num_bits(p)
    down = rng.uniform(0.01, 0.05, n)
    return _per_bit(p, np.zeros(n), down), float(np.prod(1 - down / 2))


def all_of_it(p: Distribution, rng: Generator) -> tuple[Distribution, float]:
    """The three together, the mixture milder."""
    good = rng.uniform(0.85, 0.97)
    p, fallen = relaxed(good * p + (1 - good) / len(p), rng)
    p, read = misread(p, rng)
    return p, good * fallen * read


NOISE: dict[str, Callable[[Distribution, Generator], tuple[Distribution, float]]] = {
    "depolarizing": depolarized,
    "readout flips": misread,
    "relaxation": relaxed,
    "all three": all_of_it,
}


def zeros(p: Distribution, _: Generator) -> Distribution:
    """Nothing ran: all bits 0."""
    return np.eye(1, len(p)).ravel()


def bit_flipped(p: Distribution, rng: Generator) -> Distribution:
    """One bit read inverted."""
    return p[np.arange(len(p)) ^ (1 << int(rng.integers(num_bits(p))))]


def bits_reversed(p: Distribution, _: Generator) -> Distribution:
    """The other bit order."""
    return np.transpose(p.reshape((2,) * num_bits(p))).ravel()


def uniform(p: Distribution, _: Generator) -> Distribution:
    """Noise alone."""
    return np.full(len(p), 1 / len(p))


LIES: dict[str, Callable[[Distribution, Generator], Distribution]] = {
    "all zeros": zeros,
    "one bit flipped": bit_flipped,
    "bits reversed": bits_reversed,
    "uniform": uniform,
}


def exact_overlap(p: Distribution, q: Distribution) -> float:
    """Cosine of the two: what `qorum.results.overlap` estimates."""
    return float(p @ q / np.sqrt((p @ p) * (q @ q)))


@cache
def _labels(n: int) -> tuple[str, ...]:
    return tuple(format(x, f"0{n}b") for x in range(2**n))


def sample(p: Distribution, shots: int, rng: Generator, backend: str) -> Counts:
    """A histogram of `shots` samples."""
    counts = rng.multinomial(shots, p / p.sum())
    labels = _labels(num_bits(p))
    seen = np.flatnonzero(counts)
    return Counts({labels[x]: c for x, c in zip(seen.tolist(), counts[seen].tolist(), strict=True)}, backend)
