"""Energies and their gradients in constant memory: the circuit is undone stage by stage.

The adjoint method of Jones and Gacon (arXiv:2009.02823), by stages instead of gates: the overlap of two
states over all bits but those of a stage gives the gradient of the stage's whole matrix or table,
and autograd takes it from there to the angles, through tensors of a few thousand numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.observables import PauliSum, overlap
from qorum.statevector.prepared import Prepared, product_state

Tensor = torch.Tensor
Method = Literal["auto", "adjoint", "autograd", "shift"]


def energy_and_gradient(
    circuit: Circuit,
    observable: PauliSum,
    parameters: Tensor | Sequence[float],
    *,
    method: Method = "auto",
) -> tuple[float, Tensor]:
    """The expectation value of an observable, and its gradient by the circuit's free parameters.

    Args:
        circuit: with free parameters.
        observable: on at most as many qubits as the circuit has.
        parameters: shape [parameters], in radians, in the order of `QuantumCircuit.parameters`.
        method: `adjoint` holds four states whatever the depth; `autograd` holds one for each stage;
            `shift` runs each parameter twice or more, as hardware does; `auto` is `adjoint`.

    Returns:
        The energy, and the gradient of shape [parameters], float64.

    Raises:
        CircuitRejected: wrong parameters, an observable on missing qubits, or no room for the states.
    """
    observable.refuse_wider_than(circuit.name, circuit.evolution.num_qubits)
    inputs = circuit.inputs(parameters).detach()
    if inputs.dim() != 1:
        raise CircuitRejected(circuit.name, f"one set of parameters expected, found {len(inputs)}")
    if method == "shift":
        from qorum.statevector.shift import parameter_shift

        with torch.no_grad():
            energy = observable.expectation(circuit.states(inputs))[0]
            return float(energy), parameter_shift(circuit, observable, inputs)
    if method == "autograd":
        with torch.enable_grad():
            leaf = inputs.requires_grad_()
            energy = observable.expectation(circuit.states(leaf))[0]
            (gradient,) = torch.autograd.grad(energy, leaf)
        return float(energy.detach()), gradient
    return _adjoint(circuit, observable, inputs)


def _adjoint(circuit: Circuit, observable: PauliSum, inputs: Tensor) -> tuple[float, Tensor]:
    evolution = circuit.evolution
    refuse_too_large(circuit.name, evolution.num_qubits, evolution.dtype, evolution.device, "gradient")
    prepared = evolution.prepared(True)
    with torch.enable_grad():
        leaf = inputs.requires_grad_()
        bound = prepared.bind(leaf)
    wanted = [part for part in bound.start if part.requires_grad]
    with torch.no_grad():
        numbers = [None if number is None else number.detach() for number in bound.numbers]
        free = [number is not None and number.requires_grad for number in bound.numbers]
        start = [part.detach() for part in bound.start]
        pair = torch.empty(2, 1 << evolution.num_qubits, dtype=evolution.dtype, device=evolution.device)
        pair[:1] = _forward(prepared, numbers, product_state(start, evolution.dtype))
        applied = observable.apply(pair[:1])
        energy = float(overlap(pair[:1], applied)[0])
        torch.mul(applied, 2, out=pair[1:])
        del applied
        slopes, slope = _backward(prepared, numbers, free, pair)
        starts = _start_slopes(start, slope)
    tensors = [number for number, is_free in zip(bound.numbers, free, strict=True) if is_free]
    found = [*(part for part in wanted), *(tensor for tensor in tensors if tensor is not None)]
    given = [
        *(s for s, part in zip(starts, bound.start, strict=True) if part.requires_grad),
        *slopes,
    ]
    if not found:
        return energy, torch.zeros_like(inputs)
    (gradient,) = torch.autograd.grad(found, leaf, given)
    return energy, gradient


def _forward(prepared: Prepared, numbers: list[Tensor | None], state: Tensor) -> Tensor:
    spare = torch.empty_like(state)
    for stage, number in zip(prepared.stages, numbers, strict=True):
        act, after = stage.act(state, spare, each=False)
        act(state if number is None else number)()
        if after is spare:
            state, spare = spare, state
    return state


def _backward(
    prepared: Prepared, numbers: list[Tensor | None], free: list[bool], pair: Tensor
) -> tuple[list[Tensor], Tensor]:
    """The gradients of the free stages' numbers, in order, and that of the start.

    Args:
        prepared: the plan.
        numbers: what its stages apply.
        free: whose gradients are wanted.
        pair: the state at the end and the gradient there; overwritten.
    """
    spare = torch.empty_like(pair)
    slopes: list[Tensor] = []
    for stage, number, is_free in reversed(list(zip(prepared.stages, numbers, free, strict=True))):
        act, after = stage.act(pair, spare, each=False, undo=True)
        act(pair if number is None else number)()
        if after is spare:
            pair, spare = spare, pair
        if is_free and number is not None:
            slopes.append(stage.completed(number, stage.overlap(pair[:1], pair[1:], spare)))
    return slopes[::-1], pair[1]


def _start_slopes(parts: list[Tensor], slope: Tensor) -> list[Tensor]:
    """The gradients of the ranges' states: the slope contracted with all other ranges."""
    found: list[Tensor] = []
    for place, part in enumerate(parts):
        rest = slope
        for low in parts[:place]:
            rest = rest.view(-1, len(low)) @ low.to(slope.dtype)
        for high in reversed(parts[place + 1 :]):
            rest = high.to(slope.dtype) @ rest.view(len(high), -1)
        found.append(rest.real.to(part.dtype))
    return found
