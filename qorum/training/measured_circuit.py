"""A circuit whose qubits are measured in some basis: the probabilities of its outcomes, shifted or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
from qorum.statevector.program import Gate, Program, lower
from qorum.statevector.shift_rules import frequencies_of, shift_rule
from qorum.training.measurement import Basis

Tensor = torch.Tensor

AT_ONCE = 1 << 20
"""Numbers of the shifted states that are simulated together."""


@dataclass(frozen=True)
class Shifts:
    """Shifted evaluations: of which slot, by how much, and their shares, shape [evaluations, parameters]."""

    slots: np.ndarray
    steps: np.ndarray
    shares: Tensor


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
        self.shifts = self._made_shifts()
        self._weights = torch.zeros(parameters, slots, dtype=torch.float64, device=device)
        for slot, place, weight in self._angles.weights:
            self._weights[place, slot] += weight
        self._offsets = self._angles.values().to(device)

    def probabilities(self, parameters: Tensor) -> Tensor:
        """Of all outcomes, shape [batch, 2**n], float64; autograd sees the parameters."""
        return self._read(self._of_parameters.from_zero(parameters))

    def shifted(self, parameters: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Some evaluations at a time and their probabilities, shape [evaluations, batch, 2**n]."""
        angles = self._offsets + parameters @ self._weights
        numbers = len(parameters) << (2 * self.n if self._mixed else self.n)
        room = max(1, AT_ONCE // numbers)
        for start in range(0, len(self.shifts.slots), room):
            some = slice(start, start + room)
            slots, steps = self.shifts.slots[some], self.shifts.steps[some]
            moved = angles.repeat(len(slots), 1, 1)
            moved[np.arange(len(slots)), :, slots] += torch.from_numpy(steps).to(moved).unsqueeze(1)
            found = self._read(self._of_slots.from_zero(moved.flatten(0, 1)))
            yield some, found.unflatten(0, (len(slots), len(parameters)))

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

    def _made_shifts(self) -> Shifts:
        frequencies = frequencies_of(self._elements)
        count = len(self._angles.parameters)
        shares: dict[int, np.ndarray] = {}
        for slot, place, weight in self._angles.weights:
            shares.setdefault(slot, np.zeros(count))[place] += weight
        found = [
            (slot, step, shares[slot] * coefficient)
            for slot in sorted(shares)
            for step, coefficient in shift_rule(frequencies.get(slot, ()))
        ]
        columns = np.array([share for *_, share in found]).reshape(len(found), count)
        return Shifts(
            np.array([slot for slot, *_ in found], dtype=np.int64),
            np.array([step for _, step, _ in found]),
            torch.from_numpy(columns),
        )


def _noisy_elements(circuit: QuantumCircuit, program: Program, noise: NoiseModel) -> list[Element]:
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
