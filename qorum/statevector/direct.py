"""Elements applied one after another, without a plan: for small circuits that are run once.

A plan costs some 40 µs for each element, an element on 2**10 amplitudes in NumPy some 3 µs.
"""

from __future__ import annotations

from cmath import exp
from collections.abc import Iterable, Mapping, Sequence
from math import cos, sin

import numpy as np
import numpy.typing as npt

from qorum.statevector.gate_ir import Angle, ControlledX, Dense, DiagonalPhase, Element, RealRotation, Swap
from qorum.statevector.layout import bits, runs

Matrix = tuple[complex, complex, complex, complex]
"""2 x 2, row after row."""

State = npt.NDArray[np.complexfloating]

LARGEST = 12
"""Qubits up to which this is faster than planning for one run."""


def apply(elements: Iterable[Element], angles: Mapping[int, float] | Sequence[float], state: State) -> None:
    """Evolves a state in place.

    Args:
        elements: in order of time.
        angles: of the slots, in radians.
        state: amplitudes, shape [2**n], contiguous; qubit q is bit q of the index.
    """
    everywhere = 0.0
    pending: dict[int, Matrix] = {}  # of one qubit each, not yet applied
    for element in elements:
        if isinstance(element, RealRotation):
            pending[element.qubit] = _product(_turn(element, angles), pending.get(element.qubit))
        elif isinstance(element, DiagonalPhase):
            for mask, angle in element.terms:
                value = _value(angle, angles)
                if not mask:
                    everywhere += value
                elif mask & mask - 1:
                    _flush(mask, pending, state)
                    _ones(state, mask)[...] *= exp(1j * value)
                else:
                    qubit = mask.bit_length() - 1
                    pending[qubit] = _product((1, 0, 0, exp(1j * value)), pending.get(qubit))
        else:
            _flush(element.qubits, pending, state)
            _shared(element, state)
    _flush(-1, pending, state)
    if everywhere:
        state *= exp(1j * everywhere)


def _flush(mask: int, pending: dict[int, Matrix], state: State) -> None:
    """Applies what is pending on the qubits of a mask."""
    for qubit in [qubit for qubit in pending if mask >> qubit & 1]:
        a, b, c, d = pending.pop(qubit)
        view = state.reshape(-1, 2, 1 << qubit)
        zero, one = view[:, 0], view[:, 1]
        if b == 0 == c:
            if a != 1:
                zero *= a
            one *= d
            continue
        turned = a * zero + b * one
        one *= d
        one += c * zero
        zero[...] = turned


def _product(then: Matrix, first: Matrix | None) -> Matrix:
    if first is None:
        return then
    a, b, c, d = first
    p, q, r, s = then
    return p * a + q * c, p * b + q * d, r * a + s * c, r * b + s * d


def _shared(element: ControlledX | Swap | Dense, state: State) -> None:
    if isinstance(element, ControlledX):
        _move(element, state)
    elif isinstance(element, Swap):
        view = _axes(state, element.qubits)
        view[:, 0, :, 1], view[:, 1, :, 0] = view[:, 1, :, 0].copy(), view[:, 0, :, 1].copy()
    else:
        _multiply(element, state)


def _value(angle: Angle, angles: Mapping[int, float] | Sequence[float]) -> float:
    return angle.constant + sum(weight * angles[slot] for slot, weight in angle.slots)


def _axes(state: State, mask: int) -> State:
    """The bits of `mask` as axes of 2, highest first, with an axis of the other bits around each."""
    shape, above = [], state.size.bit_length() - 1
    for position in reversed(list(bits(mask))):
        shape += [1 << above - position - 1, 2]
        above = position
    return state.reshape(*shape, 1 << above)


def _ones(state: State, mask: int) -> State:
    """The part of the state where all bits of `mask` are 1."""
    dims = runs(mask, state.size.bit_length() - 1)
    index = tuple(slice(-1, None) if is_set else slice(None) for _, is_set in dims)
    return state.reshape([1 << length for length, _ in dims])[index]


def _turn(element: RealRotation, angles: Mapping[int, float] | Sequence[float]) -> Matrix:
    turned: Matrix | None = None
    for part in element.parts:
        if isinstance(part, int):
            c, s = cos(angles[part] / 2), sin(angles[part] / 2)
            part = (c, -s, s, c)
        turned = _product(part, turned)
    assert turned is not None
    return turned


def _move(element: ControlledX, state: State) -> None:
    view = state
    if element.controls:
        mask = element.qubits
        view = _axes(state, mask)
        order = list(reversed(list(bits(mask))))
        axis = order.index(element.target)
        index: list[int | slice] = [slice(None)] * view.ndim
        for place in range(len(order)):
            if place != axis:
                index[2 * place + 1] = 1
        part = view[tuple(index)]
        part[...] = np.flip(part, axis=axis + 1).copy()
        return
    view = state.reshape(-1, 2, 1 << element.target)
    view[...] = view[:, ::-1].copy()


def _multiply(element: Dense, state: State) -> None:
    mask, k = element.qubits, len(element.operands)
    view = _axes(state, mask)
    order = list(reversed(list(bits(mask))))
    chosen = [2 * order.index(operand) + 1 for operand in reversed(element.operands)]
    others = [axis for axis in range(view.ndim) if axis not in chosen]
    moved = view.transpose(*chosen, *others)
    matrix = element.matrix.numpy().astype(state.dtype)
    moved[...] = (matrix @ moved.reshape(1 << k, -1)).reshape(moved.shape)
