"""The native gates (`qorum.circuits.native.IDEAL_GATES`) as matrices, diagonals and permutations.

Definitions are those of Qiskit's standard gate library, global phase included.
"""

from __future__ import annotations

from cmath import exp
from collections.abc import Callable
from functools import cache
from math import cos, pi, sin, sqrt

import torch

_R = 1 / sqrt(2)

DENSE: dict[str, list[complex]] = {
    "h": [_R, _R, _R, -_R],
    "y": [0, -1j, 1j, 0],
    "sx": [0.5 + 0.5j, 0.5 - 0.5j, 0.5 - 0.5j, 0.5 + 0.5j],
    "sxdg": [0.5 - 0.5j, 0.5 + 0.5j, 0.5 + 0.5j, 0.5 - 0.5j],
}
"""One-qubit gates: the 2 x 2 matrix, row after row."""

DENSE_ROTATIONS: dict[str, Callable[[float], list[complex]]] = {
    "rx": lambda t: [cos(t / 2), -1j * sin(t / 2), -1j * sin(t / 2), cos(t / 2)],
    "ry": lambda t: [cos(t / 2), -sin(t / 2), sin(t / 2), cos(t / 2)],
}
"""One-qubit gates of one angle in radians: likewise."""

DIAGONAL: dict[str, list[complex]] = {
    "z": [1, -1],
    "s": [1, 1j],
    "sdg": [1, -1j],
    "t": [1, exp(0.25j * pi)],
    "tdg": [1, exp(-0.25j * pi)],
    "cz": [1, 1, 1, -1],
}
"""Diagonal gates: their 2**k entries. All of them are symmetric in their qubits."""

DIAGONAL_ROTATIONS: dict[str, Callable[[float], list[complex]]] = {
    "p": lambda t: [1, exp(1j * t)],
    "rz": lambda t: [exp(-0.5j * t), exp(0.5j * t)],
    "cp": lambda t: [1, 1, 1, exp(1j * t)],
    "rzz": lambda t: [exp(-0.5j * t), exp(0.5j * t), exp(0.5j * t), exp(-0.5j * t)],
}
"""Diagonal gates of one angle in radians: likewise."""

PERMUTATIONS = ("x", "cx", "swap")
"""Gates that only move amplitudes."""

_CONSTANTS = DENSE | DIAGONAL
_ROTATIONS = DENSE_ROTATIONS | DIAGONAL_ROTATIONS
NAMES = frozenset((*_CONSTANTS, *_ROTATIONS, *PERMUTATIONS))


@cache
def _constant(name: str, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    return torch.tensor(_CONSTANTS[name], dtype=dtype, device=device)


def _entries(name: str, params: tuple[float, ...], like: torch.Tensor) -> torch.Tensor:
    if not params:
        return _constant(name, like.dtype, like.device)
    return torch.tensor(_ROTATIONS[name](params[0]), dtype=like.dtype, device=like.device)


def apply_gate(
    state: torch.Tensor, name: str, params: tuple[float, ...], qubits: tuple[int, ...]
) -> torch.Tensor:
    """The state after one gate; `state` itself may be overwritten.

    Args:
        state: amplitudes, shape [2**n], contiguous; qubit q is bit q of the index.
        name: one of `NAMES`.
        params: the gate's angles in radians.
        qubits: operands in Qiskit's order, e.g. (control, target).
    """
    if len(qubits) == 2:
        return _apply_pair(state, name, params, *qubits)
    view = state.view(-1, 2, 1 << qubits[0])
    if name == "x":
        return view.flip(1).view(-1)
    entries = _entries(name, params, state)
    if len(entries) == 2:
        view.mul_(entries.view(2, 1))
        return state
    return _apply_matrix(view, entries.view(2, 2)).view(-1)


def _apply_matrix(view: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """`matrix` on the middle axis of `view`, shape [left, 2, right]; contiguous."""
    left, _, right = view.shape
    if right == 1:
        return view.view(left, 2) @ matrix.T
    if left == 1 or right >= 8:
        return matrix @ view
    # A batch of very small products is slow: gather them into one.
    return (view.transpose(1, 2).reshape(-1, 2) @ matrix.T).view(left, right, 2).transpose(1, 2).contiguous()


def _apply_pair(
    state: torch.Tensor, name: str, params: tuple[float, ...], first: int, second: int
) -> torch.Tensor:
    high, low = max(first, second), min(first, second)
    view = state.view(-1, 2, 1 << (high - low - 1), 2, 1 << low)
    if name == "swap":
        return view.transpose(1, 3).reshape(-1)
    if name == "cx":
        set_half = view.select(1 if first == high else 3, 1)
        set_half.copy_(set_half.flip(2 if first == high else 1))
        return state
    view.mul_(_entries(name, params, state).view(2, 1, 2, 1))
    return state
