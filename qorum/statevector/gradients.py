"""Energies and their gradients, by whichever method; the adjoint one is `adjoint`.

Jones and Gacon, arXiv:2009.02823: the circuit is undone, here stage by stage, in constant memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.observables import PauliSum, overlap

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
        method: `adjoint` holds under four states whatever the depth; `autograd` holds one for each stage;
            `shift` runs each parameter twice or more, as hardware does; `auto` is `adjoint`, but
            `shift` on Apple GPUs, which have no complex numbers.

    Returns:
        The energy, and the gradient of shape [parameters], float64.

    Raises:
        CircuitRejected: wrong parameters, an observable on missing qubits, or no room for the states.
    """
    observable.refuse_wider_than(circuit.name, circuit.evolution.num_qubits)
    inputs = circuit.inputs(parameters).detach()
    if inputs.dim() != 1:
        raise CircuitRejected(circuit.name, f"one set of parameters expected, found {len(inputs)}")
    if evolution_is_paired(circuit):
        if method in ("adjoint", "autograd"):
            raise CircuitRejected(circuit.name, f"method shift expected on an Apple GPU, found {method!r}")
        method = "shift"
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


def evolution_is_paired(circuit: Circuit) -> bool:
    """Whether its states are pairs of real tensors on the device (`qorum.statevector.pairs`)."""
    return circuit.evolution.device.type == "mps"


def _adjoint(circuit: Circuit, observable: PauliSum, inputs: Tensor) -> tuple[float, Tensor]:
    evolution = circuit.evolution
    refuse_too_large(circuit.name, evolution.num_qubits, evolution.dtype, evolution.device, "gradient")
    with torch.no_grad():
        apply = observable.prepared(evolution.dtype, evolution.device)
        energy: list[float] = []

        def slope_of(state: Tensor) -> Tensor:
            applied = apply(state)
            energy.append(float(overlap(state, applied)[0]))
            return applied

        gradient = evolution.adjoint(inputs, slope_of)(inputs)
        return energy[0], gradient
