"""Stages without numbers: they move amplitudes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from qorum.statevector.stages import Act, Stage

Tensor = torch.Tensor

CHUNK = 1 << 18
"""Entries of an index that are inverted at a time."""


class Permutation(Stage):
    """A stage without numbers."""

    is_bound = False


class Gather(Permutation):
    """The amplitude at y comes from `index[y]`."""

    def __init__(self, index: Tensor) -> None:
        self._index = index
        self._backward: Tensor | None = None

    def _inverse(self) -> Tensor:
        if self._backward is None:
            self._backward = torch.empty_like(self._index)
            for begin in range(0, len(self._index), CHUNK):  # as long integers, which scattering takes
                part = self._index[begin : begin + CHUNK].long()
                self._backward[part] = torch.arange(
                    begin, begin + len(part), dtype=self._index.dtype, device=self._index.device
                )
        return self._backward

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""
        index = self._inverse() if undo else self._index
        if len(state) == 1:
            x, out = state[0], spare[0]
            return (lambda _: partial(torch.index_select, x, 0, index, out=out)), spare
        return (lambda _: partial(torch.index_select, state, 1, index, out=spare)), spare

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        return state.index_select(1, self._index)


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
        x = state.view(-1, *sizes).permute(0, *order)
        out = spare.view(x.shape)
        return (lambda _: partial(out.copy_, x)), spare

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        return state.view(-1, *self._sizes).permute(0, *self._order).reshape(state.shape)
