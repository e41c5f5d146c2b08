"""Circuits with their noise written into them, and readouts that err."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.noise import Channel, NoiseModel
from qorum.statevector.program import EngineProgram, Gate, Jump, Step, lower
from qorum.statevector.sampling import histogram


@dataclass(frozen=True, slots=True)
class Noise:
    """A channel where it acts; its first operand is the lowest bit of its matrices."""

    channel: Channel
    operands: tuple[int, ...]


NoisyStep = Step | Noise


@dataclass(frozen=True)
class NoisyProgram:
    """A lowered circuit under a noise model.

    Attributes:
        program: the circuit without noise.
        steps: its steps, each gate followed by the channels that the noise model puts there.
        readout_error: probability that a measured bit is recorded flipped.
    """

    program: EngineProgram
    steps: tuple[NoisyStep, ...]
    readout_error: float

    @property
    def targets(self) -> frozenset[int]:
        """Steps that are jumped to."""
        return frozenset(step.to for step in self.steps if isinstance(step, Jump))

    def read_out(
        self, outcomes: np.ndarray, counts: np.ndarray, bits: int, random: np.random.Generator
    ) -> dict[str, int]:
        """Outcomes of qubits as keys of classical bits, each final measurement flipped at random.

        Args:
            outcomes: indices of basis states.
            counts: how often each was seen.
            bits: the classical bits that were written before, as an integer.
            random: what decides on the flips.
        """
        width, readout = self.program.num_clbits, self.program.readout
        if not readout:
            return {f"{bits:0{width}b}" if width else "": int(counts.sum())}
        if not self.readout_error:
            return histogram(outcomes, counts, bits, width, readout)
        states = np.repeat(outcomes, counts)
        characters = np.tile(np.frombuffer(f"{bits:0{width}b}".encode(), dtype=np.uint8), (len(states), 1))
        for measurement in readout:
            # A qubit may be measured twice: each measurement errs by itself.
            flips = random.random(len(states)) < self.readout_error
            characters[:, width - 1 - measurement.clbit] = (states >> measurement.qubit & 1 ^ flips) + ord(
                "0"
            )
        text = characters.tobytes().decode()
        return dict(Counter(text[place : place + width] for place in range(0, len(text), width)))


def noisy_program(circuit: QuantumCircuit, noise: NoiseModel) -> NoisyProgram:
    """A circuit lowered, with the noise after its gates.

    Raises:
        CircuitRejected: see `lower`; or parameters are free, or a gate has more than two qubits.
    """
    if circuit.num_parameters:
        free = ", ".join(parameter.name for parameter in circuit.parameters)
        raise CircuitRejected(circuit.name, f"bound parameters expected, found free ones: {free}")
    program = lower(circuit)
    steps: list[NoisyStep] = []
    places: list[int] = []
    for step in program.steps:
        places.append(len(steps))
        steps.append(step)
        if isinstance(step, Gate) and step.qubits:
            steps.extend(_after(step, noise, circuit.name))
    places.append(len(steps))
    moved = [Jump(step.condition, places[step.to]) if isinstance(step, Jump) else step for step in steps]
    return NoisyProgram(program, tuple(moved), noise.readout_error)


def _after(gate: Gate, noise: NoiseModel, name: str) -> list[Noise]:
    qubits = [qubit for qubit in range(gate.qubits.bit_length()) if gate.qubits >> qubit & 1]
    if len(qubits) > 2:
        raise CircuitRejected(
            name,
            f"gates of one or two qubits expected where there is noise, found one of {len(qubits)}: "
            "compile the circuit to native gates",
        )
    return [
        Noise(channel, tuple(qubits[place] for place in places))
        for channel, places in noise.after_gate(len(qubits))
    ]
