"""The adjoint method by stages: a circuit is undone, and each stage tells the slopes of all its angles.

With psi the state and l the gradient there, both before a stage M that depends on an angle a:
dM/da = M K for a skew K that acts on the stage's bits alone (half of ((0, -1), (1, 0)) for a turn, i
times a projector for a phase), so dE/da = Re <l|K|psi>: a few numbers of the overlap of l and psi over
all other bits. Elementwise phases leave l psi* alone, so one product serves all tables of a layer.
(Jones and Gacon, arXiv:2009.02823, do it gate by gate.)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from qorum.statevector.binding import Affine, incidence_of
from qorum.statevector.gate_ir import Angle
from qorum.statevector.kernels import Do, Matrix, Stage, SubspacePhase, Table
from qorum.statevector.overlaps import CHUNK, bit_slopes, matrix_overlap
from qorum.statevector.passes import Group, Parts
from qorum.statevector.prepared import Prepared
from qorum.statevector.reflections import ProductPhase

Tensor = torch.Tensor

STACKED = 12
"""Qubits up to which state and gradient are undone in one call; larger ones share one scratch state."""


class Adjoint:
    """The backward half of a gradient, for a plan from |0…0> whose numbers are bound to given memory.

    Write the state after the circuit to `state` and H|psi> to `slope`, then call it.
    """

    def __init__(
        self,
        prepared: Prepared,
        numbers: Sequence[Tensor | None],
        given: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        """Make memory and steps for what the stages are bound to; a pair of large states is taken over."""
        self._prepared = prepared
        n = prepared.plan.num_qubits
        if given is None:
            self._tracks = [self._memory(2)] if n <= STACKED else [self._memory(1), self._memory(1)]
        else:
            self._tracks = list(given)
        self._spare = self._memory(len(self._tracks[0]))
        self.state, self.slope = self._pair()
        self._chunk = torch.empty(2 * min(CHUNK, 1 << n), dtype=prepared.dtype, device=prepared.device)
        self._steps: list[Do] = []
        self._angles: list[Angle] = []
        self._slopes: list[Tensor] = []
        self._overlaps: dict[int, Tensor] = {}
        self._product_is_there = False
        self._walk(numbers)
        device = prepared.device
        angles = [prepared.linear(angle) for angle in self._angles]
        self._linear = Affine(angles, prepared.affine.num_inputs, device)

    def __call__(self, inputs: Tensor) -> Tensor:
        """The gradient of <psi|H|psi> by the inputs, which the numbers are bound to; shape [inputs]."""
        for step in self._steps:
            step()
        gradient = torch.zeros_like(inputs)
        if self._slopes:
            gradient = 2 * self._linear.transposed(torch.cat(self._slopes).to(inputs.dtype))
        if self._overlaps:
            gradient = gradient + self._of_blocks(inputs)
        return gradient

    def _memory(self, rows: int) -> Tensor:
        prepared = self._prepared
        size = 1 << prepared.plan.num_qubits
        return torch.empty(rows, size, dtype=prepared.dtype, device=prepared.device)

    def _pair(self) -> tuple[Tensor, Tensor]:
        """State and gradient where they stand now, each of shape [1, 2**n]."""
        if len(self._tracks) == 1:
            return self._tracks[0][:1], self._tracks[0][1:]
        return self._tracks[0], self._tracks[1]

    def _walk(self, numbers: Sequence[Tensor | None]) -> None:
        prepared = self._prepared
        groups, factors = dict(prepared.groups), dict(prepared.factors)
        singles, blocks = dict(prepared.singles), dict(prepared.blocks)
        for place in reversed(range(len(prepared.stages))):
            stage = prepared.stages[place]
            if isinstance(stage, Table) and place in factors:
                self._table(stage, factors[place].mask, factors[place].terms)
            elif isinstance(stage, SubspacePhase) and _is_free([singles[place]]):
                self._subspace(stage, singles[place])
            self._undo(stage, numbers[place])
            if isinstance(stage, ProductPhase) and _is_free([singles[place]]):
                self._reflection(stage, singles[place])
            elif place in groups:
                self._turns(groups[place], after=False)
            elif place in blocks and blocks[place].slots and isinstance(stage, Matrix):
                self._overlaps[place] = matrix_overlap(stage, *self._pair(), self._chunk, self._steps)
        for group in prepared.plan.start or ():
            self._turns(group, after=True)

    def _undo(self, stage: Stage, number: Tensor | None) -> None:
        """Takes all tracks back before a stage."""
        for place, track in enumerate(self._tracks):
            act, after = stage.act(track, self._spare, each=False, undo=True)
            self._steps.append(act(track if number is None else number))
            if after is self._spare:
                self._tracks[place], self._spare = self._spare, track
        self._product_is_there = self._product_is_there and isinstance(stage, Table | SubspacePhase)

    def _turns(self, group: Group, *, after: bool) -> None:
        """The slopes of a group's angles, from the overlap before it, or after it at the start."""
        angles = [_turn_angle(parts, after) for parts in group.turns]
        if not _is_free(angles):
            return
        state, slope = self._pair()
        n = self._prepared.plan.num_qubits
        stage = Matrix(group.position, group.width, n, real=True)
        overlap = matrix_overlap(stage, state, slope, self._chunk, self._steps)
        self._keep(bit_slopes(overlap, group.width, self._steps), angles)

    def _product(self) -> Tensor:
        """Im l psi*, in scratch memory, shape [2**n]."""
        real = torch.view_as_real(self._spare[0]).view(-1)[: self._spare.shape[1]]
        if not self._product_is_there:
            state, slope = (torch.view_as_real(one[0]) for one in self._pair())
            self._steps.append(partial(torch.mul, slope[:, 1], state[:, 0], out=real))
            self._steps.append(partial(real.addcmul_, slope[:, 0], state[:, 1], value=-1))
            self._product_is_there = True
        return real

    def _table(self, stage: Table, mask: int, terms: Sequence[tuple[int, Angle]]) -> None:
        angles = [angle for _, angle in terms]
        if not _is_free(angles):
            return
        sums = stage.summed(self._product(), self._steps)
        incidence = incidence_of(mask, [term for term, _ in terms]).to(sums)
        found = torch.empty(len(angles), dtype=sums.dtype, device=sums.device)
        self._steps.append(partial(torch.mv, incidence.T, sums, out=found))
        self._keep(found, angles)

    def _subspace(self, stage: SubspacePhase, angle: Angle) -> None:
        part = stage.part(self._product().unsqueeze(0))
        found = torch.empty(1, dtype=part.dtype, device=part.device)
        self._steps.append(lambda: found.copy_(part.sum()))
        self._keep(found, [angle])

    def _reflection(self, stage: ProductPhase, angle: Angle) -> None:
        state, slope = self._pair()
        found = torch.empty(1, dtype=self._prepared.real, device=state.device)
        self._steps.append(lambda: found.copy_(stage.overlap(state, slope).imag))
        self._keep(found, [angle])

    def _keep(self, slopes: Tensor, angles: list[Angle]) -> None:
        self._slopes.append(slopes)
        self._angles.extend(angles)

    def _of_blocks(self, inputs: Tensor) -> Tensor:
        """By autograd through the blocks' small matrices."""
        with torch.enable_grad():
            leaf = inputs.detach().requires_grad_()
            made = [
                (m, self._overlaps[p])
                for p, m in self._prepared.block_matrices(leaf)
                if p in self._overlaps and m.requires_grad  # angles of a block may all be bound
            ]
            if not made:
                return torch.zeros_like(inputs)
            matrices = [matrix for matrix, _ in made]
            given = [2 * matrix.detach() @ overlap for matrix, overlap in made]
            (gradient,) = torch.autograd.grad(matrices, leaf, given)
        return gradient


def _is_free(angles: Sequence[Angle]) -> bool:
    return any(angle.slots for angle in angles)


def _turn_angle(parts: Parts | None, after: bool) -> Angle:
    """The angles of a turn's parts, each with half the sign that K gets from the fixed parts beside it."""
    slots: list[tuple[int, float]] = []
    parts = parts or ()
    for place, part in enumerate(parts):
        if isinstance(part, int):
            beside = parts[place + 1 :] if after else parts[:place]
            sign = 0.5
            for other in beside:
                if not isinstance(other, int) and other[0] * other[3] - other[1] * other[2] < 0:
                    sign = -sign
            slots.append((part, sign))
    return Angle(0.0, tuple(slots))
