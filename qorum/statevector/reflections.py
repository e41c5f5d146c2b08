"""The phase of a product state: two passes over the state instead of two layers of matrices."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from qorum.statevector.kernels import Act, Do, Stage
from qorum.statevector.layout import runs

Tensor = torch.Tensor


class ProductPhase(Stage):
    """psi + (phase - 1) |v><v|psi> for a product state v of some bits; the phase is bound, shape []."""

    def __init__(
        self,
        vectors: Sequence[tuple[int, tuple[float, float]]],
        num_bits: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        """`vectors` are the bits of v, lowest first, and their real states."""
        half = num_bits // 2
        self._low = _product([v for bit, v in vectors if bit < half]).to(device, dtype)
        self._high = _product([v for bit, v in vectors if bit >= half]).to(device, dtype)
        mask = sum(1 << bit for bit, _ in vectors)
        self._is_full = len(vectors) == num_bits
        self._rows = 1 << num_bits - half
        dims = runs(mask, num_bits)
        self._dims = [1 << length for length, _ in dims]
        self._shape = [1 << length if is_in else 1 for length, is_in in dims]
        self._summed = [place + 1 for place, (_, is_in) in enumerate(dims) if is_in]

    def _vector(self) -> Tensor:
        return torch.outer(self._high, self._low).view(1, *self._shape)

    def _along(self, state: Tensor) -> Tensor:
        """<v|psi>, shape [batch, ...] over the bits that v leaves alone."""
        if self._is_full:
            return (state.view(len(state), self._rows, -1) @ self._low) @ self._high
        return (state.view(-1, *self._dims) * self._vector()).sum(self._summed, keepdim=True)

    def act(self, state: Tensor, spare: Tensor, *, each: bool, undo: bool = False) -> tuple[Act, Tensor]:
        """See `Stage`."""

        def bound_to(phase: Tensor) -> Do:
            def reflect() -> None:
                factor = (phase.conj() if undo else phase) - 1  # now: the bound memory may be filled later
                along = self._along(state)
                if self._is_full:
                    high = (along * factor).view(-1, 1) * self._high
                    for rows, scaled in zip(state.view(len(state), self._rows, -1), high, strict=True):
                        rows.addr_(scaled, self._low)
                else:
                    shape = [-1, *[1] * len(self._dims)]
                    state.view(-1, *self._dims).addcmul_(along * factor.view(shape), self._vector())

            return reflect

        return bound_to, state

    def of(self, state: Tensor, bound: Tensor | None) -> Tensor:
        """See `Stage`."""
        assert bound is not None
        view = state.view(-1, *self._dims)
        shape = [-1, *[1] * len(self._dims)]
        along = self._along(state)
        if self._is_full:
            along = along.view(shape)
        return (view + (bound - 1).view(shape) * along * self._vector()).view(state.shape)

    def overlap(self, state: Tensor, slope: Tensor) -> Tensor:
        """<v|slope><v|state>*, summed over the bits that v leaves alone; shape []."""
        return (self._along(slope) * self._along(state).conj()).sum()


def _product(vectors: Sequence[tuple[float, float]]) -> Tensor:
    """The Kronecker product, the first vector the lowest bit."""
    state = torch.ones(1, dtype=torch.float64)
    for vector in vectors:
        state = torch.outer(torch.tensor(vector, dtype=torch.float64), state).view(-1)
    return state
