"""Overlaps of two states over all bits but a few, as steps on memory that stays."""

from __future__ import annotations

from functools import lru_cache, partial

import torch

from qorum.statevector.kernels import Do, Matrix

Tensor = torch.Tensor

CHUNK = 1 << 15
"""Amplitudes that are gathered at a time, where the bits stand in the way of one long product."""


def matrix_overlap(stage: Matrix, state: Tensor, slope: Tensor, scratch: Tensor, steps: list[Do]) -> Tensor:
    """Appends the steps to Σ slope · state* over all bits but a matrix's; returns where it will be.

    Args:
        stage: whose bits are meant; the real part alone if it takes real matrices.
        state: shape [1, 2**n].
        slope: likewise.
        scratch: shape [2 · CHUNK] or less where the states are smaller; overwritten.
        steps: of a walk through the stages.

    Returns:
        Shape [2**k, 2**k], rows by the slope's index.
    """
    left, size, right = stage.shape
    dtype = state.dtype.to_real() if stage.takes_real else state.dtype
    found = torch.zeros(size, size, dtype=dtype, device=state.device)
    if stage.in_rows:  # x† g, transposed: of two transposes BLAS conjugates the first alone
        whole = torch.empty(size, size, dtype=state.dtype, device=state.device)
        steps.append(partial(torch.mm, state.view(-1, size).mH, slope.view(-1, size), out=whole))
        return whole.T
    g, x = slope.view(left, size, right), state.view(left, size, right)
    if left == 1:
        _add_product(g[0], x[0], found, steps, first=True)
        return found
    at_once = min(left, CHUNK // (size * right))
    if at_once < 2:
        for above in range(left):
            _add_product(g[above], x[above], found, steps, first=above == 0)
        return found
    copies = scratch[: 2 * size * at_once * right].view(2, size, at_once, right)
    pair = copies.view(2, size, -1)
    for begin in range(0, left, at_once):
        for copy, one in zip(copies, (g, x), strict=True):
            steps.append(partial(copy.copy_, one[begin : begin + at_once].transpose(0, 1)))
        _add_product(pair[0], pair[1], found, steps, first=begin == 0)
    return found


def _add_product(g: Tensor, x: Tensor, found: Tensor, steps: list[Do], *, first: bool) -> None:
    """found (+)= g x†, or its real part if `found` is real; both of shape [2**k, any]."""
    if found.is_complex():
        a, b = g, x.mH
    else:
        a, b = torch.view_as_real(g).flatten(-2), torch.view_as_real(x).flatten(-2).T
    steps.append(_multiply(a, b, found, first=first))


def _multiply(a: Tensor, b: Tensor, found: Tensor, *, first: bool) -> Do:
    if first:
        return partial(torch.mm, a, b, out=found)
    return partial(torch.addmm, found, a, b, out=found)


def bit_slopes(overlap: Tensor, width: int, steps: list[Do]) -> Tensor:
    """For each bit Re Σ S[1, 0] - S[0, 1] over all others, shape [width]: Re <l|((0, -1), (1, 0))|psi>."""
    rows = _skew(width).to(overlap.device, overlap.dtype)
    if not overlap.is_contiguous():  # a transpose, which changes the sign
        overlap, rows = overlap.T, -rows
    found = torch.empty(width, dtype=overlap.dtype, device=overlap.device)
    steps.append(partial(torch.mv, rows, overlap.view(-1), out=found))
    return found.real if found.is_complex() else found


@lru_cache(maxsize=8)
def _skew(width: int) -> Tensor:
    size = 1 << width
    rows = torch.zeros(width, size, size)
    for bit in range(width):
        for column in range(size):
            row = column ^ 1 << bit
            rows[bit, row, column] = 1.0 if row > column else -1.0
    return rows.view(width, -1)
