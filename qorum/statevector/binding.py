"""Angles to the numbers of a plan's stages: all turns at once, and all tables of a size at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from qorum.statevector.elements import Angle
from qorum.statevector.specs import Factor, Group

Tensor = torch.Tensor
Parts = tuple[tuple[float, float, float, float] | int, ...]

IDENTITY = (1.0, 0.0, 0.0, 1.0)


class TurnMatrices:
    """The real 2 x 2 matrices of a plan, and their Kronecker products."""

    def __init__(self, turns: Sequence[Parts], groups: Sequence[Group], device: torch.device) -> None:
        """The first of `turns` are those whose states `columns` gives."""
        unique: dict[Parts, int] = {}
        for parts in turns:
            unique.setdefault(parts, len(unique))
        self._fixed = [IDENTITY]
        self._slots: list[int] = []
        chains = [[self._row(part) for part in parts] for parts in unique]
        longest = max((len(chain) for chain in chains), default=0)
        # Rows of the table: fixed matrices first, those of the slots behind them.
        rows = [[self._place(chain[i]) if i < len(chain) else 0 for chain in chains] for i in range(longest)]
        self._chains = [torch.tensor(row, device=device) for row in rows]
        self._slot_index = torch.tensor(self._slots, dtype=torch.long, device=device)
        self._table = torch.tensor(self._fixed, dtype=torch.float64, device=device)
        self._order = torch.tensor([unique[parts] for parts in turns], dtype=torch.long, device=device)
        self.columns_in_order = bool(turns) and [unique[p] for p in turns] == list(range(len(turns)))
        one = len(unique)  # the identity, put behind all others
        self._groups: dict[int, tuple[list[int], Tensor]] = {}
        for width in {group.width for group in groups}:
            places = [i for i, group in enumerate(groups) if group.width == width]
            wanted = [[one if t is None else unique[t] for t in groups[i].turns] for i in places]
            self._groups[width] = (places, torch.tensor(wanted, device=device))
        self._count = len(groups)

    def _row(self, part: tuple[float, float, float, float] | int) -> tuple[bool, int]:
        if isinstance(part, int):
            if part not in self._slots:
                self._slots.append(part)
            return True, self._slots.index(part)
        if part not in self._fixed:
            self._fixed.append(part)
        return False, self._fixed.index(part)

    def _place(self, row: tuple[bool, int]) -> int:
        is_slot, place = row
        return len(self._fixed) + place if is_slot else place

    def single(self, values: Tensor) -> Tensor:
        """The matrices by themselves, the identity last; shape [..., turns + 1, 2, 2]."""
        fixed = self._table.to(values.dtype).expand(*values.shape[:-1], -1, -1)
        rows = fixed
        if self._slots:
            half = values.index_select(-1, self._slot_index) * 0.5
            c, s = half.cos(), half.sin()
            rows = torch.cat([fixed, torch.stack([c, -s, s, c], -1)], -2)
        identity = rows[..., :1, :].unflatten(-1, (2, 2))
        if not self._chains:
            return identity
        product = rows.index_select(-2, self._chains[0]).unflatten(-1, (2, 2))
        for chain in self._chains[1:]:
            product = rows.index_select(-2, chain).unflatten(-1, (2, 2)) @ product
        return torch.cat([product, identity], -3)

    def columns(self, single: Tensor, count: int) -> Tensor:
        """What the first `count` turns make of |0>, shape [..., count, 2]."""
        return single.index_select(-3, self._order[:count])[..., 0]

    def groups(self, single: Tensor) -> list[Tensor]:
        """The Kronecker product of each group, shape [..., 2**k, 2**k]."""
        found: list[Tensor] = [single] * self._count
        for width, (places, wanted) in self._groups.items():
            factors = single.index_select(-3, wanted.view(-1)).unflatten(-3, wanted.shape)
            product = factors[..., width - 1, :, :]
            for bit in reversed(range(width - 1)):
                product = _kronecker(product, factors[..., bit, :, :])
            for i, place in enumerate(places):
                found[place] = product[..., i, :, :]
        return found


def _kronecker(high: Tensor, low: Tensor) -> Tensor:
    """Of the last two dimensions."""
    product = high[..., :, None, :, None] * low[..., None, :, None, :]
    size = high.shape[-1] * low.shape[-1]
    return product.reshape(*product.shape[:-4], size, size)


class PhaseTables:
    """The tables of a plan's factors, and single phases."""

    def __init__(
        self, factors: Sequence[Factor], angles: Sequence[Angle], num_slots: int, device: torch.device
    ) -> None:
        self._count, self._singles = len(factors), len(angles)
        self._sizes: list[tuple[list[int], Tensor, _Linear]] = []
        for size in sorted({factor.mask.bit_count() for factor in factors}):
            places = [i for i, factor in enumerate(factors) if factor.mask.bit_count() == size]
            most = max(len(factors[i].terms) for i in places)
            incidence = torch.stack([_incidence(factors[i], most) for i in places]).to(device)
            padded = [
                [angle for _, angle in factors[i].terms] + [Angle()] * (most - len(factors[i].terms))
                for i in places
            ]
            flat = [angle for row in padded for angle in row]
            self._sizes.append((places, incidence, _Linear(flat, num_slots, device)))
        self._angles = _Linear(angles, num_slots, device)

    def tables(self, values: Tensor) -> list[Tensor]:
        """One for each factor, shape [..., 2**s], complex."""
        found: list[Tensor] = [values] * self._count
        for places, incidence, linear in self._sizes:
            coefficients = linear(values).unflatten(-1, (len(places), -1, 1))
            phases = (incidence.to(values.dtype) @ coefficients).squeeze(-1)
            tables = torch.polar(torch.ones_like(phases), phases)
            for i, place in enumerate(places):
                found[place] = tables[..., i, :]
        return found

    def singles(self, values: Tensor) -> Tensor:
        """exp(i angle) of each single phase, shape [..., singles]."""
        angles = self._angles(values)
        return torch.polar(torch.ones_like(angles), angles)


