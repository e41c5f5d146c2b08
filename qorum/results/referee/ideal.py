"""The ideal distribution of a circuit, part by part, each computed the cheapest way that is exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError

from qorum.circuits.sizes import CircuitSize
from qorum.errors import QorumError
from qorum.results.referee import reference
from qorum.results.referee.affine import stabilizer_outcomes
from qorum.results.referee.chained import LARGEST_BOND, Chained
from qorum.results.referee.dense import Dense, marginal
from qorum.results.referee.factors import Bits, Factor, Floats
from qorum.results.referee.pieces import NotStatic, Piece, Pieces, take_apart
from qorum.routing.foresight import bond_of
from qorum.statevector.products import ProductState

MOST_SECONDS = 10.0
"""What one circuit's amplitudes may take, as foreseen."""

MOST_QUBITS = 28
SINGLE_PRECISION_FROM = 21
"""Qubits from which amplitudes are complex64: their errors of 1e-6 are far below those of sampling."""

SECONDS_A_NUMBER = 1.2e-9
"""Of one core, for each number that a block of gates touches."""

SECONDS_AN_OUTCOME = 1.5e-7
"""For what `Dense` sums up over all outcomes."""

BYTES_AN_AMPLITUDE = 40
"""State before and after, probabilities and what is summed up of them, in single precision."""

ENGINES = {"engine": "torch", "chain": "products"}
"""Which backends' engine computes a part, by the way that it is computed."""


