"""States as pairs of real numbers, for devices without complex arithmetic in all operations: Apple's GPUs.

A state has the shape [batch, 2, 2**n], float32: real parts, then imaginary ones. Both parts are rows of a
batch twice as long, to which the stages of a plan apply real numbers as they are. What a stage does is
affine in its number, so a complex number a + ib takes two passes over real rows:
S(a + ib) = S(a) + i (S(b) - S(0)); for matrices and tables S(0) is nothing. See docs/adr/012.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import cast

import torch

from qorum.errors import CircuitRejected
from qorum.statevector.gate_ir import Element
from qorum.statevector.kernels import Matrix, Stage, Table
from qorum.statevector.plan import plan_for
from qorum.statevector.prepared import Bound, Linear, Prepared, product_state, same

Tensor = torch.Tensor
CPU = torch.device("cpu")

MOST_DIMENSIONS = 16
"""Of a tensor that Metal's kernels in PyTorch take; a stage that needs more runs on the processor."""

MOST_AMPLITUDES = 1 << 27
"""Of all states of a batch: from 2**28 on, Apple's matrix products are wrong in some rows (see the ADR)."""


@dataclass(frozen=True)
class Pass:
    """One stage on the device.

    Attributes:
        stage: with its indices on the device.
        is_linear: whether the number 0 makes it vanish.
        device: where it runs: the states' device, or the processor for views of too many dimensions.
    """

    stage: Stage
    is_linear: bool
    device: torch.device


@dataclass(frozen=True)
class Number:
    """What a stage applies: a + ib; `imaginary` is None if all b are 0, `nothing` is 0 unless S(0) is."""

    real: Tensor
    imaginary: Tensor | None = None
    nothing: Tensor | None = None


class PairEvolution:
    """Like `qorum.statevector.evolution.Evolution`, with real arithmetic alone on the device.

    Numbers are bound on the processor in double precision; the states are single.
    """

    def __init__(
        self,
        elements: Sequence[Element],
        num_qubits: int,
        num_inputs: int,
        *,
        device: torch.device,
        linear: Linear | None = None,
    ) -> None:
        """Inputs are the slots of the elements' angles; or, with `linear`, what the slots are made of."""
        self.num_qubits, self.num_inputs, self.device = num_qubits, num_inputs, device
        self._elements, self._linear = tuple(elements), linear or same
        self._ready: dict[bool, tuple[Prepared, list[Pass]]] = {}

    def from_zero(self, inputs: Tensor) -> Tensor:
        """What |0…0> evolves to; no gradient flows.

        Args:
            inputs: in radians, shape [inputs] or [batch, inputs].

        Returns:
            Pairs on the device, shape [batch, 2, 2**n].

        Raises:
            CircuitRejected: more than `MOST_AMPLITUDES` in the batch.
        """
        with torch.no_grad():
            _refuse_too_many(len(inputs) if inputs.dim() == 2 else 1, self.num_qubits)
            prepared, passes = self._prepare(from_zero=True)
            bound = prepared.bind(_exact(inputs))
            parts = [_on(self.device, part) for part in bound.start]
            real = product_state(parts, torch.float32)
            pairs = torch.stack([real, torch.zeros_like(real)], 1)
            return passed(passes, numbers_on(passes, bound), pairs)

    def onward(self, pairs: Tensor, inputs: Tensor) -> Tensor:
        """What the given pairs evolve to; they are kept, and no gradient flows.

        Args:
            pairs: on the device, shape [batch, 2, 2**n].
            inputs: shape [inputs] or [batch, inputs].
        """
        with torch.no_grad():
            _refuse_too_many(len(pairs), self.num_qubits)
            prepared, passes = self._prepare(from_zero=False)
            return passed(passes, numbers_on(passes, prepared.bind(_exact(inputs))), pairs)

    def _prepare(self, *, from_zero: bool) -> tuple[Prepared, list[Pass]]:
        if from_zero not in self._ready:
            plan = plan_for(self._elements, self.num_qubits, from_zero, self.num_inputs > 0)
            prepared = Prepared(plan, torch.complex128, CPU, self.num_inputs, self._linear)
            moved: dict[tuple[int, torch.device], Tensor] = {}
            self._ready[from_zero] = prepared, [_pass(one, self.device, moved) for one in prepared.stages]
        return self._ready[from_zero]


