"""The figures of a noise model as settings, the same for every simulator that takes them."""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import Field

from blocks._forms import EmptyIsNone
from qorum.statevector.noise import NoiseModel

Depolarizing1q = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        title="Depolarizing, one qubit",
        description="Probability that a one-qubit gate leaves its qubit fully mixed.",
    ),
]
Depolarizing2q = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        title="Depolarizing, two qubits",
        description="Probability that a two-qubit gate leaves its qubits fully mixed.",
    ),
]
ReadoutError = Annotated[
    float,
    Field(ge=0, le=1, title="Readout error", description="Probability that a measured bit is flipped."),
]
T1 = Annotated[
    float | None,
    Field(gt=0, title="T1 (µs)", description="Relaxation time T1 in microseconds; empty for none."),
    EmptyIsNone(),
]
T2 = Annotated[
    float | None,
    Field(
        gt=0,
        title="T2 (µs)",
        description="Dephasing time T2 in microseconds, at most twice T1; empty for twice T1.",
    ),
    EmptyIsNone(),
]
GateTime1q = Annotated[
    float,
    Field(
        gt=0, title="Gate time, one qubit (ns)", description="Duration of a one-qubit gate in nanoseconds."
    ),
]
GateTime2q = Annotated[
    float,
    Field(
        gt=0, title="Gate time, two qubits (ns)", description="Duration of a two-qubit gate in nanoseconds."
    ),
]


class NoiseFigures(Protocol):
    """Settings that make a noise model; their names are the same in all backends."""

    @property
    def backend_name(self) -> str:
        """What the backend is called with all its settings."""
        ...

    depolarizing_1q: float
    depolarizing_2q: float
    readout_error: float
    t1_us: float | None
    t2_us: float | None
    gate_time_1q_ns: float
    gate_time_2q_ns: float


def noise_model(figures: NoiseFigures) -> NoiseModel:
    """What the figures say, in seconds.

    Raises:
        ValueError: a t2 that no t1 allows.
    """
    t1_us, t2_us = figures.t1_us, figures.t2_us
    if t2_us is not None and (t1_us is None or t2_us > 2 * t1_us):
        raise ValueError(f"t2_us of at most twice t1_us expected, found t1_us={t1_us}, t2_us={t2_us}")
    t1 = None if t1_us is None else t1_us * 1e-6
    # Multiplied after doubling, t2 could exceed twice t1 by rounding.
    t2 = None if t1 is None else 2 * t1 if t2_us is None else min(t2_us * 1e-6, 2 * t1)
    return NoiseModel(
        figures.depolarizing_1q,
        figures.depolarizing_2q,
        figures.readout_error,
        t1,
        t2,
        figures.gate_time_1q_ns * 1e-9,
        figures.gate_time_2q_ns * 1e-9,
    )


def device_of(figures: NoiseFigures, ideal: str) -> str:
    """What the device of a profile is called: each noise model makes a device of its own, to be compared.

    Args:
        figures: the backend's settings.
        ideal: what it is called without noise.
    """
    return ideal if noise_model(figures).is_ideal else figures.backend_name
