"""Angles to the numbers of a plan's stages, all at once.

One affine map takes the inputs (slots, or the free parameters behind them) to every number's angle;
every entry of every turn is a sine of such an angle, every phase a sum of some.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, pi

import numpy as np
import torch

from qorum.statevector.gate_ir import Angle
from qorum.statevector.passes import Factor, Group, Parts

Tensor = torch.Tensor

IDENTITY = (1.0, 0.0, 0.0, 1.0)

LARGEST_MATRIX = 1 << 18
"""Entries of an affine map that is kept as a matrix; larger ones are sparse."""


class Affine:
    """Angles as an affine function of inputs, shape [..., inputs] to [..., angles]."""

    def __init__(self, angles: Sequence[Angle], num_inputs: int, device: torch.device) -> None:
        exact = torch.float32 if device.type == "mps" else torch.float64
        self.num_inputs = num_inputs
        self.constant = torch.tensor([a.constant for a in angles], dtype=exact, device=device)
        entries = [(place, slot, w) for place, a in enumerate(angles) for slot, w in a.slots]
        self._dense: Tensor | None = None
        self._is_constant = not entries
        if len(angles) * num_inputs <= LARGEST_MATRIX:
            dense = np.zeros((num_inputs, len(angles)))
            if entries:
                places, slots, weights = zip(*entries, strict=True)
                np.add.at(dense, (slots, places), weights)
            self._dense = torch.from_numpy(dense).to(device, exact)
        else:
            self._places = torch.tensor([place for place, _, _ in entries], device=device)
            self._inputs = torch.tensor([slot for _, slot, _ in entries], device=device)
            self._weights = torch.tensor([w for _, _, w in entries], dtype=exact, device=device)

    def __call__(self, inputs: Tensor) -> Tensor:
        """The angles in radians."""
        if self._is_constant:
            return self.constant.expand(*inputs.shape[:-1], -1)
        if self._dense is not None:
            if inputs.dim() == 1:
                return torch.addmv(self.constant, self._dense.T, inputs)
            return torch.addmm(self.constant, inputs, self._dense)
        terms = inputs.index_select(-1, self._inputs) * self._weights
        start = self.constant.expand(*inputs.shape[:-1], -1)
        return start.index_add(-1, self._places, terms)

    def transposed(self, slopes: Tensor) -> Tensor:
        """The gradient by the inputs, shape [inputs], from that by the angles, shape [angles]."""
        if self._dense is not None:
            return self._dense @ slopes
        zero = torch.zeros(self.num_inputs, dtype=slopes.dtype, device=slopes.device)
        return zero.index_add(0, self._inputs, slopes[self._places] * self._weights)

    def into(self, inputs: Tensor, out: Tensor) -> None:
        """The angles, written to `out`."""
        if self._is_constant or self._dense is None:
            out.copy_(self(inputs))
        elif inputs.dim() == 1:
            torch.addmv(self.constant, self._dense.T, inputs, out=out)
        else:
            torch.addmm(self.constant, inputs, self._dense, out=out)


class TurnAngles:
    """The real 2 x 2 matrices of a plan's groups, and their Kronecker products."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.count = len(groups)
        widths = sorted({group.width for group in groups})
        self.widths = [(w, [i for i, group in enumerate(groups) if group.width == w]) for w in widths]
        turns: list[Parts] = [
            (IDENTITY,) if parts is None else parts
            for _, places in self.widths
            for i in places
            for parts in groups[i].turns
        ]
        self.longest = max((len(parts) for parts in turns), default=0)
        padded = [parts[i] if i < len(parts) else IDENTITY for i in range(self.longest) for parts in turns]
        self.angles = [angle for part in padded for angle in entry_angles(part)]

    def matrices(self, entries: Tensor, dtype: torch.dtype) -> list[Tensor]:
        """The Kronecker product of each group, shape [..., 2**k, 2**k].

        Args:
            entries: sines of `angles`, shape [..., angles].
            dtype: of the products.
        """
        parts = entries.to(dtype).view(*entries.shape[:-1], self.longest, -1, 2, 2)
        single = parts[..., 0, :, :, :]
        for i in range(1, self.longest):
            single = parts[..., i, :, :, :] @ single
        found: list[Tensor] = [single] * self.count
        start = 0
        for width, places in self.widths:
            rows = single[..., start : start + width * len(places), :, :]
            start += width * len(places)
            rows = rows.unflatten(-3, (len(places), width))
            product = rows[..., width - 1, :, :]
            for bit in reversed(range(width - 1)):
                product = _kronecker(product, rows[..., bit, :, :])
            for place, matrix in zip(places, product.unbind(-3), strict=True):
                found[place] = matrix
        return found