def to_complex(pairs: Tensor) -> Tensor:
    """Complex64 on the processor, shape [batch, 2**n], of pairs on any device."""
    here = pairs.contiguous().cpu()
    return torch.complex(here[:, 0], here[:, 1])


def to_pairs(states: Tensor, device: torch.device) -> Tensor:
    """Pairs on the device of states on the processor, complex, shape [batch, 2**n]."""
    return torch.stack([states.real, states.imag], 1).to(torch.float32).to(device)


def weights(pairs: Tensor) -> Tensor:
    """Squared magnitudes, float32 on the device, shape [batch, 2**n]."""
    return (pairs * pairs).sum(1)


def _pass(stage: Stage, device: torch.device, moved: dict[tuple[int, torch.device], Tensor]) -> Pass:
    """A stage for real rows, with its tensors where it runs; what stages share is `moved` there once."""
    there = copy(stage)
    held = cast(dict[str, object], vars(there))
    if any(isinstance(kept, list) and len(kept) >= MOST_DIMENSIONS for kept in held.values()):
        device = CPU
    for name, kept in held.items():
        if isinstance(kept, Tensor):
            key = id(kept), device
            if key not in moved:
                moved[key] = _single(kept).to(device)
            setattr(there, name, moved[key])
    if isinstance(there, Matrix):
        there.real = False  # rows are real already: no view of complex numbers as real ones
    return Pass(there, isinstance(there, Matrix | Table), device)


def _single(kept: Tensor) -> Tensor:
    """Indices as they are; numbers, which are real wherever a stage has its own, in single precision."""
    if kept.is_complex():
        kept = kept.real
    return kept.to(torch.float32) if kept.is_floating_point() else kept


def numbers_on(passes: Sequence[Pass], bound: Bound) -> list[Number | None]:
    """What each stage applies to rows, single precision, on its device; None for permutations."""
    found: list[Number | None] = []
    for one, number in zip(passes, bound.numbers, strict=True):
        if number is None:
            found.append(None)
            continue
        if bound.each:
            number = number.repeat_interleave(2, 0)  # both parts of a state are rows
        real, imaginary = number.real, number.imag if number.is_complex() else None
        turned: list[Tensor] = []
        if imaginary is not None and imaginary.any():
            turned = [imaginary] if one.is_linear else [imaginary, torch.zeros_like(real)]
        found.append(Number(_on(one.device, real), *(_on(one.device, part) for part in turned)))
    return found


def passed(passes: Sequence[Pass], numbers: Sequence[Number | None], pairs: Tensor) -> Tensor:
    """The pairs after all passes, shape [batch, 2, 2**n]; the given ones are kept."""
    device = pairs.device
    for one, number in zip(passes, numbers, strict=True):
        pairs = _after(one.stage, pairs.to(one.device), number).to(device)
    return pairs


def _after(stage: Stage, pairs: Tensor, number: Number | None) -> Tensor:
    """S(a) x, and i (S(b) - S(0)) x on top."""
    rows = pairs.view(-1, pairs.shape[-1])
    after = stage.of(rows, None if number is None else number.real).view(pairs.shape)
    if number is None or number.imaginary is None:
        return after
    turned = stage.of(rows, number.imaginary)
    if number.nothing is not None:
        turned.sub_(stage.of(rows, number.nothing))
    turned = turned.view(pairs.shape)
    after[:, 0].sub_(turned[:, 1])
    after[:, 1].add_(turned[:, 0])
    return after


def _on(device: torch.device, number: Tensor) -> Tensor:
    """Single precision first: the device may have no other."""
    return number.to(torch.float32).contiguous().to(device)


def _refuse_too_many(batch: int, num_qubits: int) -> None:
    if batch << num_qubits > MOST_AMPLITUDES:
        most = MOST_AMPLITUDES.bit_length() - 1
        found = f"{batch} of {num_qubits} qubits"
        raise CircuitRejected(
            "states", f"at most 2**{most} amplitudes at once in pairs expected, found {found}"
        )


def _exact(inputs: Tensor) -> Tensor:
    return inputs.detach().to(CPU, torch.float64)
