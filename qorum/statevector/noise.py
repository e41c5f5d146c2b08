"""Noise as channels: what a gate's imperfection does to its qubits, and how a readout errs.

Kraus, superoperator and their relations: Nielsen and Chuang, Quantum Computation and Quantum
Information, section 8.2; depolarizing and relaxation: section 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, cached_property, reduce
from itertools import product
from math import exp, expm1, inf, sqrt

import numpy as np

Pair = tuple[float, float]
Operators = tuple[np.ndarray, ...]

_PAULIS = (
    np.eye(2, dtype=complex),
    np.array([[0, 1], [1, 0]], dtype=complex),
    np.array([[0, -1j], [1j, 0]]),
    np.diag([1, -1]).astype(complex),
)

TOLERANCE = 1e-12
"""Of the completeness relation, per matrix element."""


@dataclass(frozen=True, eq=False)
class Channel:
    """A trace-preserving map of k qubits, rho -> Σ K rho K†.

    Attributes:
        operators: Kraus operators, shape [2**k, 2**k], complex128; the first operand is the lowest
            bit of their indices. The first one is diagonal, with
            a first element that is not 0, and is what happens when no error does.
    """

    operators: Operators

    def __post_init__(self) -> None:
        total = sum(operator.conj().T @ operator for operator in self.operators)
        off = float(np.abs(total - np.eye(len(self.operators[0]))).max())
        if off > TOLERANCE:
            raise ValueError(f"Kraus operators with Σ K†K = 1 expected, found one that is off by {off:.1e}")

    @cached_property
    def superoperator(self) -> np.ndarray:
        """Its matrix on (ket, bra), shape [4**k, 4**k]; the ket's operands are the lower bits."""
        return sum(
            (np.kron(operator.conj(), operator) for operator in self.operators),
            np.zeros((len(self.operators[0]) ** 2,) * 2, dtype=complex),
        )

    @property
    def quiet_is_identity(self) -> bool:
        """Whether its first operator is a multiple of the identity."""
        return bool(np.ptp(self.operators[0].diagonal()) == 0)

    @property
    def errs(self) -> bool:
        """Whether it does anything at all."""
        return any(operator.any() for operator in self.operators[1:])

    @property
    def quiet_probability(self) -> float:
        """The part of its first operator's probability that no state changes."""
        return float(abs(self.operators[0][0, 0]) ** 2)

    @property
    def quiet(self) -> np.ndarray:
        """Its first operator without `quiet_probability`: the identity, unless the state tells."""
        return self.operators[0] / sqrt(self.quiet_probability)


def depolarizing(probability: float, num_qubits: int) -> Channel:
    """Leaves its qubits fully mixed with a probability in [0, 1], else untouched.

    The Kraus operators are the Pauli operators, the identity first, the last qubit's changing fastest.
    """
    share = probability / 4**num_qubits
    weights = [1 - share * (4**num_qubits - 1)] + [share] * (4**num_qubits - 1)
    # np.kron's first factor holds the high bits.
    paulis = (reduce(np.kron, reversed(factors)) for factors in product(_PAULIS, repeat=num_qubits))
    return Channel(tuple(sqrt(weight) * pauli for weight, pauli in zip(weights, paulis, strict=True)))


def thermal_relaxation(t1: float, t2: float, time: float) -> Channel:
    """Decay of one qubit to |0> during `time`; t1, t2 and time in one unit.

    The population of |1> falls as exp(-time/t1), the coherence as exp(-time/t2).

    Returns:
        Three Kraus operators: no error, dephasing, and the decay of |1> to |0>. No error is the
        identity, so that no state changes it or its probability, unless t2 is close to 2 t1.

    Raises:
        ValueError: t2 > 2 t1, which no channel has, or a time that is not positive.
    """
    if not (0 < t1 < inf and 0 < t2 <= 2 * t1 and 0 < time < inf):
        raise ValueError(f"0 < t2 <= 2 t1 and a time > 0 expected, found t1={t1}, t2={t2}, time={time}")
    quiet, dephasing = _diagonal_operators(-expm1(-time / t1), -expm1(-time / t2), exp(-time / t2))
    decay = np.array([[0, sqrt(-expm1(-time / t1))], [0, 0]])
    return Channel(
        (np.diag(quiet).astype(complex), np.diag(dephasing).astype(complex), decay.astype(complex))
    )


