"""A plan on a device: indices made, and ready to be bound to angles again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from qorum.statevector.binding import Affine, PhaseAngles, TurnAngles
from qorum.statevector.blocks import block_matrix
from qorum.statevector.gate_ir import Angle
from qorum.statevector.kernels import Matrix, Stage, SubspacePhase, Table
from qorum.statevector.layout import moved_dimensions
from qorum.statevector.passes import Block, Factor, Group, Moves, Phases, Reflections, Relayout, Spec, Turns
from qorum.statevector.permutations import Transposition
from qorum.statevector.plan import Plan, move_stages, relayout_stages
from qorum.statevector.reflections import ProductPhase

Tensor = torch.Tensor
Linear = Callable[[Angle], Angle]
"""An angle of slots as an angle of inputs."""


def same(angle: Angle) -> Angle:
    """Inputs that are the slots themselves."""
    return angle


@dataclass(frozen=True)
class Bound:
    """What a plan's stages apply, one for each; None for permutations.

    Attributes:
        each: whether there is one for each state of a batch.
        start: states of ranges of qubits, lowest first, real, shape [..., 2**k]; empty for any state.
        numbers: for each stage its matrix, table or phase.
    """

    each: bool
    start: list[Tensor]
    numbers: list[Tensor | None]


class Prepared:
    """Stages of a plan, and the map from inputs to what they apply."""

    def __init__(
        self,
        plan: Plan,
        dtype: torch.dtype,
        device: torch.device,
        num_inputs: int,
        linear: Linear = same,
    ) -> None:
        """Prepare a plan for inputs: the slots themselves, or what `linear` makes the slots of."""
        self.plan, self.dtype, self.device, self.linear = plan, dtype, device, linear
        self.real = torch.float32 if dtype == torch.complex64 else torch.float64
        self.stages: list[Stage] = []
        self.groups: list[tuple[int, Group]] = []
        self.factors: list[tuple[int, Factor]] = []
        self.singles: list[tuple[int, Angle]] = []
        self.blocks: list[tuple[int, Block]] = []
        for spec in plan.specs:
            self._add(spec)
        start = list(plan.start or ())
        self.turns = TurnAngles([*start, *(group for _, group in self.groups)])
        self.phases = PhaseAngles([factor for _, factor in self.factors], device)
        angles = [*self.turns.angles, *self.phases.angles, *(angle for _, angle in self.singles)]
        self.affine = Affine([linear(angle) for angle in angles], num_inputs, device)
        slots = sorted({slot for _, block in self.blocks for slot in block.slots})
        self._slots = {slot: place for place, slot in enumerate(slots)}
        self._block_angles = Affine([linear(Angle(0.0, ((s, 1.0),))) for s in slots], num_inputs, device)

    def _add(self, spec: Spec) -> None:
        n, place = self.plan.num_qubits, len(self.stages)
        if isinstance(spec, Turns):
            for group in spec.groups:
                self.groups.append((len(self.stages), group))
                self.stages.append(Matrix(group.position, group.width, n, real=True))
        elif isinstance(spec, Phases):
            for factor in spec.factors:
                self.factors.append((len(self.stages), factor))
                self.stages.append(Table(factor.mask, n))
            for part in spec.slices:
                self.singles.append((len(self.stages), part.angle))
                self.stages.append(SubspacePhase(part.mask, n))
        elif isinstance(spec, Moves):
            self.stages.extend(move_stages(spec, n, self.device))
        elif isinstance(spec, Reflections):
            for vectors, angle in spec.parts:
                self.singles.append((len(self.stages), angle))
                self.stages.append(ProductPhase(vectors, n, self.dtype, self.device))
        elif isinstance(spec, Relayout):
            self.stages.extend(relayout_stages(spec, n, self.device))
        else:
            rotate = spec.before is not None and spec.permuted is not None
            if spec.before is not None and spec.permuted is not None:
                place += 1
                self.stages.append(Transposition(*moved_dimensions(spec.before, spec.permuted)))
            self.blocks.append((place, spec))
            self.stages.append(Matrix(spec.position, len(spec.operands), n, real=False, rotate=rotate))

    def bind(self, inputs: Tensor) -> Bound:
        """The numbers for some inputs, shape [inputs] or [batch, inputs], real; autograd sees them."""
        numbers: list[Tensor | None] = [None] * len(self.stages)
        angles = self.affine(inputs)
        turned, phased = len(self.turns.angles), len(self.phases.angles)
        start: list[Tensor] = []
        if turned:
            matrices = self.turns.matrices(angles[..., :turned].sin(), self.real)
            first = len(matrices) - len(self.groups)
            start = [matrix[..., 0] for matrix in matrices[:first]]
            for (place, _), matrix in zip(self.groups, matrices[first:], strict=True):
                stage = self.stages[place]
                is_real = isinstance(stage, Matrix) and stage.real
                numbers[place] = matrix if is_real else matrix.to(self.dtype)
        if phased:
            tables = self.phases.tables(angles[..., turned : turned + phased], self.dtype)
            for (place, _), table in zip(self.factors, tables, strict=True):
                numbers[place] = table
        if self.singles:
            left = angles[..., turned + phased :]
            factors = torch.complex(left.cos(), left.sin()).to(self.dtype)
            for (place, _), factor in zip(self.singles, factors.unbind(-1), strict=True):
                numbers[place] = factor
        for place, matrix in self.block_matrices(inputs):
            numbers[place] = matrix
        return Bound(inputs.dim() == 2, start, numbers)

    def block_matrices(self, inputs: Tensor) -> list[tuple[int, Tensor]]:
        """The stages that are blocks, and their matrices."""
        if not self.blocks:
            return []
        values = self._block_angles(inputs)
        return [
            (place, block_matrix(block, values, self._slots, self.dtype, self.device))
            for place, block in self.blocks
        ]


def product_state(parts: list[Tensor], dtype: torch.dtype) -> Tensor:
    """The Kronecker product of states of ranges of qubits, lowest first; shape [batch, 2**n]."""
    parts = [part if part.dim() == 2 else part.unsqueeze(0) for part in parts]
    batch = len(parts[0])
    state = parts[0]
    for part in parts[1:-1]:
        state = (part.unsqueeze(2) * state.unsqueeze(1)).view(batch, -1)
    if len(parts) == 1:
        return state.to(dtype)
    return (parts[-1].to(dtype).unsqueeze(2) * state.unsqueeze(1)).view(batch, -1)
