"""Matrices of the standard libraries' gates, from their formulas; the first operand is least significant."""

# One signature for all gates.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg

from qorum.circuits.second_reading.machine import Amplitudes, TooLarge

MAX_WIDTH = 6
"""Qubits of one gate, controls included."""


@dataclass(frozen=True)
class Gate:
    """A gate: how many parameters and qubits it has, and its matrix by its parameters."""

    num_params: int
    num_qubits: int
    matrix: Callable[..., Amplitudes]


def _array(rows: Sequence[Sequence[complex]]) -> Amplitudes:
    return np.array(rows, dtype=np.complex128)


def u(theta: float, phi: float, lam: float) -> Amplitudes:
    """The general one-qubit gate of OpenQASM 2, whose upper left element is real."""
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return _array([[c, -cmath.exp(1j * lam) * s], [cmath.exp(1j * phi) * s, cmath.exp(1j * (phi + lam)) * c]])


def phase(angle: float) -> Amplitudes:
    """diag(1, e^(i angle))."""
    return np.diag([1, cmath.exp(1j * angle)]).astype(np.complex128)


def rotation(generator: Amplitudes, angle: float) -> Amplitudes:
    """exp(−i angle/2 · generator) of one whose square is 1."""
    one = np.eye(len(generator), dtype=np.complex128)
    return math.cos(angle / 2) * one - 1j * math.sin(angle / 2) * generator


def controlled(matrix: Amplitudes, value: int = 1) -> Amplitudes:
    """With one control before the other operands, which acts where the control is `value`.

    Raises:
        TooLarge: the gate has MAX_WIDTH qubits already.
    """
    size = len(matrix)
    if size >= 2**MAX_WIDTH:
        raise TooLarge(f"a gate on more than {MAX_WIDTH} qubits")
    whole = np.eye(2 * size, dtype=np.complex128)
    whole[value::2, value::2] = matrix
    return whole


def power(matrix: Amplitudes, exponent: float) -> Amplitudes:
    """The principal power: e^(i·exponent·H), where the gate is e^(iH) and −π < H ≤ π."""
    if float(exponent).is_integer() and abs(exponent) < 1 << 20:
        return np.linalg.matrix_power(matrix, int(exponent))
    found: Any = scipy.linalg.schur(matrix, output="complex")
    triangle, basis = found[0], found[1]
    phases = np.angle(np.diag(triangle))
    phases[phases < -np.pi + 1e-7] = np.pi
    return np.asarray((basis * np.exp(1j * exponent * phases)) @ basis.conj().T)


def placed(matrix: Amplitudes, places: Sequence[int], width: int) -> Amplitudes:
    """The gate on some of `width` qubits as one on all of them."""
    size, k = 2**width, len(places)
    tensor: Amplitudes = np.eye(size, dtype=np.complex128).reshape([2] * width + [size])
    axes = [width - 1 - place for place in reversed(places)]
    tensor = np.tensordot(matrix.reshape((2,) * 2 * k), tensor, axes=(range(k, 2 * k), axes))
    return np.asarray(np.moveaxis(tensor, range(k), axes)).reshape(size, size)


ONE = np.eye(2, dtype=np.complex128)
X, Y, Z = _array([[0, 1], [1, 0]]), _array([[0, -1j], [1j, 0]]), _array([[1, 0], [0, -1]])
H = (X + Z) / math.sqrt(2)
S, T = phase(math.pi / 2), phase(math.pi / 4)
SX = ((1 + 1j) * ONE + (1 - 1j) * X) / 2
SWAP = _array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
CX = controlled(X)
XX, ZZ = (np.kron(each, each).astype(np.complex128) for each in (X, Z))


def _constant(matrix: Amplitudes) -> Gate:
    return Gate(0, len(matrix).bit_length() - 1, lambda: matrix)


def _turn(generator: Amplitudes, controls: int = 0) -> Gate:
    def matrix(angle: float) -> Amplitudes:
        turned = rotation(generator, angle)
        for _ in range(controls):
            turned = controlled(turned)
        return turned

    return Gate(1, len(generator).bit_length() - 1 + controls, matrix)


def _cu(theta: float, phi: float, lam: float, gamma: float) -> Amplitudes:
    return controlled(cmath.exp(1j * gamma) * u(theta, phi, lam))


COMMON: Mapping[str, Gate] = {
    "id": _constant(ONE), "x": _constant(X), "y": _constant(Y), "z": _constant(Z), "h": _constant(H),
    "s": _constant(S), "sdg": _constant(S.conj()), "t": _constant(T), "tdg": _constant(T.conj()),
    "sx": _constant(SX), "cx": _constant(CX), "cy": _constant(controlled(Y)),
    "cz": _constant(controlled(Z)), "ch": _constant(controlled(H)), "swap": _constant(SWAP),
    "ccx": _constant(controlled(CX)), "cswap": _constant(controlled(SWAP)),
    "rx": _turn(X), "ry": _turn(Y), "rz": _turn(Z),
    "crx": _turn(X, 1), "cry": _turn(Y, 1), "crz": _turn(Z, 1),
    "p": Gate(1, 1, phase), "u1": Gate(1, 1, phase),
    "cp": Gate(1, 2, lambda angle: controlled(phase(angle))),
    "cu": Gate(4, 2, _cu),
}  # fmt: skip
"""Gates on which qelib1.inc, as it is in use, and stdgates.inc agree."""

QELIB1: Mapping[str, Gate] = {
    **COMMON,
    "u2": Gate(2, 1, lambda phi, lam: u(math.pi / 2, phi, lam)), "u3": Gate(3, 1, u), "u": Gate(3, 1, u),
    "u0": Gate(1, 1, lambda _: ONE), "sxdg": _constant(SX.conj().T), "csx": _constant(controlled(SX)),
    "cu1": Gate(1, 2, lambda angle: controlled(phase(angle))),
    "cu3": Gate(3, 2, lambda theta, phi, lam: controlled(u(theta, phi, lam))),
    "rxx": _turn(XX), "rzz": _turn(ZZ),
    "c3x": _constant(controlled(controlled(CX))),
    "c4x": _constant(controlled(controlled(controlled(CX)))),
    "c3sqrtx": _constant(controlled(controlled(controlled(SX)))),
}  # fmt: skip
"""Gates of qelib1.inc as files take it for granted. Phases of the whole gate do not show in OpenQASM 2."""


def _u2(phi: float, lam: float) -> Amplitudes:
    return cmath.exp(-0.5j * (phi + lam)) * u(math.pi / 2, phi, lam)


def _u3(theta: float, phi: float, lam: float) -> Amplitudes:
    return cmath.exp(-0.5j * (phi + lam)) * u(theta, phi, lam)


STDGATES: Mapping[str, Gate] = {
    **COMMON, "phase": COMMON["p"], "cphase": COMMON["cp"], "u2": Gate(2, 1, _u2), "u3": Gate(3, 1, _u3),
}  # fmt: skip
"""Gates of stdgates.inc but for CX, whose phase it leaves open to doubt."""

BUILTIN_U = Gate(3, 1, lambda theta, phi, lam: cmath.exp(0.5j * theta) * u(theta, phi, lam))
"""U of OpenQASM 3."""


def built(width: int, steps: Sequence[tuple[Any, Sequence[int]]], factor: complex = 1.0) -> Amplitudes:
    """The matrix of gates one after another, each on its places."""
    if width > MAX_WIDTH:
        raise TooLarge(f"a gate on more than {MAX_WIDTH} qubits")
    total = np.eye(2**width, dtype=np.complex128) * factor
    for matrix, places in steps:
        total = placed(matrix, places, width) @ total
    return total
