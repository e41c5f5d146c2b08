"""The gates of Qiskit's standard library that the engine knows by name, as elements.

Definitions, global phase included, are those of Qiskit's standard gate library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from math import pi, sqrt

import numpy as np
import torch

from qorum.statevector.gate_ir import (
    Angle,
    ControlledX,
    Dense,
    DiagonalPhase,
    Element,
    RealRotation,
    Swap,
    mask_of,
)

Qubits = tuple[int, ...]
Angles = Sequence[Angle]

_R = 1 / sqrt(2)
HADAMARD = (_R, _R, _R, -_R)
FLIP = (0.0, 1.0, 1.0, 0.0)
HALF = Angle(pi)
"""The phase of -1."""


def phase(*terms: tuple[Qubits, Angle]) -> DiagonalPhase:
    """A diagonal gate from sets of qubits and the angles of their joint 1."""
    masks = tuple((mask_of(qubits), angle) for qubits, angle in terms)
    every = 0
    for mask, _ in masks:
        every |= mask
    return DiagonalPhase(masks, every)


def dense(matrix: np.ndarray, operands: Qubits) -> Dense:
    """A constant matrix, shape [2**k, 2**k], on `operands`, the first one the lowest bit."""
    copied = np.array(matrix, dtype=np.complex128, order="C")
    return Dense(operands, torch.from_numpy(copied), sha256(copied.tobytes()).digest(), mask_of(operands))


def _rz(angle: Angle, qubit: int) -> DiagonalPhase:
    return phase(((), angle.scaled(-0.5)), ((qubit,), angle))


def _ry(angle: Angle, qubit: int) -> RealRotation:
    if angle.slots:
        ((slot, _),) = angle.slots
        return RealRotation(qubit, (slot,))
    half = angle.constant / 2
    c, s = float(np.cos(half)), float(np.sin(half))
    return RealRotation(qubit, ((c, -s, s, c),))


def _rx(angle: Angle, qubit: int) -> list[Element]:
    quarter = Angle(pi / 2)
    return [_rz(quarter, qubit), _ry(angle, qubit), _rz(quarter.scaled(-1), qubit)]


def _rzz(angle: Angle, a: int, b: int) -> DiagonalPhase:
    return phase(((), angle.scaled(-0.5)), ((a,), angle), ((b,), angle), ((a, b), angle.scaled(-2)))


def _sqrt_x(angle: float, qubit: int) -> list[Element]:
    """RX(angle) times exp(i angle / 2)."""
    return [*_rx(Angle(angle), qubit), phase(((), Angle(angle / 2)))]


def _h(qubit: int) -> RealRotation:
    return RealRotation(qubit, (HADAMARD,))


def _controlled_phase(angle: Angle, qubits: Qubits) -> list[Element]:
    return [phase((qubits, angle))]


def _u(a: Angles, qubit: int) -> list[Element]:
    return [phase(((qubit,), a[2])), _ry(a[0], qubit), phase(((qubit,), a[1]))]


def _rxx(angle: Angle, a: int, b: int) -> list[Element]:
    return [_h(a), _h(b), _rzz(angle, a, b), _h(a), _h(b)]


def _ryy(angle: Angle, a: int, b: int) -> list[Element]:
    half = Angle(pi / 2)
    turned = [*_rx(half, a), *_rx(half, b)]
    back = [*_rx(half.scaled(-1), a), *_rx(half.scaled(-1), b)]
    return [*turned, _rzz(angle, a, b), *back]


def _crz(angle: Angle, control: int, target: int) -> DiagonalPhase:
    return phase(((control,), angle.scaled(-0.5)), ((control, target), angle))


def _crx(angle: Angle, control: int, target: int) -> list[Element]:
    return [_h(target), _crz(angle, control, target), _h(target)]


def _cry(angle: Angle, control: int, target: int) -> list[Element]:
    """CRX between S† and S, since RY = S RX S†."""
    half = Angle(pi / 2)
    return [
        phase(((target,), half.scaled(-1))),
        *_crx(angle, control, target),
        phase(((target,), half)),
    ]


def _y(qubit: int) -> list[Element]:
    return [phase(((), Angle(pi / 2)), ((qubit,), HALF)), RealRotation(qubit, (FLIP,))]


def _cy(control: int, target: int) -> list[Element]:
    return [
        phase(((target,), Angle(-pi / 2))),
        ControlledX(1 << control, target),
        phase(((target,), Angle(pi / 2))),
    ]


def _controlled_flip(q: Qubits) -> list[Element]:
    return [ControlledX(mask_of(q[:-1]), q[-1])]


ANATOMY: dict[str, Callable[[Angles, Qubits], list[Element]]] = {
    "id": lambda a, q: [],
    "h": lambda a, q: [_h(q[0])],
    "x": lambda a, q: [RealRotation(q[0], (FLIP,))],
    "y": lambda a, q: _y(q[0]),
    "z": lambda a, q: [phase((q, HALF))],
    "s": lambda a, q: [phase((q, Angle(pi / 2)))],
    "sdg": lambda a, q: [phase((q, Angle(-pi / 2)))],
    "t": lambda a, q: [phase((q, Angle(pi / 4)))],
    "tdg": lambda a, q: [phase((q, Angle(-pi / 4)))],
    "sx": lambda a, q: _sqrt_x(pi / 2, q[0]),
    "sxdg": lambda a, q: _sqrt_x(-pi / 2, q[0]),
    "rx": lambda a, q: _rx(a[0], q[0]),
    "ry": lambda a, q: [_ry(a[0], q[0])],
    "rz": lambda a, q: [_rz(a[0], q[0])],
    "p": lambda a, q: [phase((q, a[0]))],
    "u1": lambda a, q: [phase((q, a[0]))],
    "u": lambda a, q: _u(a, q[0]),
    "u3": lambda a, q: _u(a, q[0]),
    "u2": lambda a, q: _u([Angle(pi / 2), *a], q[0]),
    "cx": lambda a, q: _controlled_flip(q),
    "ccx": lambda a, q: _controlled_flip(q),
    "mcx": lambda a, q: _controlled_flip(q),
    "cy": lambda a, q: _cy(*q),
    "cz": lambda a, q: _controlled_phase(HALF, q),
    "ccz": lambda a, q: _controlled_phase(HALF, q),
    "cs": lambda a, q: _controlled_phase(Angle(pi / 2), q),
    "csdg": lambda a, q: _controlled_phase(Angle(-pi / 2), q),
    "cp": lambda a, q: _controlled_phase(a[0], q),
    "cu1": lambda a, q: _controlled_phase(a[0], q),
    "mcphase": lambda a, q: _controlled_phase(a[0], q),
    "ch": lambda a, q: [
        _ry(Angle(-pi / 4), q[1]),
        phase((q, HALF)),
        _ry(Angle(pi / 4), q[1]),
    ],
    "crx": lambda a, q: _crx(a[0], *q),
    "cry": lambda a, q: _cry(a[0], *q),
    "crz": lambda a, q: [_crz(a[0], *q)],
    "rxx": lambda a, q: _rxx(a[0], *q),
    "ryy": lambda a, q: _ryy(a[0], *q),
    "rzz": lambda a, q: [_rzz(a[0], *q)],
    "rzx": lambda a, q: [_h(q[1]), _rzz(a[0], *q), _h(q[1])],
    "swap": lambda a, q: [Swap(*q)],
    "cswap": lambda a, q: [
        ControlledX(1 << q[2], q[1]),
        ControlledX(1 << q[0] | 1 << q[1], q[2]),
        ControlledX(1 << q[2], q[1]),
    ],
}
"""Name to the elements of a gate, in order of time, from its angles and operands as in Qiskit."""
