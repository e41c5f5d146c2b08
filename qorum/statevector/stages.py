"""Passes over a state: each applies itself, its inverse, and tells the gradient of what it was bound to.

States have the shape [batch, 2**n]. With a `spare` of the same shape a stage may overwrite both, and
returns the one that holds the result; without, it leaves its input alone, as autograd needs.

Gradients are those of PyTorch: for y = M x and a real loss, grad x = M† grad y and grad M = grad y x†.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from qorum.statevector.layout import runs

Tensor = torch.Tensor


class Stage(Protocol):
    """One pass."""

    bound: Tensor | None
    """The numbers it applies; None for a permutation."""

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """The state after the stage."""
        ...

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """The adjoint of the stage: its inverse, where it is unitary."""
        ...

    def gradient(self, before: Tensor, slope: Tensor) -> Tensor | None:
        """The gradient of `bound`, from the state before and the gradient of the state after the stage."""
        ...


def run(stages: Sequence[Stage], state: Tensor, spare: Tensor | None) -> Tensor:
    """The state after all stages."""
    for stage in stages:
        after = stage.apply(state, spare)
        if after is spare:
            spare = state
        state = after
    return state


class Matrix:
    """A matrix on `width` bits from `position` up, shape [2**k, 2**k] or [batch, 2**k, 2**k].

    With `rotate` the bits are the highest, and become the lowest: a product with transposes does
    that at no cost, and a copy less is made where the next stage wants other bits.
    """

    def __init__(self, bound: Tensor, position: int, num_bits: int, *, rotate: bool = False) -> None:
        self.bound: Tensor | None = bound
        self._size = size = bound.shape[-1]
        self._right = 1 << position
        self._left = (1 << num_bits) // (size * self._right)
        self._rotate = rotate
        self._real = not bound.is_complex() and not rotate and (position > 0 or self._left == 1)

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        if self._rotate:
            return self._multiply_rows(state, self.bound, spare, rotated=True)
        return self._multiply(state, self.bound, spare)

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        adjoint = self.bound.mH
        if not self._rotate:
            return self._multiply(state, adjoint, spare)
        rows = state.view(len(state), self._right * self._left, self._size)
        out = None if spare is None else spare.view(len(state), self._size, -1)
        result = torch.matmul(self._alike(adjoint, state), rows.transpose(1, 2), out=out)
        return result.reshape(state.shape) if spare is None else spare

    def gradient(self, before: Tensor, slope: Tensor) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        batch, size = len(before), self._size
        x = before.view(batch, self._left, size, self._right)
        if self._rotate:
            g = slope.view(batch, 1, -1, size).transpose(2, 3)
        else:
            g = slope.view(batch, self._left, size, self._right)
        if self._right == 1:  # rows are contiguous: one product instead of many narrow ones
            g, x = g.transpose(1, 3), x.transpose(1, 3)
        if self._real:
            g, x = _floats(g.contiguous()), _floats(x)
            product = torch.matmul(g, x.transpose(-1, -2)).sum(1)
        else:
            product = torch.matmul(g, x.mH).sum(1)
            if not self.bound.is_complex():
                product = product.real
        return product if self.bound.dim() == 3 else product.sum(0)

    def _multiply(self, state: Tensor, matrix: Tensor, spare: Tensor | None) -> Tensor:
        batch, size, right = len(state), self._size, self._right
        if not self._real and right == 1:
            return self._multiply_rows(state, matrix, spare, rotated=False)
        if matrix.dim() == 2:
            shape = (batch * self._left, size, right)
        elif self._left == 1:
            shape = (batch, size, right)
        else:
            shape = (batch, self._left, size, right)
            matrix = matrix.unsqueeze(1)
        x, out = state.view(shape), None if spare is None else spare.view(shape)
        if not self._real:
            matrix = self._alike(matrix, state)
        else:
            x, out = _floats(x), None if out is None else _floats(out)
        if x.dim() == 3 and len(x) == 1 and matrix.dim() == 2:
            result = torch.mm(matrix, x[0], out=None if out is None else out[0])
        else:
            result = torch.matmul(matrix, x, out=out)
        if spare is not None:
            return spare
        return (torch.view_as_complex(result.view(*shape, 2)) if self._real else result).view(state.shape)

    def _multiply_rows(self, state: Tensor, matrix: Tensor, spare: Tensor | None, rotated: bool) -> Tensor:
        """The matrix on the lowest bits; or on the highest, which become the lowest."""
        batch, size = len(state), self._size
        transposed = self._alike(matrix, state).transpose(-1, -2)
        if rotated:
            x = state.view(batch, size, -1).transpose(1, 2)
        elif matrix.dim() == 2:
            x = state.view(1, -1, size)
        else:
            x = state.view(batch, -1, size)
        if len(x) == 1 and transposed.dim() == 2:
            out = None if spare is None else spare.view(-1, size)
            result = torch.mm(x[0], transposed, out=out)
        else:
            out = None if spare is None else spare.view(len(x), -1, size)
            result = torch.matmul(x, transposed, out=out)
        return result.view(state.shape) if spare is None else spare

    def _alike(self, matrix: Tensor, state: Tensor) -> Tensor:
        return matrix if matrix.is_complex() else matrix.to(state.dtype)


def _floats(x: Tensor) -> Tensor:
    """The last dimension twice as long: real and imaginary parts in turn."""
    return torch.view_as_real(x).flatten(-2)


class Table:
    """An elementwise product with a table over the bits of `mask`, shape [2**s] or [batch, 2**s]."""

    def __init__(self, bound: Tensor, mask: int, num_bits: int) -> None:
        self.bound: Tensor | None = bound
        dims = runs(mask, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._kept = [1 << length if is_in else 1 for length, is_in in dims]
        self._summed = [place + 1 for place, (_, is_in) in enumerate(dims) if not is_in]

    def _product(self, state: Tensor, table: Tensor, spare: Tensor | None) -> Tensor:
        view = state.view(-1, *self._dims)
        table = table.view(-1, *self._kept)
        if spare is None:
            return (view * table).view(state.shape)
        view.mul_(table)
        return state

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        return self._product(state, self.bound, spare)

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        return self._product(state, self.bound.conj(), spare)

    def gradient(self, before: Tensor, slope: Tensor) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        product = (slope * before.conj()).view(-1, *self._dims)
        if self._summed:
            product = product.sum(self._summed)
        product = product.reshape(len(before), -1)
        return product if self.bound.dim() == 2 else product.sum(0)


class SubspacePhase:
    """One phase, shape [] or [batch], where all bits of `mask` are 1."""

    def __init__(self, bound: Tensor, mask: int, num_bits: int) -> None:
        self.bound: Tensor | None = bound
        dims = runs(mask, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._index = tuple(-1 if is_in else slice(None) for _, is_in in dims)

    def _part(self, state: Tensor) -> Tensor:
        return state.view(-1, *self._dims)[(slice(None), *self._index)]

    def _scaled(self, state: Tensor, factor: Tensor, spare: Tensor | None) -> Tensor:
        if spare is None:
            state = state.clone()
        part = self._part(state)
        part.mul_(factor.view(-1, *[1] * (part.dim() - 1)))
        return state

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        return self._scaled(state, self.bound, spare)

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        return self._scaled(state, self.bound.conj(), spare)

    def gradient(self, before: Tensor, slope: Tensor) -> Tensor:
        """See `Stage`."""
        assert self.bound is not None
        product = (self._part(slope) * self._part(before).conj()).reshape(len(before), -1).sum(1)
        return product if self.bound.dim() else product.sum()


class Gather:
    """A permutation: the amplitude at y comes from `index[y]`."""

    bound: Tensor | None = None

    def __init__(self, index: Tensor) -> None:
        self._index = index
        self._inverse: Tensor | None = None

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        return _select(state, self._index, spare)

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        if self._inverse is None:
            self._inverse = torch.empty_like(self._index)
            self._inverse[self._index.long()] = torch.arange(
                len(self._index), dtype=self._index.dtype, device=self._index.device
            )
        return _select(state, self._inverse, spare)

    def gradient(self, before: Tensor, slope: Tensor) -> None:
        """See `Stage`."""


def _select(state: Tensor, index: Tensor, spare: Tensor | None) -> Tensor:
    if spare is None:
        return state.index_select(1, index)
    if len(state) == 1:
        torch.index_select(state[0], 0, index, out=spare[0])
    else:
        torch.index_select(state, 1, index, out=spare)
    return spare


class Exchange:
    """Exchanges the halves where a target bit is 0 and 1, within the subspace of the controls' ones."""

    bound: Tensor | None = None

    def __init__(self, controls: int, target: int, num_bits: int) -> None:
        dims = runs_around(controls, target, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._zero = tuple(_picked(role, 0) for _, role in dims)
        self._one = tuple(_picked(role, 1) for _, role in dims)

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        if spare is None:
            state = state.clone()
        view = state.view(-1, *self._dims)
        zero, one = view[(slice(None), *self._zero)], view[(slice(None), *self._one)]
        kept = zero.clone()
        zero.copy_(one)
        one.copy_(kept)
        return state

    undo = apply

    def gradient(self, before: Tensor, slope: Tensor) -> None:
        """See `Stage`."""


def runs_around(controls: int, target: int, num_bits: int) -> list[tuple[int, str]]:
    """Dimensions of the state, highest first: lengths of runs, and what their bits are."""
    found: list[tuple[int, str]] = []
    for position in reversed(range(num_bits)):
        role = "target" if position == target else "control" if controls >> position & 1 else "free"
        if found and found[-1][1] == role:
            found[-1] = (found[-1][0] + 1, role)
        else:
            found.append((1, role))
    return found


def _picked(role: str, value: int) -> int | slice:
    return {"target": value, "control": -1}.get(role, slice(None))


class Transposition:
    """A change of layout: dimensions of the given sizes, put in another order."""

    bound: Tensor | None = None

    def __init__(self, sizes: Sequence[int], order: Sequence[int]) -> None:
        self._sizes, self._order = list(sizes), [place + 1 for place in order]
        self._sizes_after = [sizes[place] for place in order]
        self._back = [list(order).index(place) + 1 for place in range(len(order))]

    def apply(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        return self._copy(state, self._sizes, self._order, spare)

    def undo(self, state: Tensor, spare: Tensor | None) -> Tensor:
        """See `Stage`."""
        return self._copy(state, self._sizes_after, self._back, spare)

    def _copy(self, state: Tensor, sizes: list[int], order: list[int], spare: Tensor | None) -> Tensor:
        view = state.view(-1, *sizes).permute(0, *order)
        if spare is None:
            return view.reshape(state.shape)
        spare.view(view.shape).copy_(view)
        return spare

    def gradient(self, before: Tensor, slope: Tensor) -> None:
        """See `Stage`."""
