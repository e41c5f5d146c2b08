"""Circuits made ready to be run: from angles to states."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.adjoint import Adjoint
from qorum.statevector.gate_ir import Element
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.pairs import PairEvolution, to_complex, to_pairs
from qorum.statevector.passes import SMALL_STATE
from qorum.statevector.plan import plan_for
from qorum.statevector.prepared import Bound, Linear, Prepared, product_state, same
from qorum.statevector.program import lower
from qorum.statevector.repeated import Repeated
from qorum.statevector.scratch import SPARES

Tensor = torch.Tensor
CPU = torch.device("cpu")


Parameters = Tensor | Sequence[float] | Sequence[Sequence[float]]

SMALL = 1 << 16
"""Amplitudes up to which calls cost as much as arithmetic."""


class _Memory(threading.local):
    """What runs write into: each thread has its own."""

    def __init__(self) -> None:
        self.adjoint: Adjoint | None = None
        self.repeated: dict[int | None, Repeated] = {}


class Evolution:
    """A sequence of elements on a device, planned once and run for any inputs and initial states.

    Inputs are the slots of the elements' angles; or, with `linear`, what the slots are made of.
    """

    def __init__(
        self,
        elements: Sequence[Element],
        num_qubits: int,
        num_inputs: int,
        *,
        dtype: torch.dtype = torch.complex64,
        device: torch.device = CPU,
        linear: Linear | None = None,
    ) -> None:
        self.num_qubits, self.num_inputs = num_qubits, num_inputs
        self.dtype, self.device = dtype, device
        self._elements = tuple(elements)
        self._linear = linear
        self._prepared: dict[bool, Prepared] = {}
        self._constant: Bound | None = None
        self._pairs: PairEvolution | None = None
        if device.type == "mps":
            self._pairs = PairEvolution(elements, num_qubits, num_inputs, device=device, linear=linear)
        self._memory = _Memory()

    def __reduce__(self) -> tuple[Callable[..., Evolution], tuple[Any, ...]]:
        # Plans and memory are made again: a copy must not share them.
        given = (self._elements, self.num_qubits, self.num_inputs, self.dtype, self.device, self._linear)
        return _evolution_again, given

    @property
    def home(self) -> torch.device:
        """Where states and inputs are: the device; the processor for one without complex numbers."""
        return self.device if self._pairs is None else CPU

    def prepared(self, from_zero: bool) -> Prepared:
        """The plan for |0…0>, or for any initial state."""
        if from_zero not in self._prepared:
            # What is made here outlives the mode it is made in, and may meet autograd later.
            with torch.inference_mode(False), torch.no_grad():
                self._prepared[from_zero] = self._prepare(from_zero)
        return self._prepared[from_zero]

    def _prepare(self, from_zero: bool) -> Prepared:
        often = self.num_inputs > 0 or self.num_qubits > SMALL_STATE
        plan = plan_for(self._elements, self.num_qubits, from_zero, often)
        return Prepared(plan, self.dtype, self.device, self.num_inputs, self._linear or same)

    def from_zero(self, inputs: Tensor) -> Tensor:
        """The states that |0…0> evolves to.

        Args:
            inputs: in radians, shape [inputs] or [batch, inputs].

        Returns:
            Amplitudes, shape [batch, 2**n], batch 1 for one set of inputs; qubit q is bit q.
        """
        if self._pairs is not None:
            return to_complex(self._pairs.from_zero(inputs))
        batch = len(inputs) if inputs.dim() == 2 else None
        if batch == 0:
            none = torch.zeros(0, 1 << self.num_qubits, dtype=self.dtype, device=self.home)
            return none + 0 * inputs.sum()
        is_small = (batch or 1) << self.num_qubits <= SMALL
        if is_small and not (inputs.requires_grad and torch.is_grad_enabled()):
            return self._small(batch)(inputs)
        bound = self.bound(inputs)
        states = self._run(self.prepared(True), bound, product_state(bound.start, self.dtype))
        if inputs.requires_grad and torch.is_grad_enabled() and not states.requires_grad:
            return states + 0 * inputs.sum()  # nothing depends on them, which has a gradient, too
        return states

    def adjoint(self, inputs: Tensor, slope_of: Callable[[Tensor], Tensor]) -> Adjoint:
        """The backward half of a gradient, filled with what |0…0> evolves to and the slope there.

        Args:
            inputs: in radians, shape [inputs].
            slope_of: makes H|psi> from psi, both of shape [1, 2**n].
        """
        prepared = self.prepared(True)
        if 1 << self.num_qubits > SMALL:
            bound = self.bound(inputs)
            state = self._run(prepared, bound, product_state(bound.start, self.dtype))
            SPARES.drop()
            return Adjoint(prepared, bound.numbers, (state, slope_of(state)))
        repeated = self._small(None)
        memory = self._memory
        if memory.adjoint is None:
            with torch.inference_mode(False), torch.no_grad():
                memory.adjoint = Adjoint(prepared, repeated.numbers)
        state = repeated.run(inputs)
        memory.adjoint.state.copy_(state)
        memory.adjoint.slope.copy_(slope_of(state))
        return memory.adjoint

    def _small(self, batch: int | None) -> Repeated:
        memory = self._memory
        if batch not in memory.repeated:
            if batch is not None:  # of batches, the latest size alone
                memory.repeated = {size: kept for size, kept in memory.repeated.items() if size is None}
            with torch.inference_mode(False), torch.no_grad():
                memory.repeated[batch] = Repeated(self.prepared(True), batch)
        return memory.repeated[batch]

    def bound(self, inputs: Tensor) -> Bound:
        """What the plan for |0…0> applies; made once where there are no inputs."""
        if self.num_inputs:
            return self.prepared(True).bind(inputs)
        if self._constant is None:
            with torch.inference_mode(False), torch.no_grad():
                self._constant = self.prepared(True).bind(inputs.clone())
        return self._constant

    def of(self, states: Tensor, inputs: Tensor) -> Tensor:
        """What the given states evolve to; they are kept.

        Args:
            states: shape [batch, 2**n].
            inputs: shape [inputs] or [batch, inputs].
        """
        batch = len(inputs) if inputs.dim() == 2 else len(states)
        return self.onward(states.expand(batch, -1).to(self.home, self.dtype, copy=True), inputs)

    def onward(self, states: Tensor, inputs: Tensor) -> Tensor:
        """Like `of`, but the given states may be overwritten."""
        if self._pairs is not None:
            return to_complex(self._pairs.onward(to_pairs(states, self.device), inputs))
        prepared = self.prepared(False)
        return self._run(prepared, prepared.bind(inputs), states.contiguous())

    def _run(self, prepared: Prepared, bound: Bound, state: Tensor) -> Tensor:
        """All stages on a state that may be overwritten, unless autograd has to see it."""
        if needs_autograd(bound) or (torch.is_grad_enabled() and state.requires_grad):
            for stage, number in zip(prepared.stages, bound.numbers, strict=True):
                state = stage.of(state, number)
            return state
        spare = SPARES.take(state)
        for stage, number in zip(prepared.stages, bound.numbers, strict=True):
            act, after = stage.act(state, spare, each=bound.each)
            act(state if number is None else number)()
            if after is spare:
                state, spare = spare, state
        SPARES.keep(spare)
        return state


def _evolution_again(
    elements: Sequence[Element],
    num_qubits: int,
    num_inputs: int,
    dtype: torch.dtype,
    device: torch.device,
    linear: Linear | None,
) -> Evolution:
    return Evolution(elements, num_qubits, num_inputs, dtype=dtype, device=device, linear=linear)


def needs_autograd(bound: Bound) -> bool:
    """Whether gradients have to flow through what is bound."""
    return torch.is_grad_enabled() and any(
        number is not None and number.requires_grad for number in (*bound.start, *bound.numbers)
    )


class Circuit:
    """A circuit without mid-circuit measurement, lowered and planned once."""

    def __init__(
        self, circuit: QuantumCircuit, *, dtype: torch.dtype = torch.complex64, device: torch.device = CPU
    ) -> None:
        """Plan a circuit, with or without free parameters.

        Raises:
            CircuitRejected: see `lower`; or the state depends on a measurement, or does not fit.
        """
        if not circuit.num_qubits:
            raise CircuitRejected(circuit.name, "at least one qubit expected, found none")
        refuse_too_large(circuit.name, circuit.num_qubits, dtype, device)
        self._given = circuit.copy()
        self.name = circuit.name
        self.program = lower(circuit)
        angles = self.program.angles
        self.evolution = Evolution(
            self.program.elements(circuit.name),
            circuit.num_qubits,
            len(angles.parameters),
            dtype=dtype,
            device=device,
            linear=angles.linear(),
        )

    def __reduce__(self) -> tuple[Callable[..., Circuit], tuple[Any, ...]]:
        return _circuit_again, (self._given, self.evolution.dtype, self.evolution.device)

    @property
    def num_parameters(self) -> int:
        """Free ones, in the order of `QuantumCircuit.parameters`."""
        return len(self.program.angles.parameters)

    def inputs(self, parameters: Parameters | None = None) -> Tensor:
        """The free parameters checked, shape [parameters] or [batch, parameters], on the device.

        Raises:
            CircuitRejected: another number of parameters, or one that is complex or not finite.
        """
        count = self.num_parameters
        if isinstance(parameters, dict):
            raise CircuitRejected(self.name, "numbers in the order of its parameters expected, found a dict")
        if _is_complex(parameters):
            raise CircuitRejected(self.name, "real parameters expected, found complex ones")
        if parameters is None and count:
            raise CircuitRejected(self.name, f"values for {count} free parameters expected, found none")
        given = torch.as_tensor(
            () if parameters is None else parameters, dtype=torch.float64, device=self.evolution.home
        )
        if given.dim() not in (1, 2) or given.shape[-1] != count:
            found = "x".join(map(str, given.shape)) or "one number"
            reason = f"[{count}] or [batch, {count}] parameters expected, found {found}"
            raise CircuitRejected(self.name, reason)
        if given.numel() and not isfinite(float(given.detach().abs().max())):
            raise CircuitRejected(self.name, "finite parameters expected, found NaN or infinity")
        return given

    def states(self, parameters: Parameters | None = None) -> Tensor:
        """The states before final measurements, from |0…0>, global phase included.

        Args:
            parameters: in the order of `QuantumCircuit.parameters`, shape [parameters] or
                [batch, parameters]; autograd sees them.

        Returns:
            Shape [batch, 2**n]; qubit q is bit q of the index, as in Qiskit.
        """
        return self.evolution.from_zero(self.inputs(parameters))


def _is_complex(parameters: Any) -> bool:
    return parameters.is_complex() if isinstance(parameters, Tensor) else np.iscomplexobj(parameters)


def _circuit_again(circuit: QuantumCircuit, dtype: torch.dtype, device: torch.device) -> Circuit:
    return Circuit(circuit, dtype=dtype, device=device)
