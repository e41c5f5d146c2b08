"""Noisy stretches of a program without errors: segments that are planned once and run in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from qorum.statevector.evolution import Evolution
from qorum.statevector.gate_ir import Element
from qorum.statevector.gates import dense
from qorum.statevector.noisy_program import Noise, NoisyProgram
from qorum.statevector.program import Gate

Tensor = torch.Tensor

LIKELY = 0.5
"""Segments are as long as they can be while no error is at least so likely in them."""


def norms(states: Tensor) -> Tensor:
    """Squared norms of states, shape [batch]."""
    # Four times as fast as linalg.vector_norm, and summed pairwise, unlike a matrix product.
    return torch.view_as_real(states).flatten(1).square().sum(dim=1)


def normalized(states: Tensor) -> Tensor:
    """States over their norms; those of norm 0 stay 0."""
    return states * norms(states).clamp_min(torch.finfo(states.real.dtype).tiny).rsqrt().unsqueeze(1)


class Stretches:
    """Segments of gates and channels in which no error happens.

    Segments are those of a binary tree over each stretch, so that whatever jumps where, few
    different ones are ever planned.
    """

    def __init__(self, program: NoisyProgram, dtype: torch.dtype, device: torch.device) -> None:
        self._program, self._dtype, self._device = program, dtype, device
        exact = torch.float32 if device.type == "mps" else torch.float64
        self._values = program.program.angles.values(dtype=exact).to(device)
        self._bounds = _bounds(program)
        self._quiet = np.concatenate([[0.0], np.cumsum([_log_quiet(step) for step in program.steps])])
        self._planned: dict[tuple[int, int], _Segment] = {}

    def end_from(self, position: int) -> int:
        """Where the segment ends that is to be run from `position` on; `position` if none starts there."""
        begin, end = self._bounds[position]
        if begin == end:
            return position
        offset, length = position - begin, end - begin
        size = 1 << (length - 1).bit_length() if offset == 0 else offset & -offset
        while size > 1 and self._quiet[min(position + size, end)] - self._quiet[position] < np.log(LIKELY):
            size //= 2
        return min(position + size, end)

    def run(self, begin: int, end: int, states: Tensor) -> tuple[Tensor, np.ndarray]:
        """States after a segment without errors, normalized, and how likely that is for each.

        Args:
            begin: first step.
            end: the step after the last.
            states: normalized, shape [batch, 2**n]; kept.
        """
        if (begin, end) not in self._planned:
            self._planned[begin, end] = self._plan(begin, end)
        segment = self._planned[begin, end]
        evolution = segment.evolution
        evolved = states if evolution is None else evolution.of(states, self._values)
        if segment.keeps_norms:
            return evolved, np.full(len(states), segment.quiet_probability)
        weights = norms(evolved).cpu().numpy().astype(float)
        return normalized(evolved), np.clip(segment.quiet_probability * weights, 0.0, 1.0)

    def _plan(self, begin: int, end: int) -> _Segment:
        elements: list[Element] = []
        keeps_norms, quiet_probability = True, 1.0
        for step in self._program.steps[begin:end]:
            if isinstance(step, Gate):
                elements.extend(step.elements)
            elif isinstance(step, Noise):
                quiet_probability *= step.channel.quiet_probability
                if not step.channel.quiet_is_identity:
                    keeps_norms = False
                    elements.append(dense(step.channel.quiet, step.operands))
        if not elements:
            return _Segment(None, quiet_probability, keeps_norms)
        inner = self._program.program
        evolution = Evolution(
            elements, inner.num_qubits, len(inner.angles), dtype=self._dtype, device=self._device
        )
        return _Segment(evolution, quiet_probability, keeps_norms)


@dataclass(frozen=True)
class _Segment:
    """What happens in a segment without errors: nothing, where `evolution` is None."""

    evolution: Evolution | None
    quiet_probability: float
    keeps_norms: bool


def _log_quiet(step: object) -> float:
    """Logarithm of the probability that a fully mixed state sees no error."""
    if not isinstance(step, Noise):
        return 0.0
    first = step.channel.operators[0]
    return float(np.log(max(np.vdot(first, first).real / len(first), 1e-300)))


def _bounds(program: NoisyProgram) -> list[tuple[int, int]]:
    """For each step the stretch it is in, as half-open range; empty for measurements and the like."""
    bounds: list[tuple[int, int]] = []
    steps, targets = program.steps, program.targets
    begin = 0
    while begin < len(steps):
        end = begin
        while (
            end < len(steps) and isinstance(steps[end], Gate | Noise) and (end == begin or end not in targets)
        ):
            end += 1
        bounds.extend([(begin, end)] * max(1, end - begin))
        begin = max(end, begin + 1)
    return bounds
