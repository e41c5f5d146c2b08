"""Passes over a state: how each acts, is undone, and tells the gradient of what it was bound to.

States have the shape [batch, 2**n]. A stage knows shapes alone; the numbers it applies, its bound, are
given at each call: one for all of the batch, or one for each of it.

Gradients are those of PyTorch: for y = M x and a real loss, grad x = M† grad y and grad M = grad y x†.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

import torch

from qorum.statevector.layout import runs

Tensor = torch.Tensor
Do = Callable[[], object]
Act = Callable[[Tensor], Do]
"""What applies a bound to the memory it was made for, ready to be called again and again."""


class Stage(ABC):
    """One pass."""

    is_bound = True
    """Whether it applies numbers; a permutation does not, and ignores the bound."""

    @abstractmethod
    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """What applies the stage, or undoes it, in given memory; and which of the two then holds the result.

        Args:
            state: the state before; overwritten.
            spare: of the same shape, of any content; overwritten.
            each: whether there is a bound for each state of the batch.
            undo: the adjoint of the stage instead: its inverse, where it is unitary.
        """

    @abstractmethod
    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """The state after the stage, the one before kept, as autograd needs it."""


class Matrix(Stage):
    """A matrix on `width` bits from `position` up, shape [2**k, 2**k].

    With `rotate` the bits are the highest, and become the lowest: a product with transposes does
    that at no cost, and a copy less is made where the next stage wants other bits.
    """

    def __init__(self, position: int, width: int, num_bits: int, *, real: bool, rotate: bool = False) -> None:
        self._size, self._right = 1 << width, 1 << position
        self._left = 1 << (num_bits - width - position)
        self.shape = (self._left, self._size, self._right)
        """The state's, as bits above, of, and below the matrix."""
        self.takes_real = real
        self._rotate = rotate
        self.in_rows = position == 0 and self._left > 1
        self.real = real and not rotate and not self.in_rows
        """Whether it takes real matrices; complex ones otherwise."""

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        batch, size = len(state), self._size
        if self._rotate:
            rows, columns = (batch, self._right * self._left, size), (batch, size, self._right * self._left)
            if batch == 1 and not each:  # products of two matrices take transposes as they are
                rows, columns = rows[1:], columns[1:]
            if undo:
                x, out = state.view(rows).mT, spare.view(columns)
                return (lambda m: lambda: torch.matmul(_adjoint(m, False), x, out=out)), spare
            x, out = state.view(columns).mT, spare.view(rows)
            return (lambda m: partial(torch.matmul, x, m.mT, out=out)), spare
        if self.in_rows:
            shape = (batch, -1, size) if each else (-1, size)
            x, out = state.view(shape), spare.view(shape)
            if undo:
                if self.takes_real:  # cast to complex numbers, but its own conjugate
                    return (lambda m: partial(torch.matmul, x, m, out=out)), spare
                return (lambda m: lambda: torch.matmul(x, m.conj().resolve_conj(), out=out)), spare
            return (lambda m: partial(torch.matmul, x, m.mT, out=out)), spare
        x, out = self._stacked(state, each), self._stacked(spare, each)
        if self.real:
            x, out = _floats(x), _floats(out)
        multiply = torch.mm if x.dim() == 2 else torch.matmul
        many = each and x.dim() == 4
        if undo and not self.real:
            # Conjugated before it is broadcast: PyTorch would do it afterwards, for each of many copies.
            return (lambda m: lambda: multiply(_adjoint(m, many), x, out=out)), spare
        if undo:
            return (lambda m: partial(multiply, _adjoint(m, many), x, out=out)), spare
        return (lambda m: partial(multiply, m.unsqueeze(1) if many else m, x, out=out)), spare

    def _stacked(self, state: Tensor, each: bool) -> Tensor:
        """The state as matrices whose rows the stage mixes."""
        batch, size, right = len(state), self._size, self._right
        if each:
            return state.view((batch, self._left, size, right) if self._left > 1 else (batch, size, right))
        if batch * self._left == 1:
            return state.view(size, right)
        return state.view(batch * self._left, size, right)

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert bound is not None
        batch, size, each = len(state), self._size, bound.dim() == 3
        if self._rotate:
            return torch.matmul(state.view(batch, size, -1).transpose(1, 2), bound.mT).view(state.shape)
        if self.in_rows:
            x = state.view((batch, -1, size) if each else (-1, size))
            return torch.matmul(x, bound.mT).view(state.shape)
        x = self._stacked(state, each)
        matrix = bound.unsqueeze(1) if x.dim() == 4 else bound
        if not self.real:
            return torch.matmul(matrix, x).view(state.shape)
        return torch.view_as_complex(torch.matmul(matrix, _floats(x)).view(*x.shape, 2)).view(state.shape)


def _adjoint(matrix: Tensor, many: bool) -> Tensor:
    adjoint = matrix.mH.resolve_conj() if matrix.is_complex() else matrix.mT
    return adjoint.unsqueeze(1) if many else adjoint


def _floats(x: Tensor) -> Tensor:
    """The last dimension twice as long: real and imaginary parts in turn."""
    return torch.view_as_real(x).flatten(-2)


class Table(Stage):
    """An elementwise product with a table over the bits of `mask`, shape [2**s]."""

    def __init__(self, mask: int, num_bits: int) -> None:
        dims = runs(mask, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._kept = [1 << length if is_in else 1 for length, is_in in dims]
        self._summed = [place + 1 for place, (_, is_in) in enumerate(dims) if not is_in]

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        x = state.view(-1, *self._dims)
        kept = [len(state) if each else 1, *self._kept]
        if undo:
            return (lambda table: partial(x.mul_, table.conj().view(kept))), state
        if not self._summed and len(state) == 1:
            x, kept = state.view(-1), [-1]
        return (lambda table: partial(x.mul_, table.view(kept))), state

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert bound is not None
        return (state.view(-1, *self._dims) * bound.view(-1, *self._kept)).view(state.shape)

    def summed(self, values: Tensor, steps: list[Do]) -> Tensor:
        """Appends the sum of values, shape [2**n], over all bits but the table's; returns its place."""
        view = values.view(self._dims)
        if not self._summed:
            return view.view(-1)
        found = torch.empty(
            [size for size in self._kept if size > 1], dtype=values.dtype, device=values.device
        )
        steps.append(partial(torch.sum, view, [place - 1 for place in self._summed], out=found))
        return found.view(-1)


class SubspacePhase(Stage):
    """One phase, shape [], where all bits of `mask` are 1."""

    def __init__(self, mask: int, num_bits: int) -> None:
        dims = runs(mask, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._index = (slice(None), *(-1 if is_in else slice(None) for _, is_in in dims))

    def part(self, state: Tensor) -> Tensor:
        """Of states, or of anything of the shape [batch, 2**n]: what the phase multiplies."""
        return state.view(-1, *self._dims)[self._index]

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        part = self.part(state)
        shape = [len(state) if each else 1, *[1] * (part.dim() - 1)]
        if undo:
            return (lambda factor: partial(part.mul_, factor.conj().view(shape))), state
        return (lambda factor: partial(part.mul_, factor.view(shape))), state

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert bound is not None
        state = state.clone()
        part = self.part(state)
        part.mul_(bound.view(-1, *[1] * (part.dim() - 1)))
        return state