def entry_angles(part: tuple[float, float, float, float] | int) -> list[Angle]:
    """Angles whose sines are a matrix's entries, row after row; a slot is that of an RY's angle."""
    if isinstance(part, int):
        half, back = ((part, 0.5),), ((part, -0.5),)
        return [Angle(pi / 2, half), Angle(0.0, back), Angle(0.0, half), Angle(pi / 2, half)]
    return [Angle(asin(max(-1.0, min(1.0, entry)))) for entry in part]


def _kronecker(high: Tensor, low: Tensor) -> Tensor:
    """Of the last two dimensions."""
    product = high[..., :, None, :, None] * low[..., None, :, None, :]
    size = high.shape[-1] * low.shape[-1]
    return product.reshape(*product.shape[:-4], size, size)


class PhaseAngles:
    """The tables of a plan's factors."""

    def __init__(self, factors: Sequence[Factor], device: torch.device) -> None:
        exact = torch.float32 if device.type == "mps" else torch.float64
        self._count = len(factors)
        self.sizes: list[tuple[list[int], Tensor]] = []
        self.angles: list[Angle] = []
        for size in sorted({factor.mask.bit_count() for factor in factors}):
            places = [i for i, factor in enumerate(factors) if factor.mask.bit_count() == size]
            most = max(len(factors[i].terms) for i in places)
            incidence = torch.stack([_incidence(factors[i], most) for i in places])
            self.sizes.append((places, incidence.to(device, exact)))
            for i in places:
                self.angles.extend(angle for _, angle in factors[i].terms)
                self.angles.extend([Angle()] * (most - len(factors[i].terms)))

    def tables(self, angles: Tensor, dtype: torch.dtype) -> list[Tensor]:
        """One for each factor, shape [..., 2**s], complex, from `angles` as their values."""
        found: list[Tensor] = [angles] * self._count
        start = 0
        for places, incidence in self.sizes:
            count, _, most = incidence.shape
            coefficients = angles[..., start : start + count * most].unflatten(-1, (count, most, 1))
            start += count * most
            phases = (incidence @ coefficients).squeeze(-1)
            tables = torch.complex(phases.cos(), phases.sin()).to(dtype)
            for place, table in zip(places, tables.unbind(-2), strict=True):
                found[place] = table
        return found


def _incidence(factor: Factor, width: int) -> Tensor:
    """Padded with zeros to `width` terms."""
    found = torch.zeros(1 << factor.mask.bit_count(), width)
    found[:, : len(factor.terms)] = incidence_of(factor.mask, [term for term, _ in factor.terms])
    return found


def incidence_of(mask: int, terms: Sequence[int]) -> Tensor:
    """Which terms, subsets of the mask, each entry of a table over its bits has; shape [2**s, terms]."""
    positions = [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
    packed = {position: 1 << place for place, position in enumerate(positions)}
    masks = [sum(packed[bit] for bit in positions if term >> bit & 1) for term in terms]
    entries = torch.arange(1 << len(positions)).unsqueeze(1)
    wanted = torch.tensor(masks, dtype=torch.long)
    return (entries & wanted == wanted).to(torch.float32)
