"""How a sum of Pauli strings acts on states: tables of signs, flips of the index, and small matrices.

A string with masks x and z takes psi to i^|x & z| (-1)^(z · (a ^ x)) psi[a ^ x] at index a. Strings of one
x share a flip of the index and add up to one diagonal; strings within one window of neighbouring qubits
add up to one small matrix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

Tensor = torch.Tensor

WINDOW = 4
"""Qubits of a window: a 16 x 16 matrix costs as much as the traffic of the pass that applies it."""

WIDEST_TABLE = 20
"""Bits of the largest table that is kept; wider diagonals are made anew, a slice at a time."""

FINEST_INNER = 4
"""Bits below a table from which on broadcasting it is as fast as repeating its entries."""


class PauliTerm(NamedTuple):
    """A coefficient times the Pauli string with X where bit q of `x` is 1, Z at `z`, Y at both."""

    x: int
    z: int
    coefficient: float


@dataclass(frozen=True)
class Table:
    """A diagonal that depends on some neighbouring bits of the index alone.

    Attributes:
        values: shape [entries, 1]; real ones multiply real and imaginary parts alike.
        inner: how many numbers in a row share an entry.
    """

    values: Tensor
    inner: int

    def rows(self, states: Tensor) -> Tensor:
        """The states as [..., entries, inner], without a copy."""
        if not self.values.is_complex():
            states = torch.view_as_real(states).flatten(-2)
        return states.unflatten(-1, (-1, len(self.values), self.inner))


@dataclass(frozen=True)
class Diagonal:
    """Σ coefficient · (-1)^(z · index); complex coefficients are those of strings with an odd number of Y."""

    masks: Tensor
    coefficients: Tensor
    low: int
    high: int
    table: Table | None
    dtype: torch.dtype

    def slices(self, states: Tensor, others: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Parts of both tensors, shape [batch, 2**n] each, and the entries that belong to them."""
        if self.table is not None:
            yield self.table.rows(states), self.table.rows(others), self.table.values
            return
        bottom = self.low + WIDEST_TABLE
        top = self.high - bottom
        signs = _signs(self.masks >> bottom, top)
        shape = (-1, 1 << top, 1 << bottom)
        states, others = states.view(shape), others.view(shape)
        for block in range(1 << top):
            coefficients = self.coefficients * signs[:, block]
            table = _table(self.masks, coefficients, self.low, bottom, self.dtype)
            yield table.rows(states[:, block]), table.rows(others[:, block]), table.values


@dataclass(frozen=True)
class Flip:
    """A diagonal, or one number, times the flip of all qubits in a mask."""

    x: int
    factor: Diagonal | float

    def add(self, states: Tensor, result: Tensor) -> None:
        if not isinstance(self.factor, Diagonal) and self.x.bit_count() == 1:
            shape = (-1, 2, self.x)
            halves, targets = states.view(shape), result.view(shape)
            targets[:, 0].add_(halves[:, 1], alpha=self.factor)
            targets[:, 1].add_(halves[:, 0], alpha=self.factor)
            return
        flipped = flip(states, self.x)
        if not isinstance(self.factor, Diagonal):
            result.add_(flipped, alpha=self.factor)
            return
        for source, target, values in self.factor.slices(flipped, result):
            target.addcmul_(source, values)


@dataclass(frozen=True)
class Window:
    """A matrix on the qubits `low`, `low` + 1, … .

    Attributes:
        matrix: shape [2**k, 2**k]; real ones multiply real and imaginary parts alike.
        lowest: the matrix as it acts on the last axis, if `low` is 0.
    """

    matrix: Tensor
    low: int
    lowest: Tensor | None

    def add(self, states: Tensor, result: Tensor) -> None:
        inner = 1 << self.low
        if not self.matrix.is_complex():
            states, result, inner = torch.view_as_real(states), torch.view_as_real(result), 2 * inner
        if self.lowest is not None:
            shape = (-1, len(self.lowest))
            result.view(shape).addmm_(states.view(shape), self.lowest)
            return
        shape = (-1, len(self.matrix), inner)
        rows = states.view(shape)
        result.view(shape).baddbmm_(self.matrix.expand(len(rows), -1, -1), rows)


@dataclass(frozen=True)
class Prepared:
    """A sum of strings for states of one dtype on one device."""

    constant: float
    diagonal: Diagonal | None
    parts: tuple[Flip | Window, ...]

    def __call__(self, states: Tensor) -> Tensor:
        """The sum applied to contiguous states of shape [..., 2**n]: a new tensor."""
        if self.diagonal is None:
            result = states * self.constant
        else:
            result = torch.empty_like(states)
            for source, target, values in self.diagonal.slices(states, result):
                torch.mul(source, values, out=target)
        for part in self.parts:
            part.add(states, result)
        return result


def flip(states: Tensor, x: int) -> Tensor:
    """A copy with psi[a ^ x] at index a; a run of neighbouring ones in x reverses one axis."""
    sizes: list[int] = []
    reversed_axes: list[int] = []
    rest, length = x, states.shape[-1].bit_length() - 1
    while rest:
        gap = (rest & -rest).bit_length() - 1
        rest >>= gap
        run = (~rest & rest + 1).bit_length() - 1
        rest >>= run
        sizes += [1 << gap, 1 << run]
        reversed_axes.append(len(sizes) - 1)
        length -= gap + run
    shape = (-1, *reversed(sizes))
    axes = [len(sizes) - axis for axis in reversed_axes]
    return states.view(shape).flip(axes).view(states.shape)


