"""Stages without numbers: they move amplitudes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from qorum.statevector.kernels import Act, Stage

Tensor = torch.Tensor

CPU = torch.device("cpu")

PART_BITS = {False: 16, True: 24}
"""Bits of the index of amplitudes that are gathered in one call: on the processor, and on accelerators."""


class Permutation(Stage):
    """A stage without numbers."""

    is_bound = False


class Gather(Permutation):
    """An affine permutation: the amplitude at y comes from offset ⊕ the columns of y's set bits.

    Its index would be half as large as a state, so it is made a part at a time.
    """

    def __init__(self, columns: Sequence[int], offset: int, device: torch.device) -> None:
        self._columns, self._offset, self._device = tuple(columns), offset, device
        self._tables: dict[bool, tuple[Tensor, list[int]]] = {}

    def _parts(self, undo: bool) -> tuple[Tensor, list[int]]:
        """The index of the first amplitudes, and what turns it into that of each further part."""
        if undo not in self._tables:
            columns, offset = self._columns, self._offset
            if undo:
                columns = inverted(columns)
                offset = _image(columns, offset)
            at_once = min(len(columns), PART_BITS[self._device.type != "cpu"])
            first = linear_index(columns[:at_once], offset, self._device)
            self._tables[undo] = first, linear_index(columns[at_once:], 0, CPU).tolist()
        return self._tables[undo]

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        first, others = self._parts(undo)
        if len(others) == 1 and len(state) > 1:
            return (lambda _: partial(torch.index_select, state, 1, first, out=spare)), spare
        sources, targets = state.unbind(), spare.view(len(state), len(others), -1)
        if len(others) == 1:
            x, out = sources[0], targets[0, 0]
            return (lambda _: partial(torch.index_select, x, 0, first, out=out)), spare
        index = torch.empty_like(first)

        def gather() -> None:
            for place, other in enumerate(others):
                torch.bitwise_xor(first, other, out=index)
                for source, target in zip(sources, targets, strict=True):
                    torch.index_select(source, 0, index, out=target[place])

        return (lambda _: gather), spare

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        return state.index_select(1, linear_index(self._columns, self._offset, self._device))


def linear_index(columns: Sequence[int], offset: int, device: torch.device) -> Tensor:
    """offset ⊕ the columns of the set bits of each index, shape [2**columns]."""
    widest = max(offset, *columns, 0)
    index = torch.empty(
        1 << len(columns), dtype=torch.int32 if widest < 1 << 31 else torch.int64, device=device
    )
    index[0] = offset
    for bit, column in enumerate(columns):
        half = 1 << bit
        torch.bitwise_xor(index[:half], column, out=index[half : 2 * half])
    return index


def inverted(columns: Sequence[int]) -> tuple[int, ...]:
    """The columns of the inverse of a regular matrix over GF(2), by elimination."""
    size = len(columns)
    rows = list(columns)  # of the transpose, beside it the identity
    marks = [1 << bit for bit in range(size)]
    for bit in range(size):
        pivot = next(place for place in range(bit, size) if rows[place] >> bit & 1)
        rows[bit], rows[pivot] = rows[pivot], rows[bit]
        marks[bit], marks[pivot] = marks[pivot], marks[bit]
        for place in range(size):
            if place != bit and rows[place] >> bit & 1:
                rows[place] ^= rows[bit]
                marks[place] ^= marks[bit]
    return tuple(marks)


def _image(columns: Sequence[int], vector: int) -> int:
    found = 0
    for bit, column in enumerate(columns):
        if vector >> bit & 1:
            found ^= column
    return found


class Rows(Permutation):
    """Like `Gather` for the highest bits alone: rows move whole."""

    def __init__(self, index: Tensor) -> None:
        self._index, self._back = index, torch.argsort(index)

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        shape = (len(state), len(self._index), -1)
        x, out, index = state.view(shape), spare.view(shape), self._back if undo else self._index
        return (lambda _: partial(torch.index_select, x, 1, index, out=out)), spare

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        return state.view(len(state), len(self._index), -1).index_select(1, self._index).view(state.shape)


class Exchange(Permutation):
    """Exchanges the halves where a target bit is 0 and 1, within the subspace of the controls' ones."""

    def __init__(self, controls: int, target: int, num_bits: int) -> None:
        dims = _roles(controls, target, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._zero = (slice(None), *(_picked(role, 0) for _, role in dims))
        self._one = (slice(None), *(_picked(role, 1) for _, role in dims))

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        view = state.view(-1, *self._dims)
        zero, one = view[self._zero], view[self._one]
        kept = spare.view(view.shape)[self._zero]

        def exchange() -> None:
            kept.copy_(zero)
            zero.copy_(one)
            one.copy_(kept)

        return (lambda _: exchange), state

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        state = state.clone()
        view = state.view(-1, *self._dims)
        zero, one = view[self._zero].clone(), view[self._one].clone()
        view[self._zero], view[self._one] = one, zero
        return state


def _roles(controls: int, target: int, num_bits: int) -> list[tuple[int, str]]:
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


class Transposition(Permutation):
    """A change of layout: dimensions of the given sizes, put in another order."""

    def __init__(self, sizes: Sequence[int], order: Sequence[int]) -> None:
        self._sizes, self._order = list(sizes), [place + 1 for place in order]
        self._sizes_after = [sizes[place] for place in order]
        self._back = [list(order).index(place) + 1 for place in range(len(order))]

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        sizes, order = (self._sizes_after, self._back) if undo else (self._sizes, self._order)
        if len(state) == 1:  # PyTorch transposes matrices in blocks, batches of them it does not
            x = state.view(sizes).permute([dim - 1 for dim in order])
        else:
            x = state.view(-1, *sizes).permute(0, *order)
        out = spare.view(x.shape)
        return (lambda _: partial(out.copy_, x)), spare

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        return state.view(-1, *self._sizes).permute(0, *self._order).reshape(state.shape)
