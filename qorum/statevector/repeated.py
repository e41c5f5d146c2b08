"""A small circuit in memory of its own, where only arithmetic is left to do for each run.

Below some thousands of amplitudes a call of PyTorch costs more than its arithmetic, and making views
and results as much again: here all of them are made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from qorum.statevector.kernels import Do, Matrix
from qorum.statevector.prepared import Prepared, product_state

Tensor = torch.Tensor


class Repeated:
    """Runs a prepared plan from |0…0> for one set of inputs, or for a batch of a fixed size."""

    def __init__(self, prepared: Prepared, batch: int | None) -> None:
        """Make all memory and views; `batch` None for one set of inputs."""
        self._prepared = prepared
        self._lead = () if batch is None else (batch,)
        self.numbers: list[Tensor | None] = [None] * len(prepared.stages)
        self._steps: list[Do] = []
        self._make_angles()
        start = self._make_turns()
        self._make_phases()
        self._make_blocks()
        self._binding, self._steps = self._steps, []
        if not prepared.affine.num_inputs:
            self._bind_once()
        self._make_passes(start, 1 if batch is None else batch, batch is not None)

    def __call__(self, inputs: Tensor) -> Tensor:
        """The states, shape [batch, 2**n], in memory of their own."""
        return self.run(inputs).clone()

    def run(self, inputs: Tensor) -> Tensor:
        """The states in memory that the next run overwrites."""
        if self._binding:
            self._inputs.copy_(inputs)
            for step in self._binding:
                step()
        for step in self._steps:
            step()
        return self._last

    def _bind_once(self) -> None:
        """Constant angles need it no more."""
        for step in self._binding:
            step()
        self._binding = []

    def _empty(self, *shape: int, dtype: torch.dtype) -> Tensor:
        return torch.empty(*self._lead, *shape, dtype=dtype, device=self._prepared.device)

    def _make_angles(self) -> None:
        affine = self._prepared.affine
        exact = affine.constant.dtype
        self._inputs = self._empty(affine.num_inputs, dtype=exact)
        self._angles = self._empty(len(affine.constant), dtype=exact)
        self._steps.append(partial(affine.into, self._inputs, self._angles))

    def _make_turns(self) -> list[Tensor]:
        """The groups' matrices; returns those of the start."""
        prepared, turns = self._prepared, self._prepared.turns
        if not turns.angles:
            return []
        sines = torch.empty_like(self._angles[..., : len(turns.angles)])
        self._steps.append(partial(torch.sin, self._angles[..., : len(turns.angles)], out=sines))
        entries = self._cast(sines, prepared.real)
        parts = entries.view(*self._lead, turns.longest, -1, 2, 2)
        single = parts[..., 0, :, :, :]
        for i in range(1, turns.longest):
            product = torch.empty_like(single, memory_format=torch.contiguous_format)
            self._steps.append(partial(torch.matmul, parts[..., i, :, :, :], single, out=product))
            single = product
        matrices: list[Tensor] = [single] * turns.count
        begin = 0
        for width, places in turns.widths:
            rows = single[..., begin : begin + width * len(places), :, :]
            begin += width * len(places)
            product = self._kronecker(rows.unflatten(-3, (len(places), width)), width)
            for place, matrix in zip(places, product.unbind(-3), strict=True):
                matrices[place] = matrix
        first = len(matrices) - len(prepared.groups)
        for (place, _), matrix in zip(prepared.groups, matrices[first:], strict=True):
            stage = prepared.stages[place]
            is_real = isinstance(stage, Matrix) and stage.real
            self.numbers[place] = matrix if is_real else self._cast(matrix, prepared.dtype)
        return [matrix[..., 0] for matrix in matrices[:first]]

    def _kronecker(self, rows: Tensor, width: int) -> Tensor:
        """Of `width` matrices, shape [..., groups, width, 2, 2]; pairs first, so that rows stay long."""
        if width == 1:
            return rows[..., 0, :, :]
        pairs = width // 2
        even = rows[..., : 2 * pairs, :, :].unflatten(-3, (pairs, 2))
        product = self._outer(even[..., 1, :, :], even[..., 0, :, :])
        joined = product[..., 0, :, :]
        for pair in range(1, pairs):
            joined = self._outer(product[..., pair, :, :], joined)
        return self._outer(rows[..., width - 1, :, :], joined) if width % 2 else joined

    def _outer(self, high: Tensor, low: Tensor) -> Tensor:
        """The Kronecker product of the last two dimensions."""
        a, b = high.shape[-1], low.shape[-1]
        out = torch.empty(*high.shape[:-2], a, b, a, b, dtype=high.dtype, device=high.device)
        left, right = high[..., :, None, :, None], low[..., None, :, None, :]
        self._steps.append(partial(torch.mul, left, right, out=out))
        return out.view(*high.shape[:-2], a * b, a * b)

    def _make_phases(self) -> None:
        prepared, phases = self._prepared, self._prepared.phases
        begin = len(prepared.turns.angles)
        for places, incidence in phases.sizes:
            count, size, most = incidence.shape
            angles = self._angles[..., begin : begin + count * most].unflatten(-1, (count, most, 1))
            begin += count * most
            sums = self._empty(count, size, 1, dtype=angles.dtype)
            self._steps.append(partial(torch.matmul, incidence, angles, out=sums))
            for place, table in zip(places, self._unit(sums[..., 0]).unbind(-2), strict=True):
                self.numbers[prepared.factors[place][0]] = table
        if prepared.singles:
            factors = self._unit(self._angles[..., begin:])
            for (place, _), factor in zip(prepared.singles, factors.unbind(-1), strict=True):
                self.numbers[place] = factor

    def _unit(self, angles: Tensor) -> Tensor:
        """exp(i angle)."""
        exact = torch.complex64 if angles.dtype == torch.float32 else torch.complex128
        found = torch.empty(angles.shape, dtype=exact, device=angles.device)
        self._steps.append(partial(torch.cos, angles, out=found.real))
        self._steps.append(partial(torch.sin, angles, out=found.imag))
        return self._cast(found, self._prepared.dtype)

    def _make_blocks(self) -> None:
        prepared = self._prepared
        if not prepared.blocks:
            return

        def bind() -> None:
            for place, matrix in prepared.block_matrices(self._inputs):
                number = self.numbers[place]
                assert number is not None
                number.copy_(matrix)

        for place, block in prepared.blocks:
            size = 1 << len(block.operands)
            self.numbers[place] = self._empty(size, size, dtype=prepared.dtype)
        self._steps.append(bind)

    def _make_passes(self, start: list[Tensor], batch: int, each: bool) -> None:
        prepared = self._prepared
        size = 1 << prepared.plan.num_qubits
        state = torch.empty(batch, size, dtype=prepared.dtype, device=prepared.device)
        spare = torch.empty_like(state)
        self._steps.append(_beginning(start, state))
        for stage, number in zip(prepared.stages, self.numbers, strict=True):
            act, after = stage.act(state, spare, each=each)
            self._steps.append(act(state if number is None else number))
            if after is spare:
                state, spare = spare, state
        self._last = state

    def _cast(self, source: Tensor, dtype: torch.dtype) -> Tensor:
        if source.dtype == dtype:
            return source
        found = torch.empty(source.shape, dtype=dtype, device=source.device)
        self._steps.append(partial(found.copy_, source))
        return found


def _beginning(start: Sequence[Tensor], state: Tensor) -> Do:
    """Writes the product of the ranges' states."""
    if len(start) == 1:
        return partial(state.copy_, start[0])
    if len(start) == 2:
        low, high = (part if part.dim() == 2 else part.unsqueeze(0) for part in start)
        product = torch.empty(len(state), high.shape[1], low.shape[1], dtype=low.dtype, device=low.device)
        multiply = partial(torch.mul, high.unsqueeze(2), low.unsqueeze(1), out=product)
        store = partial(state.copy_, product.view(state.shape))
        return lambda: (multiply(), store())
    return lambda: state.copy_(product_state(list(start), state.dtype))