def prepare(
    num_qubits: int,
    terms: Sequence[PauliTerm],
    constant: float,
    dtype: torch.dtype,
    device: torch.device,
) -> Prepared:
    """The cheapest way known here to apply the sum: see the module."""
    windows: dict[int, list[PauliTerm]] = defaultdict(list)
    groups: dict[int, list[PauliTerm]] = defaultdict(list)
    for term in terms:
        support = term.x | term.z
        low = ((support & -support).bit_length() - 1) // WINDOW * WINDOW
        if term.x and support >> low + WINDOW == 0:
            windows[low].append(term)
        else:
            groups[term.x].append(term)
    parts: list[Flip | Window] = []
    for low, members in sorted(windows.items()):
        if len({term.x for term in members}) > 1:
            size = min(WINDOW, num_qubits - low)
            parts.append(_window(members, low, size, dtype, device))
        else:
            groups[members[0].x].extend(members)
    diagonal = groups.pop(0, None)
    parts += [Flip(x, _factor(members, dtype, device)) for x, members in sorted(groups.items())]
    if diagonal is None:
        return Prepared(constant, None, tuple(parts))
    if constant:
        diagonal = [*diagonal, PauliTerm(0, 0, constant)]
    return Prepared(0.0, _diagonal(diagonal, dtype, device), tuple(parts))


def _factor(terms: Sequence[PauliTerm], dtype: torch.dtype, device: torch.device) -> Diagonal | float:
    if len(terms) == 1 and terms[0].z == 0:
        return terms[0].coefficient
    return _diagonal(terms, dtype, device)


def _coefficients(terms: Sequence[PauliTerm]) -> tuple[Tensor, Tensor]:
    """The z masks, int64, and what multiplies (-1)^(z · a): real if no term has an odd number of Y."""
    phases = (1, -1j, -1, 1j)
    factors = [term.coefficient * phases[(term.x & term.z).bit_count() % 4] for term in terms]
    coefficients = torch.tensor(factors, dtype=torch.complex128)
    masks = torch.tensor([term.z for term in terms], dtype=torch.int64)
    return masks, coefficients if bool(coefficients.imag.any()) else coefficients.real


def _diagonal(terms: Sequence[PauliTerm], dtype: torch.dtype, device: torch.device) -> Diagonal:
    masks, coefficients = _coefficients(terms)
    every = 0
    for term in terms:
        every |= term.z
    low, high = max((every & -every).bit_length() - 1, 0), every.bit_length()
    masks, coefficients = masks.to(device), coefficients.to(device, exact(coefficients.dtype, device))
    table = _table(masks, coefficients, low, high, dtype) if high - low <= WIDEST_TABLE else None
    return Diagonal(masks, coefficients, low, high, table, dtype)


def _table(masks: Tensor, coefficients: Tensor, low: int, high: int, dtype: torch.dtype) -> Table:
    """The diagonal on the bits [low, high): one matrix product over the strings, of halves of the bits."""
    lower = (high - low) // 2
    rows = _signs(masks >> low + lower, high - low - lower).to(coefficients.dtype)
    columns = _signs(masks >> low, lower).to(coefficients.dtype)
    values = ((rows * coefficients[:, None]).T @ columns).reshape(-1)
    if coefficients.is_complex():
        return Table(values.to(dtype)[:, None], 1 << low)
    values = values.to(dtype.to_real())
    if low >= FINEST_INNER:
        return Table(values[:, None], 2 << low)
    return Table(values.repeat_interleave(2 << low)[:, None], 1)


def _signs(masks: Tensor, bits: int) -> Tensor:
    """(-1)^(mask · index) of the lowest bits, shape [masks, 2**bits], int8."""
    signs = torch.ones(len(masks), 1, dtype=torch.int8, device=masks.device)
    for bit in range(bits):
        signs = torch.cat([signs, signs * (1 - 2 * (masks >> bit & 1)).to(torch.int8)[:, None]], dim=1)
    return signs


def _window(
    terms: Sequence[PauliTerm], low: int, size: int, dtype: torch.dtype, device: torch.device
) -> Window:
    masks, coefficients = _coefficients(terms)
    indices = torch.arange(1 << size)
    matrix = torch.zeros(1 << size, 1 << size, dtype=coefficients.dtype)
    signs = _signs(masks >> low, size) * coefficients[:, None]
    for term, row in zip(terms, signs, strict=True):
        matrix[indices, indices ^ (term.x >> low)] += row
    matrix = matrix.to(device, dtype if matrix.is_complex() else dtype.to_real())
    if low:
        return Window(matrix, low, None)
    pair = torch.eye(1 if matrix.is_complex() else 2, dtype=matrix.dtype, device=device)
    return Window(matrix, low, torch.kron(matrix.T.contiguous(), pair))


def exact(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """Double precision of that kind, or the best that the device has."""
    if device.type != "mps":
        return dtype
    return torch.complex64 if dtype.is_complex else torch.float32