def _diagonal_operators(decayed: float, dephased: float, coherence: float) -> tuple[Pair, Pair]:
    """Splits the map that keeps populations 1 and 1 - `decayed`, and the coherence, into K0 and K1.

    Its Choi matrix [[1, c], [c, 1 - decayed]] is K0 K0† + K1 K1† in the diagonals. With the largest
    multiple of the identity as K0, an error has a probability of (1 - c)**2 / (1 + (1 - decayed) - 2 c)
    in all states; with K0 = diag(1, c), of (1 - c**2) times the population of |1>.
    """
    spread = 2 * dephased - decayed
    error = dephased**2 / spread if spread > 0 else inf
    if error < dephased * (1 + coherence):
        kept = sqrt(1 - error)
        return (kept, kept), (sqrt(error), (error - dephased) / sqrt(error))
    # Zero for t2 = 2 t1, where rounding may leave it negative.
    rest = dephased * (1 + coherence) - decayed
    return (1.0, coherence), (0.0, sqrt(max(0.0, rest)))


@dataclass(frozen=True)
class NoiseModel:
    """The same errors on all qubits, after every gate of one or two qubits and at every readout.

    Each gate is followed by depolarizing of its qubits together, then by thermal relaxation of each.
    Delays, resets and measurements add nothing but the readout error.

    Attributes:
        depolarizing_1q: probability that a one-qubit gate leaves its qubit fully mixed.
        depolarizing_2q: probability that a two-qubit gate leaves its qubits fully mixed.
        readout_error: probability that a measured bit is recorded flipped; the state is not.
        t1: relaxation time in seconds; None for no relaxation.
        t2: dephasing time in seconds, at most twice `t1`; None where `t1` is.
        gate_time_1q: duration of a one-qubit gate in seconds.
        gate_time_2q: duration of a two-qubit gate in seconds.
    """

    depolarizing_1q: float = 0.0
    depolarizing_2q: float = 0.0
    readout_error: float = 0.0
    t1: float | None = None
    t2: float | None = None
    gate_time_1q: float = 50e-9
    gate_time_2q: float = 300e-9

    def __post_init__(self) -> None:
        for field in fields(self)[:3]:
            value = getattr(self, field.name)
            if not 0 <= value <= 1:
                raise ValueError(f"{field.name}: a probability in [0, 1] expected, found {value}")
        if (self.t1 is None) != (self.t2 is None):
            raise ValueError(f"both t1 and t2 or none expected, found t1={self.t1}, t2={self.t2}")
        _channels_after(self, 1)  # refuses times that no channel has
        _channels_after(self, 2)

    @property
    def is_ideal(self) -> bool:
        """Whether it contains no error at all."""
        return self.readout_error == 0 and not any(self.after_gate(1)) and not any(self.after_gate(2))

    def after_gate(self, num_qubits: int) -> tuple[tuple[Channel, tuple[int, ...]], ...]:
        """What follows a gate of one or two qubits: channels and the operands that each acts on.

        Operands are places among the gate's qubits. Channels that do nothing are left out.
        """
        return _channels_after(self, num_qubits)


@cache
def _channels_after(noise: NoiseModel, num_qubits: int) -> tuple[tuple[Channel, tuple[int, ...]], ...]:
    probability = noise.depolarizing_1q if num_qubits == 1 else noise.depolarizing_2q
    time = noise.gate_time_1q if num_qubits == 1 else noise.gate_time_2q
    places = tuple(range(num_qubits))
    found = [(depolarizing(probability, num_qubits), places)]
    if noise.t1 is not None and noise.t2 is not None:
        relaxation = thermal_relaxation(noise.t1, noise.t2, time)
        found.extend((relaxation, (place,)) for place in places)
    return tuple((channel, operands) for channel, operands in found if channel.errs)