def _incidence(factor: Factor, width: int) -> Tensor:
    """Which terms each entry of the table has, shape [2**s, width]."""
    positions = [bit for bit in range(factor.mask.bit_length()) if factor.mask >> bit & 1]
    packed = {position: 1 << place for place, position in enumerate(positions)}
    masks = [sum(packed[bit] for bit in positions if term >> bit & 1) for term, _ in factor.terms]
    entries = torch.arange(1 << len(positions)).unsqueeze(1)
    wanted = torch.tensor(masks)
    found = torch.zeros(1 << len(positions), width, dtype=torch.float64)
    found[:, : len(masks)] = (entries & wanted == wanted).to(torch.float64)
    return found


class _Linear:
    """Angles as a linear function of the slots."""

    def __init__(self, angles: Sequence[Angle], num_slots: int, device: torch.device) -> None:
        constants = [angle.constant for angle in angles]
        self._constant = torch.tensor(constants, dtype=torch.float64, device=device)
        entries = [
            (slot, place, weight) for place, angle in enumerate(angles) for slot, weight in angle.slots
        ]
        # Most angles are one slot each: picked out and scaled; a matrix for the rest.
        alone = [angle.slots[0] if angle.slots else (0, 0.0) for angle in angles]
        self._single = num_slots > 0 and all(len(angle.slots) <= 1 for angle in angles)
        self._index = torch.tensor([slot for slot, _ in alone], dtype=torch.long, device=device)
        self._scale = torch.tensor([weight for _, weight in alone], dtype=torch.float64, device=device)
        self._offset = any(constants)
        if not self._single:
            self._matrix = torch.zeros(num_slots, len(angles), dtype=torch.float64, device=device)
            for slot, place, weight in entries:
                self._matrix[slot, place] = weight

    def __call__(self, values: Tensor) -> Tensor:
        if self._single:
            angles = values.index_select(-1, self._index) * self._scale.to(values.dtype)
        else:
            angles = values @ self._matrix.to(values.dtype)
        return angles + self._constant.to(values.dtype) if self._offset else angles
