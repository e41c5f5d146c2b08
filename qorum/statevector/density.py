"""Density matrices: states of twice the qubits, on which channels are matrices like any other.

Element (i, j) of the density matrix is amplitude i + 2**n j: qubits 0 to n-1 are the ket's, n to 2n-1
the bra's. A gate acts on the ket, and conjugated on the bra (Wood, Biamonte and Cory,
arXiv:1111.6950, section 2.2).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import CPU, Evolution
from qorum.statevector.gate_ir import ControlledX, Dense, DiagonalPhase, Element, RealRotation, Swap
from qorum.statevector.gates import dense
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.noise import NoiseModel
from qorum.statevector.noisy_program import Noise, NoisyProgram, NoisyStep, noisy_program
from qorum.statevector.program import Gate, Jump, Measurement, Reset
from qorum.statevector.sampling import draw_weights

Tensor = torch.Tensor

_TO_ZERO = np.zeros((4, 4))
_TO_ZERO[0, 0] = _TO_ZERO[0, 3] = 1
"""A reset on (ket, bra): both populations go to |0>."""


def density_matrix(
    circuit: QuantumCircuit,
    noise: NoiseModel,
    *,
    dtype: torch.dtype = torch.complex64,
    device: torch.device = CPU,
) -> Tensor:
    """The density matrix before the final measurements; resets are allowed.

    Returns:
        Shape [2**n, 2**n], ket index first; qubit q is bit q of both indices, as in Qiskit.

    Raises:
        CircuitRejected: see `noisy_program`; or the state depends on what is measured on the way, or
            does not fit.
    """
    refuse_too_large(circuit.name, circuit.num_qubits, dtype, device, "density matrix")
    program = noisy_program(circuit, noise)
    if any(isinstance(step, Measurement | Jump) for step in program.steps):
        raise CircuitRejected(
            circuit.name, "gates and resets before final measurements expected, found a measurement or if"
        )
    with torch.inference_mode():
        state, _ = _Segments(program, dtype, device).run(None, 0)
    return state.view(2 * (1 << circuit.num_qubits,)).T


def sample(
    circuit: QuantumCircuit,
    noise: NoiseModel,
    shots: int,
    seed: int,
    *,
    dtype: torch.dtype = torch.complex64,
    device: torch.device = CPU,
) -> dict[str, int]:
    """A histogram of all clbits under noise; a clbit that is never written reads 0.

    At a mid-circuit measurement the shots divide binomially by the recorded bit; the state of each
    branch is the mixture of what may have been recorded so.

    Returns:
        Bit string (rightmost character: clbit 0) to how often it was seen.

    Raises:
        CircuitRejected: see `noisy_program`; or the density matrix does not fit.
    """
    refuse_too_large(circuit.name, circuit.num_qubits, dtype, device, "density matrix")
    program = noisy_program(circuit, noise)
    found: Counter[str] = Counter()
    with torch.inference_mode():
        segments = _Segments(program, dtype, device)
        random = np.random.default_rng(seed)
        pending = [_Branch(program, segments, random, shots)]
        while pending:
            branch = pending.pop()
            pending.extend(branch.run())
            found.update(branch.read_out())
    return dict(found)


def conjugated(element: Element, shift: int) -> Element:
    """The complex conjugate of an element, on qubits that are `shift` further up."""
    match element:
        case DiagonalPhase(terms, qubits):
            negated = tuple((mask << shift, angle.scaled(-1)) for mask, angle in terms)
            return DiagonalPhase(negated, qubits << shift)
        case RealRotation(qubit, parts):
            return RealRotation(qubit + shift, parts)
        case ControlledX(controls, target):
            return ControlledX(controls << shift, target + shift)
        case Swap(first, second):
            return Swap(first + shift, second + shift)
        case Dense(operands, matrix):
            return dense(matrix.numpy().conj(), tuple(operand + shift for operand in operands))


def _elements(step: NoisyStep, num_qubits: int) -> list[Element] | None:
    """What a step does to ket and bra; None if it depends on outcomes."""
    match step:
        case Gate(elements):
            return [*elements, *(conjugated(element, num_qubits) for element in elements)]
        case Noise(channel, operands):
            both = (*operands, *(operand + num_qubits for operand in operands))
            return [dense(channel.superoperator, both)]
        case Reset(qubit):
            return [dense(_TO_ZERO, (qubit, qubit + num_qubits))]
        case Measurement() | Jump():
            return None


class _Segments:
    """The stretches between measurements and jumps, each planned once."""

    def __init__(self, program: NoisyProgram, dtype: torch.dtype, device: torch.device) -> None:
        self._program, self._dtype, self._device = program, dtype, device
        self._n = program.program.num_qubits
        exact = torch.float32 if device.type == "mps" else torch.float64
        self._values = program.program.angles.values(dtype=exact).to(device)
        self._planned: dict[int, tuple[Evolution, int]] = {}

    def zero_state(self) -> Tensor:
        """|0…0><0…0|, shape [1, 4**n]."""
        state = torch.zeros(1, 1 << 2 * self._n, dtype=self._dtype, device=self._device)
        state[0, 0] = 1
        return state

    def run(self, state: Tensor | None, position: int) -> tuple[Tensor, int]:
        """The state after the stretch from `position` on, from |0…0> if None, and where it ends."""
        if position not in self._planned:
            self._planned[position] = self._plan(position)
        evolution, end = self._planned[position]
        if end == position:
            return self.zero_state() if state is None else state, end
        if state is None:
            return evolution.from_zero(self._values), end
        return evolution.of(state, self._values), end

    def _plan(self, position: int) -> tuple[Evolution, int]:
        steps, end, targets = self._program.steps, position, self._program.targets
        elements: list[Element] = []
        while end < len(steps) and (end == position or end not in targets):
            found = _elements(steps[end], self._n)
            if found is None:
                break
            elements.extend(found)
            end += 1
        slots = len(self._program.program.angles)
        return Evolution(elements, 2 * self._n, slots, dtype=self._dtype, device=self._device), end


class _Branch:
    """Shots that have recorded the same outcomes so far: their common state and classical bits."""

    def __init__(
        self,
        program: NoisyProgram,
        segments: _Segments,
        random: np.random.Generator,
        shots: int,
        state: Tensor | None = None,
        bits: int = 0,
        position: int = 0,
    ) -> None:
        self._program, self._segments, self._random = program, segments, random
        self._shots, self._state, self._bits, self._position = shots, state, bits, position

    def run(self) -> list[_Branch]:
        """Runs to the end of the program; returns the branches that parted on the way."""
        parted: list[_Branch] = []
        steps = self._program.steps
        while self._position < len(steps):
            step = steps[self._position]
            if isinstance(step, Jump):
                taken = step.condition is not None and step.condition(self._bits)
                self._position = self._position + 1 if taken else step.to
            elif isinstance(step, Measurement):
                self._position += 1
                parted.extend(self._measure(step))
            else:
                self._state, self._position = self._segments.run(self._state, self._position)
        return parted

    def read_out(self) -> dict[str, int]:
        """The histogram of this branch, once it has run."""
        outcomes, counts = draw_weights(self._populations().clamp(min=0), self._shots, self._random)
        return self._program.read_out(outcomes, counts, self._bits, self._random)

    def _current(self) -> Tensor:
        if self._state is None:
            self._state = self._segments.zero_state()
        return self._state

    def _populations(self) -> Tensor:
        return self._current()[0, :: (1 << self._program.program.num_qubits) + 1].real

    def _measure(self, step: Measurement) -> list[_Branch]:
        """Records an outcome; the shots that recorded the other one part."""
        weights = self._populations().view(-1, 2, 1 << step.qubit).sum(dim=(0, 2)).clamp(min=0).tolist()
        error = self._program.readout_error
        recorded = [(1 - error) * weights[bit] + error * weights[1 - bit] for bit in (0, 1)]
        ones = int(self._random.binomial(self._shots, recorded[1] / sum(recorded)))
        before, shots = self._current(), self._shots
        others: list[_Branch] = []
        if 0 < ones < shots:
            other = _Branch(
                self._program, self._segments, self._random, ones, before.clone(), self._bits, self._position
            )
            other._record(step, 1, recorded[1])
            others.append(other)
            self._shots = shots - ones
        bit = int(ones == shots)
        self._state = before.clone()
        self._record(step, bit, recorded[bit])
        return others

    def _record(self, step: Measurement, bit: int, weight: float) -> None:
        """The state becomes the mixture of the outcomes that are recorded as `bit`."""
        n, error = self._program.program.num_qubits, self._program.readout_error
        blocks = self._current().view(-1, 2, 1 << n - 1, 2, 1 << step.qubit)
        blocks[:, 0, :, 1] = 0
        blocks[:, 1, :, 0] = 0
        for outcome in (0, 1):
            blocks[:, outcome, :, outcome] *= (error if outcome != bit else 1 - error) / weight
        self._bits = self._bits & ~(1 << step.clbit) | bit << step.clbit