class NoReferee(QorumError):
    """Why nothing exact is known of a circuit."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason=reason)
        self.reason = reason


@dataclass(frozen=True)
class Ideal:
    """What a right, noiseless engine samples from.

    Attributes:
        factors: independent distributions.
        clbits: which clbit each factor's bits are read to.
        blank: clbits that read 0.
        copies: pairs of clbits that read alike.
        source: how it was had, e.g. `exact amplitudes (20 qubits)`.
        engine: the backends' engine that computed a part of it; None where none did.
    """

    factors: tuple[Factor, ...]
    clbits: tuple[tuple[int, ...], ...]
    blank: tuple[int, ...]
    copies: tuple[tuple[int, int], ...]
    source: str
    engine: str | None = None

    @cached_property
    def width(self) -> int:
        """How many bits are sampled."""
        return sum(factor.width for factor in self.factors)

    @cached_property
    def log_collision(self) -> float:
        """log of the sum of p squared over all outcomes."""
        return sum(factor.log_collision for factor in self.factors)

    def log_p(self, keys: Bits) -> Floats:
        """[outcomes] log p of each; -inf where impossible. `keys`: [outcomes, clbits]."""
        total = np.zeros(len(keys))
        for factor, clbits in zip(self.factors, self.clbits, strict=True):
            total += factor.log_p(keys[:, list(clbits)])
        wrong = keys[:, list(self.blank)].any(axis=1)
        for one, other in self.copies:
            wrong |= keys[:, one] != keys[:, other]
        total[wrong] = -np.inf
        return total


def ideal_of(circuit: QuantumCircuit, memory_bytes: int) -> Ideal:
    """The ideal distribution of a circuit as it was accepted, before any compilation.

    Raises:
        NoReferee: it is dynamic, or too large for `memory_bytes` or `MOST_SECONDS`.
    """
    try:
        pieces = take_apart(circuit)
    except NotStatic as reason:
        raise NoReferee(f"no exact referee for dynamic circuits ({reason})") from reason
    computed = [_factor(piece, memory_bytes) for piece in pieces.pieces]
    kinds = [kind for _, kind in computed]
    return Ideal(
        factors=tuple(factor for factor, _ in computed),
        clbits=tuple(piece.clbits for piece in pieces.pieces),
        blank=pieces.blank,
        copies=pieces.copies,
        source=_told(pieces, kinds),
        engine=next((ENGINES[kind] for kind in kinds if kind in ENGINES), None),
    )


def _factor(piece: Piece, memory_bytes: int) -> tuple[Factor, str]:
    qubits = piece.circuit.num_qubits
    if qubits > reference.MOST_QUBITS:
        stabilizer = stabilizer_outcomes(piece.circuit, piece.measured)
        if stabilizer is not None:
            return stabilizer, "stabilizer"
        try:
            refuse_too_large(piece.circuit, memory_bytes)
        except NoReferee as reason:
            return _chained(piece, reason), "chain"
    try:
        if qubits <= reference.MOST_QUBITS:
            p, kind = reference.probabilities(piece.circuit), "reference"
        else:
            p, kind = _by_engine(piece.circuit), "engine"
    except (ValueError, QiskitError, QorumError) as error:
        raise NoReferee(f"no exact amplitudes: {error}") from error
    p = marginal(p, piece.measured)
    total = float(p.sum(dtype=np.float64))
    if not abs(total - 1) < 1e-3:
        raise NoReferee(f"no exact amplitudes: their squares sum to {total:.4g}")
    p /= total
    return Dense(p), kind


def _chained(piece: Piece, reason: NoReferee) -> Factor:
    """By a matrix product state, for want of memory or time, where there is little entanglement."""
    width = piece.circuit.num_qubits
    if len(piece.measured) < width or 2 ** bond_of(piece.circuit) > LARGEST_BOND:
        raise reason
    state = ProductState(width, LARGEST_BOND)
    state.run(piece.circuit, range(width))
    return Chained(state, width)


def _by_engine(circuit: QuantumCircuit) -> Floats:
    import torch  # takes seconds

    from qorum.statevector.simulate import statevector

    single = circuit.num_qubits >= SINGLE_PRECISION_FROM
    state = statevector(circuit, dtype=torch.complex64 if single else torch.complex128)
    return state.real.square().add_(state.imag.square()).numpy()


def refuse_too_large(circuit: QuantumCircuit, memory_bytes: int) -> None:
    """Passes what can be computed within `memory_bytes` and `MOST_SECONDS`.

    Raises:
        NoReferee: with what it would take.
    """
    qubits = circuit.num_qubits
    if qubits > MOST_QUBITS:
        raise NoReferee(f"no exact referee: {qubits} qubits depend on each other, at most {MOST_QUBITS} can")
    outcomes = 2.0**qubits
    if outcomes * BYTES_AN_AMPLITUDE > memory_bytes:
        needed = outcomes * BYTES_AN_AMPLITUDE / 2**30
        raise NoReferee(
            f"no exact referee: {qubits} qubits take {needed:.3g} GiB of {memory_bytes / 2**30:.3g}"
        )
    seconds = outcomes * (SECONDS_A_NUMBER * CircuitSize.of(circuit).blocks + SECONDS_AN_OUTCOME)
    if seconds > MOST_SECONDS:
        raise NoReferee(
            f"no exact referee: amplitudes of {qubits} qubits would take about {seconds:.2g} s,"
            f" at most {MOST_SECONDS:g} s may"
        )


def _told(pieces: Pieces, kinds: Sequence[str]) -> str:
    names = {"stabilizer": "stabilizers", "chain": "matrix products"}
    widths: Mapping[str, list[int]] = {"amplitudes": [], "stabilizers": [], "matrix products": []}
    for piece, kind in zip(pieces.pieces, kinds, strict=True):
        widths[names.get(kind, "amplitudes")].append(piece.circuit.num_qubits)
    parts = [f"exact {name} ({_sizes(found)})" for name, found in widths.items() if found]
    return " and ".join(parts) or "nothing is measured"


def _sizes(widths: Sequence[int]) -> str:
    if len(widths) == 1:
        return f"{widths[0]} qubit{'s' if widths[0] > 1 else ''}"
    return f"{len(widths)} independent parts of up to {max(widths)} qubit{'s' if max(widths) > 1 else ''}"
