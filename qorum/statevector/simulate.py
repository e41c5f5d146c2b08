"""Exact statevectors, and samples of circuits with and without mid-circuit measurement."""

from __future__ import annotations

from cmath import exp
from collections import Counter

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.gates import apply_gate
from qorum.statevector.program import Gate, Jump, Measurement, Program, lower

CPU = torch.device("cpu")


def statevector(
    circuit: QuantumCircuit, *, dtype: torch.dtype = torch.complex64, device: torch.device = CPU
) -> torch.Tensor:
    """The state before the final measurements, global phase included.

    Returns:
        Amplitudes, shape [2**n]; qubit q is bit q of the index, as in Qiskit.

    Raises:
        CircuitRejected: an instruction is not native, or the state depends on a measurement.
    """
    program = lower(circuit)
    state = _zero_state(program.num_qubits, dtype, device)
    for step in program.steps:
        if not isinstance(step, Gate):
            reason = "gates before final measurements expected, found a mid-circuit measurement, reset or if"
            raise CircuitRejected(circuit.name, reason)
        state = apply_gate(state, step.name, step.params, step.qubits)
    return state * exp(1j * program.global_phase)


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
        CircuitRejected: an instruction is not native.
    """
    program = lower(circuit)
    random = np.random.default_rng(seed)
    histogram: Counter[str] = Counter()
    # Depth first: the states held at a time are as many as measurements, not as outcomes.
    pending = [_Branch(program, random, shots, _zero_state(program.num_qubits, dtype, device))]
    while pending:
        branch = pending.pop()
        pending.extend(branch.run())
        histogram.update(branch.read_out())
    return dict(histogram)


def _zero_state(num_qubits: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    state = torch.zeros(1 << num_qubits, dtype=dtype, device=device)
    state[0] = 1
    return state


class _Branch:
    """Shots that have seen the same outcomes so far: their common state and classical bits."""

    def __init__(
        self,
        program: Program,
        random: np.random.Generator,
        shots: int,
        state: torch.Tensor,
        bits: int = 0,
        position: int = 0,
    ) -> None:
        self._program, self._random = program, random
        self._shots, self._state, self._bits, self._position = shots, state, bits, position

    def run(self) -> list[_Branch]:
        """Runs to the end of the program; returns the branches that parted on the way."""
        parted: list[_Branch] = []
        steps = self._program.steps
        while self._position < len(steps):
            step = steps[self._position]
            self._position += 1
            if isinstance(step, Gate):
                self._state = apply_gate(self._state, step.name, step.params, step.qubits)
            elif isinstance(step, Jump):
                if step.condition is None or not step.condition(self._bits):
                    self._position = step.to
            else:
                clbit = step.clbit if isinstance(step, Measurement) else None
                parted.extend(self._measure(step.qubit, clbit))
        return parted

    def _measure(self, qubit: int, clbit: int | None) -> list[_Branch]:
        """Measures into `clbit`, or resets if None; the shots that saw the other outcome part."""
        halves = self._state.view(-1, 2, 1 << qubit)
        weights = (halves.real.square() + halves.imag.square()).sum(dim=(0, 2)).tolist()
        ones = int(self._random.binomial(self._shots, weights[1] / sum(weights)))
        others: list[_Branch] = []
        if 0 < ones < self._shots:
            state = self._state.clone()
            other = _Branch(self._program, self._random, ones, state, self._bits, self._position)
            other._collapse(qubit, clbit, 1, weights[1])
            others.append(other)
            self._shots -= ones
            ones = 0
        self._collapse(qubit, clbit, int(ones > 0), weights[int(ones > 0)])
        return others

    def _collapse(self, qubit: int, clbit: int | None, outcome: int, weight: float) -> None:
        halves = self._state.view(-1, 2, 1 << qubit)
        halves[:, 1 - outcome] = 0
        halves[:, outcome] *= weight**-0.5
        if clbit is not None:
            self._bits = self._bits & ~(1 << clbit) | outcome << clbit
        elif outcome:
            self._state = apply_gate(self._state, "x", (), (qubit,))

    def read_out(self) -> dict[str, int]:
        """The histogram of this branch, once it has run."""
        width, readout = self._program.num_clbits, self._program.readout
        if not readout:
            return {f"{self._bits:0{width}b}" if width else "": self._shots}
        outcomes, counts = np.unique(_draw(self._state, self._shots, self._random), return_counts=True)
        fixed = np.frombuffer(f"{self._bits:0{width}b}".encode(), dtype=np.uint8)
        characters = np.tile(fixed, (len(outcomes), 1))
        for measurement in readout:
            characters[:, width - 1 - measurement.clbit] = (outcomes >> measurement.qubit & 1) + ord("0")
        text = characters.tobytes().decode()
        histogram: Counter[str] = Counter()
        for i, count in enumerate(counts.tolist()):
            histogram[text[i * width : (i + 1) * width]] += count
        return histogram


def _draw(state: torch.Tensor, shots: int, random: np.random.Generator) -> np.ndarray:
    """Indices of basis states, shape [shots], int64, by inversion of the distribution function."""
    if state.device.type == "mps":  # has no float64
        state = state.cpu()
    cumulative = (state.real.square() + state.imag.square()).cumsum(0, dtype=torch.float64)
    # The last value is the norm, which rounding lets drift from 1.
    points = torch.from_numpy(random.random(shots)).to(state.device) * cumulative[-1]
    return torch.searchsorted(cumulative, points, right=True).clamp_(max=len(state) - 1).cpu().numpy()
