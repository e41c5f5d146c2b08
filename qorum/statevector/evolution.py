"""Circuits made ready to be run: from angles to states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.adjoint import Adjoint
from qorum.statevector.elements import Element
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.pairs import PairEvolution, to_complex, to_pairs
from qorum.statevector.plan import plan_for
from qorum.statevector.prepared import Bound, Linear, Prepared, product_state, same
from qorum.statevector.program import lower
from qorum.statevector.repeated import Repeated
from qorum.statevector.spares import SPARES
from qorum.statevector.specs import SMALL_STATE

Tensor = torch.Tensor
CPU = torch.device("cpu")


Parameters = Tensor | Sequence[float] | Sequence[Sequence[float]]

SMALL = 1 << 16
"""Amplitudes up to which calls cost as much as arithmetic."""


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
        self._adjoint: Adjoint | None = None
        self._repeated: dict[int | None, Repeated] = {}

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
        if self._adjoint is None:
            with torch.inference_mode(False), torch.no_grad():
                self._adjoint = Adjoint(prepared, repeated.numbers)
        state = repeated.run(inputs)
        self._adjoint.state.copy_(state)
        self._adjoint.slope.copy_(slope_of(state))
        return self._adjoint

    def _small(self, batch: int | None) -> Repeated:
        if batch not in self._repeated:
            if batch is not None:  # of batches, the latest size alone
                self._repeated = {size: kept for size, kept in self._repeated.items() if size is None}
            with torch.inference_mode(False), torch.no_grad():
                self._repeated[batch] = Repeated(self.prepared(True), batch)
        return self._repeated[batch]

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
        refuse_too_large(circuit.name, circuit.num_qubits, dtype, device)
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

    @property
    def num_parameters(self) -> int:
        """Free ones, in the order of `QuantumCircuit.parameters`."""
        return len(self.program.angles.parameters)

    def inputs(self, parameters: Parameters | None = None) -> Tensor:
        """The free parameters checked, shape [parameters] or [batch, parameters], on the device.

        Raises:
            CircuitRejected: another number of parameters, or one that is not finite.
        """
        count = self.num_parameters
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
