"""Circuits made ready to be run: from angles to states."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.elements import Element
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.plan import Prepared, plan_for
from qorum.statevector.program import lower
from qorum.statevector.stages import Stage, run

Tensor = torch.Tensor
CPU = torch.device("cpu")


class _Spares(threading.local):
    """The last scratch state of each thread: fresh memory costs as much as several passes over it."""

    def __init__(self) -> None:
        self._kept: Tensor | None = None

    def take(self, like: Tensor) -> Tensor:
        """Memory for a state of this shape, of any content."""
        kept, self._kept = self._kept, None
        if kept is not None and (kept.shape, kept.dtype, kept.device) == (
            like.shape,
            like.dtype,
            like.device,
        ):
            return kept
        return torch.empty_like(like)

    def keep(self, state: Tensor) -> None:
        """For the next one, if it is not large."""
        if state.numel() <= LARGEST_SPARE:
            self._kept = state


SPARES = _Spares()
LARGEST_SPARE = 1 << 24
"""Amplitudes of a scratch state that is kept: 128 MiB of complex64."""


class Evolution:
    """A sequence of elements on a device, planned once and run for any angles and initial states."""

    def __init__(
        self,
        elements: Sequence[Element],
        num_qubits: int,
        num_slots: int,
        *,
        dtype: torch.dtype = torch.complex64,
        device: torch.device = CPU,
    ) -> None:
        self.num_qubits, self.num_slots = num_qubits, num_slots
        self.dtype, self.device = dtype, device
        self.real = torch.float32 if dtype == torch.complex64 else torch.float64
        self._elements = tuple(elements)
        self._prepared: dict[bool, Prepared] = {}

    def prepared(self, from_zero: bool) -> Prepared:
        """The plan for |0…0>, or for any initial state."""
        if from_zero not in self._prepared:
            plan = plan_for(self._elements, self.num_qubits, self.num_slots, from_zero)
            self._prepared[from_zero] = plan.prepare(self.dtype, self.device)
        return self._prepared[from_zero]

    def from_zero(self, values: Tensor) -> Tensor:
        """The states that |0…0> evolves to.

        Args:
            values: of the slots, in radians, shape [slots] or [batch, slots].

        Returns:
            Amplitudes, shape [batch, 2**n], batch 1 for one set of values; qubit q is bit q.
        """
        stages, start = self.prepared(True).bind(values)
        assert start is not None
        return self.run(stages, product_state(start, self.dtype))

    def of(self, states: Tensor, values: Tensor) -> Tensor:
        """What the given states evolve to; they are kept.

        Args:
            states: shape [batch, 2**n].
            values: shape [slots] or [batch, slots].
        """
        stages, _ = self.prepared(False).bind(values)
        batch = len(values) if values.dim() == 2 else len(states)
        return self.run(stages, states.expand(batch, -1).to(self.device, self.dtype, copy=True))

    def onward(self, states: Tensor, values: Tensor) -> Tensor:
        """Like `of`, but the given states may be overwritten."""
        stages, _ = self.prepared(False).bind(values)
        return self.run(stages, states)

    def run(self, stages: Sequence[Stage], state: Tensor) -> Tensor:
        """All stages on a state that may be overwritten, unless autograd has to see it."""
        if torch.is_grad_enabled() and any(
            stage.bound is not None and stage.bound.requires_grad for stage in stages
        ):
            return run(stages, state, None)
        spare = SPARES.take(state)
        result = run(stages, state, spare)
        SPARES.keep(spare if result is state else state)
        return result


def product_state(columns: Tensor, dtype: torch.dtype) -> Tensor:
    """The Kronecker product of one-qubit states, shape [..., n, 2], the first the lowest bit."""
    columns = columns if columns.dim() == 3 else columns.unsqueeze(0)
    n = columns.shape[1]
    if n > 1:
        return torch.mul(
            _product(columns[:, n // 2 :]).unsqueeze(2), _product(columns[:, : n // 2]).to(dtype).unsqueeze(1)
        ).view(len(columns), -1)
    return _product(columns).to(dtype)


def _product(columns: Tensor) -> Tensor:
    state = columns[:, 0]
    for qubit in range(1, columns.shape[1]):
        state = (columns[:, qubit].unsqueeze(2) * state.unsqueeze(1)).view(len(columns), -1)
    return state


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
        elements = self.program.elements(circuit.name)
        self.evolution = Evolution(
            elements, circuit.num_qubits, len(self.program.angles), dtype=dtype, device=device
        )

    def values(self, parameters: Tensor | Sequence[float] | None = None) -> Tensor:
        """The angles of all gates for the free parameters, shape [parameters] or [batch, parameters].

        Raises:
            CircuitRejected: another number of parameters, or one that is not finite.
        """
        count = len(self.program.angles.parameters)
        device = self.evolution.device
        exact = torch.float32 if device.type == "mps" else torch.float64
        if parameters is None:
            if count:
                raise CircuitRejected(self.name, f"values for {count} free parameters expected, found none")
            return self.program.angles.values(dtype=exact).to(device)
        given = torch.as_tensor(parameters, dtype=exact, device=device)
        if given.dim() not in (1, 2) or given.shape[-1] != count:
            found = "x".join(map(str, given.shape)) or "one number"
            raise CircuitRejected(
                self.name, f"[{count}] or [batch, {count}] parameters expected, found {found}"
            )
        if not bool(given.isfinite().all()):
            raise CircuitRejected(self.name, "finite parameters expected, found NaN or infinity")
        return self.program.angles.values(given)

    def states(self, parameters: Tensor | Sequence[float] | None = None) -> Tensor:
        """The states before final measurements, from |0…0>, global phase included.

        Args:
            parameters: in the order of `QuantumCircuit.parameters`, shape [parameters] or
                [batch, parameters]; autograd sees them.

        Returns:
            Shape [batch, 2**n]; qubit q is bit q of the index, as in Qiskit.
        """
        return self.evolution.from_zero(self.values(parameters))
