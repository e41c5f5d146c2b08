"""A circuit whose qubits are measured in some basis: the probabilities of its outcomes, shifted or not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.density import conjugated
from qorum.statevector.evolution import Evolution
from qorum.statevector.gate_ir import Element
from qorum.statevector.gates import dense
from qorum.statevector.noise import NoiseModel
from qorum.statevector.noisy_program import Noise, noisy_program
from qorum.statevector.program import EngineProgram, Gate, lower
from qorum.statevector.shift import shifts_of
from qorum.training.measurement import Basis

Tensor = torch.Tensor

AT_ONCE = 1 << 20
"""Numbers of the shifted states that are simulated together."""


class MeasuredCircuit:
    """One circuit with its basis change, and what its outcomes are worth."""

    def __init__(
        self,
        circuit: QuantumCircuit,
        basis: Basis,
        worth: np.ndarray,
        noise: NoiseModel | None,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        rotated, self.n = circuit.copy(), circuit.num_qubits
        rotated.compose(basis.rotations(self.n), inplace=True)
        self.worth = torch.from_numpy(worth).to(device)
        program = lower(rotated)
        self._elements = program.elements(circuit.name)
        self._angles = program.angles
        self._flips = 0.0 if noise is None else noise.readout_error
        self._mixed = noise is not None and (any(noise.after_gate(1)) or any(noise.after_gate(2)))
        if self._mixed and noise is not None:
            elements, width = _noisy_elements(rotated, program, noise), 2 * self.n
        else:
            elements, width = self._elements, self.n
        slots, parameters = len(self._angles), len(self._angles.parameters)
        self._of_slots = Evolution(elements, width, slots, dtype=dtype, device=device)
        self._of_parameters = Evolution(
            elements, width, parameters, dtype=dtype, device=device, linear=self._angles.linear()
        )
        self.shifts = shifts_of(self._elements, self._angles)
        offsets, weights = self._angles.linear_map()
        self._offsets, self._weights = offsets.to(device), weights.to(device)

    def probabilities(self, parameters: Tensor) -> Tensor:
        """Of all outcomes, shape [batch, 2**n], float64; autograd sees the parameters."""
        return self._read(self._of_parameters.from_zero(parameters))

    def shifted(self, parameters: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Some evaluations at a time and their probabilities, shape [evaluations, batch, 2**n]."""
        angles = self._offsets + parameters @ self._weights
        numbers = len(parameters) << (2 * self.n if self._mixed else self.n)
        room = max(1, AT_ONCE // numbers)
        for start in range(0, len(self.shifts.rows), room):
            some = slice(start, start + room)
            rows, steps = self.shifts.rows[some], self.shifts.steps[some]
            moved = angles.repeat(len(rows), 1, 1)
            moved[np.arange(len(rows)), :, rows] += torch.from_numpy(steps).to(moved).unsqueeze(1)
            found = self._read(self._of_slots.from_zero(moved.flatten(0, 1)))
            yield some, found.unflatten(0, (len(rows), len(parameters)))

    def _read(self, states: Tensor) -> Tensor:
        if self._mixed:
            found = states[:, :: (1 << self.n) + 1].real.double()
        else:
            found = (states.real.square() + states.imag.square()).double()
        if self._flips:
            flip = found.new_tensor([[1 - self._flips, self._flips], [self._flips, 1 - self._flips]])
            for qubit in range(self.n):
                found = (flip @ found.reshape(-1, 2, 1 << qubit)).reshape(len(states), -1)
        return found


def _noisy_elements(circuit: QuantumCircuit, program: EngineProgram, noise: NoiseModel) -> list[Element]:
    """What acts on ket and bra (`qorum.statevector.density`); slots are those of the noiseless program."""
    bound = circuit.assign_parameters(dict.fromkeys(circuit.parameters, 0.0), inplace=False)
    assert bound is not None
    noisy, n = noisy_program(bound, noise), circuit.num_qubits
    if noisy.program.elements(circuit.name) != program.elements(circuit.name):
        raise CircuitRejected(circuit.name, "gates that depend on no value expected under noise")
    found: list[Element] = []
    for step in noisy.steps:
        if isinstance(step, Gate):
            found.extend([*step.elements, *(conjugated(element, n) for element in step.elements)])
        elif isinstance(step, Noise):
            both = (*step.operands, *(operand + n for operand in step.operands))
            found.append(dense(step.channel.superoperator, both))
    return found


def drawn_shares(probabilities: Tensor, shots: int, random: np.random.Generator) -> Tensor:
    """Shares of `shots` samples, in the shape of the probabilities."""
    exact = probabilities.detach().clamp(min=0).cpu().numpy()
    counts = random.multinomial(shots, exact / exact.sum(-1, keepdims=True))
    return torch.from_numpy(counts / shots).to(probabilities)
