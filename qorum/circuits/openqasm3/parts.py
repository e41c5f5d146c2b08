"""Gates as products of standard gates and phases, and what modifiers make of them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Gate
from qiskit.circuit.library import (
    CCXGate,
    CPhaseGate,
    CUGate,
    CXGate,
    CZGate,
    MCPhaseGate,
    PhaseGate,
    UGate,
    UnitaryGate,
    XGate,
)
from qiskit.quantum_info import Operator
from qiskit.synthesis import OneQubitEulerDecomposer

from qorum.circuits.definitions import MAX_OPERATIONS, too_many_operations
from qorum.circuits.openqasm3.types import BadValue

MAX_DENSE_QUBITS = 6
"""Most qubits of a gate whose fractional power is worked out as a matrix, controls not counted."""

MAX_CONTROLS = 99
_REPEATED = 16
_TIE = 1e-9
"""How near to −1 an eigenvalue counts as −1, whose argument is π."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One factor: a gate on some of the qubits, or without a gate the phase e^(i·phase).

    Parts are the same only if they are one object: gates have no hash.
    """

    gate: Gate | None
    qubits: tuple[int, ...] = ()
    phase: float = 0.0


Parts = tuple[Part, ...]
"""Factors in the order of time."""


def _matrix(gate: Gate) -> NDArray[np.complex128]:
    """Its matrix; gates that Qiskit controls by their definition have none of their own."""
    found = gate.to_matrix() if hasattr(gate, "__array__") else Operator(gate).data
    return np.asarray(found, dtype=np.complex128)


def placed(parts: Parts, qubits: Sequence[int]) -> Parts:
    """The parts on other qubits: the k-th stands where the k-th of these is."""
    return tuple([Part(part.gate, tuple([qubits[k] for k in part.qubits]), part.phase) for part in parts])


def inverted(parts: Parts) -> Parts:
    """The inverse."""
    return tuple(Part(part.gate and inverse(part.gate), part.qubits, -part.phase) for part in reversed(parts))


def inverse(gate: Gate) -> Gate:
    """The inverse of a standard gate or matrix."""
    if isinstance(gate, UnitaryGate):
        return UnitaryGate(_matrix(gate).conj().T)
    found: Any = gate.inverse()
    return found


def powered(parts: Parts, exponent: float, width: int) -> Parts:
    """A power; of several roots the one with the eigenvalues' arguments in (−π, π] divided.

    Raises:
        BadValue: too many qubits for a fractional power.
        NotCanonical: too many repetitions.
    """
    if exponent == int(exponent):
        count = int(exponent)
        if count < 0:
            return powered(inverted(parts), -count, width)
        if count <= _REPEATED:
            return parts * count
        if width > MAX_DENSE_QUBITS:
            if count * len(parts) > MAX_OPERATIONS:
                raise too_many_operations()
            return parts * count
    if not parts:
        return parts
    if width > MAX_DENSE_QUBITS:
        raise BadValue(
            f"a power of a gate on at most {MAX_DENSE_QUBITS} qubits expected, found {width}; "
            "use a whole number, or define the root"
        )
    if all(part.gate is None for part in parts):
        phase = math.fsum(part.phase for part in parts)
        return (Part(None, (), _argument(cmath.exp(1j * phase)) * exponent),)
    return dense(_matrix_power(matrix(parts, width), exponent), range(width))


def _matrix_power(unitary: NDArray[np.complex128], exponent: float) -> NDArray[np.complex128]:
    from scipy.linalg import schur

    found: Any = schur(unitary, output="complex")
    triangle, basis = found  # of a unitary: diagonal, with an orthonormal basis
    values = [cmath.exp(1j * _argument(complex(value)) * exponent) for value in np.diag(triangle)]
    return (basis * np.array(values)) @ basis.conj().T


def _argument(value: complex) -> float:
    angle = cmath.phase(value)
    return math.pi if angle < -math.pi + _TIE else angle


def matrix(parts: Parts, width: int) -> NDArray[np.complex128]:
    """The unitary of the parts, the first qubit the least significant, with its phase."""
    size = 1 << width
    total = np.eye(size, dtype=np.complex128).reshape((2,) * width + (size,))
    phase = 0.0
    for part in parts:
        phase += part.phase
        if part.gate is None:
            continue
        count = len(part.qubits)
        factor = _matrix(part.gate).reshape((2,) * (2 * count))
        axes = [width - 1 - qubit for qubit in reversed(part.qubits)]
        total = np.tensordot(factor, total, axes=(range(count, 2 * count), axes))
        total = np.moveaxis(total, range(count), axes)
    return total.reshape(size, size) * cmath.exp(1j * phase)


def dense(unitary: NDArray[np.complex128], qubits: Sequence[int]) -> Parts:
    """The parts that make a matrix: one gate, and for one qubit its phase aside."""
    if len(qubits) > 1:
        return (Part(UnitaryGate(unitary), tuple(qubits)),)
    theta, phi, lam, phase = OneQubitEulerDecomposer("U").angles_and_phase(unitary)
    return Part(UGate(theta, phi, lam), tuple(qubits)), Part(None, (), phase)


def controlled(parts: Parts, ones: Sequence[bool]) -> Parts:
    """The parts under controls, which become the first qubits; each acts at 1 where it says so, else at 0.

    Raises:
        BadValue: too many controls.
    """
    count = len(ones)
    if count > MAX_CONTROLS:
        raise BadValue(f"at most {MAX_CONTROLS} controls expected, found {count}; write fewer")
    flips = [Part(XGate(), (place,)) for place, one in enumerate(ones) if not one]
    inner: list[Part] = []
    phase = 0.0
    for part in parts:
        phase += part.phase
        if part.gate is not None:
            inner += _under_controls(part.gate, tuple(qubit + count for qubit in part.qubits), count)
    if math.remainder(phase, math.tau):
        inner.append(Part(_phase(phase, count), tuple(range(count))))
    return (*flips, *inner, *flips)


def _phase(phase: float, controls: int) -> Gate:
    if controls == 1:
        return PhaseGate(phase)
    return CPhaseGate(phase) if controls == 2 else MCPhaseGate(phase, controls - 1)


def _under_controls(gate: Gate, qubits: tuple[int, ...], count: int) -> list[Part]:
    controls = tuple(range(count))
    if isinstance(gate, UnitaryGate):
        if count + len(qubits) > MAX_DENSE_QUBITS + 2:
            raise BadValue(
                f"at most {MAX_DENSE_QUBITS + 2} qubits under a controlled power of a gate expected, found "
                f"{count + len(qubits)}; use a whole number, or define the root"
            )
        size, wide = 1 << len(qubits), 1 << count + len(qubits)
        block = np.eye(wide, dtype=np.complex128)
        rows = [(row << count) | (1 << count) - 1 for row in range(size)]  # controls are the low bits
        block[np.ix_(rows, rows)] = _matrix(gate)
        return [Part(UnitaryGate(block), controls + qubits)]
    if isinstance(gate, CUGate):  # Qiskit's controlled one loses its phase when it is inverted
        theta, phi, lam, phase = gate.params
        (inner,) = _under_controls(UGate(theta, phi, lam), qubits[1:], count + 1)
        places = (*controls, qubits[0])
        return [
            Part(inner.gate, (*places, qubits[1])),
            Part(_phase(float(phase), count + 1), places),
        ]
    simple = {("x", 1): CXGate, ("x", 2): CCXGate, ("z", 1): CZGate}.get((gate.name, count))
    found: Any = gate.control(count, annotated=False) if simple is None else simple()
    return [Part(found, controls + qubits)]
