"""Exact statevectors, and samples of circuits with and without mid-circuit measurement."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector import direct
from qorum.statevector.evolution import CPU, Evolution
from qorum.statevector.gate_ir import Element
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.program import EngineProgram, Gate, Jump, Measurement, lower
from qorum.statevector.sampling import draw, histogram

Tensor = torch.Tensor


def statevector(
    circuit: QuantumCircuit, *, dtype: torch.dtype = torch.complex64, device: torch.device = CPU
) -> Tensor:
    """The state before the final measurements, global phase included.

    Returns:
        Amplitudes, shape [2**n]; qubit q is bit q of the index, as in Qiskit.

    Raises:
        CircuitRejected: see `qorum.statevector.evolution.Circuit`.
    """
    program = lowered(circuit, dtype, device)
    if program.is_dynamic:
        program.elements(circuit.name)
    with torch.inference_mode():
        return _Segments(program, dtype, device).run(None, 0)[0][0]


def sample(
    circuit: QuantumCircuit,
    shots: int,
    seed: int,
    *,
    dtype: torch.dtype = torch.complex64,
    device: torch.device = CPU,
) -> dict[str, int]:
    """A histogram of all clbits; a clbit that is never written reads 0.

    At a mid-circuit measurement or reset the shots divide binomially over two branches, each of
    which is simulated once: exact in distribution, and repeatable for a seed.

    Returns:
        Bit string (rightmost character: clbit 0) to how often it was seen.

    Raises:
        CircuitRejected: see `lower`; or parameters are free, or the circuit does not fit.
    """
    program = lowered(circuit, dtype, device)
    found: Counter[str] = Counter()
    with torch.inference_mode():
        segments = _Segments(program, dtype, device)
        random = np.random.default_rng(seed)
        # Depth first: the states held at a time are as many as measurements, not as outcomes.
        pending = [_Branch(program, segments, random, shots)]
        while pending:
            branch = pending.pop()
            pending.extend(branch.run())
            found.update(branch.read_out())
    return dict(found)


def lowered(circuit: QuantumCircuit, dtype: torch.dtype, device: torch.device) -> EngineProgram:
    """The program of a circuit that fits and has no free parameters; else `CircuitRejected`."""
    if circuit.num_parameters:
        free = ", ".join(parameter.name for parameter in circuit.parameters)
        raise CircuitRejected(circuit.name, f"bound parameters expected, found free ones: {free}")
    refuse_too_large(circuit.name, circuit.num_qubits, dtype, device)
    return lower(circuit)


class _Segments:
    """The stretches of gates between all other steps of a program, each planned once."""

    def __init__(self, program: EngineProgram, dtype: torch.dtype, device: torch.device) -> None:
        self._program, self._dtype, self._device = program, dtype, device
        self._is_direct = device.type == "cpu" and program.num_qubits <= direct.LARGEST
        self._home = CPU if device.type == "mps" else device  # of states; it has no complex numbers
        self._values = program.angles.values().to(self._home)
        self._targets = {step.to for step in program.steps if isinstance(step, Jump)}
        self._planned: dict[int, tuple[Evolution | list[Element], int]] = {}

    def zero_state(self) -> Tensor:
        """|0…0>, shape [1, 2**n]."""
        state = torch.zeros(1, 1 << self._program.num_qubits, dtype=self._dtype, device=self._home)
        state[0, 0] = 1
        return state

    def run(self, state: Tensor | None, position: int) -> tuple[Tensor, int]:
        """The state after the gates from `position` on, from |0…0> if None, and where they end."""
        if position not in self._planned:
            self._planned[position] = self._plan(position)
        evolution, end = self._planned[position]
        if isinstance(evolution, list):
            state = self.zero_state() if state is None else state
            direct.apply(evolution, self._program.angles.offsets, state[0].numpy())
            return state, end
        if state is None:
            return evolution.from_zero(self._values), end
        return evolution.onward(state, self._values), end

    def _plan(self, position: int) -> tuple[Evolution | list[Element], int]:
        steps, end = self._program.steps, position
        elements: list[Element] = []
        while end < len(steps) and (end == position or end not in self._targets):
            step = steps[end]
            if not isinstance(step, Gate):
                break
            elements.extend(step.elements)
            end += 1
        if self._is_direct:
            return elements, end
        slots = len(self._program.angles)
        n = self._program.num_qubits
        return Evolution(elements, n, slots, dtype=self._dtype, device=self._device), end


class _Branch:
    """Shots that have seen the same outcomes so far: their common state and classical bits."""

    def __init__(
        self,
        program: EngineProgram,
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
            if isinstance(step, Gate):
                self._state, self._position = self._segments.run(self._state, self._position)
                continue
            self._position += 1
            if isinstance(step, Jump):
                if step.condition is None or not step.condition(self._bits):
                    self._position = step.to
            else:
                clbit = step.clbit if isinstance(step, Measurement) else None
                parted.extend(self._measure(step.qubit, clbit))
        return parted

    def _current(self) -> Tensor:
        if self._state is None:
            self._state = self._segments.zero_state()
        return self._state

    def _measure(self, qubit: int, clbit: int | None) -> list[_Branch]:
        """Measures into `clbit`, or resets if None; the shots that saw the other outcome part."""
        state = self._current()
        halves = state.view(-1, 2, 1 << qubit)
        weights = (halves.real.square() + halves.imag.square()).sum(dim=(0, 2)).tolist()
        ones = int(self._random.binomial(self._shots, weights[1] / sum(weights)))
        others: list[_Branch] = []
        if 0 < ones < self._shots:
            other = _Branch(
                self._program,
                self._segments,
                self._random,
                ones,
                state.clone(),
                self._bits,
                self._position,
            )
            other._collapse(qubit, clbit, 1, weights[1])
            others.append(other)
            self._shots -= ones
            ones = 0
        self._collapse(qubit, clbit, int(ones > 0), weights[int(ones > 0)])
        return others

    def _collapse(self, qubit: int, clbit: int | None, outcome: int, weight: float) -> None:
        halves = self._current().view(-1, 2, 1 << qubit)
        halves[:, 1 - outcome] = 0
        halves[:, outcome] *= weight**-0.5
        if clbit is not None:
            self._bits = self._bits & ~(1 << clbit) | outcome << clbit
        elif outcome:
            halves[:, 0] = halves[:, 1]
            halves[:, 1] = 0

    def read_out(self) -> dict[str, int]:
        """The histogram of this branch, once it has run."""
        width, readout = self._program.num_clbits, self._program.readout
        if not readout:
            return {f"{self._bits:0{width}b}" if width else "": self._shots}
        outcomes, counts = draw(self._current()[0], self._shots, self._random)
        return histogram(outcomes, counts, self._bits, width, readout)
