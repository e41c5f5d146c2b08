"""Stim: Clifford circuits of a thousand qubits, many shots at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from blocks.backends._gate_simulator import GateSimulator
from qorum.backends import BackendProfile
from qorum.circuits.instructions import Instruction, Program
from qorum.circuits.native import CLIFFORD_GATES, ideal_target
from qorum.results.sampling import histogram_of

MOST_QUBITS = 1_000

STIM_NAMES = {
    **{"h": "H", "x": "X", "y": "Y", "z": "Z", "s": "S", "sdg": "S_DAG"},
    **{"sx": "SQRT_X", "sxdg": "SQRT_X_DAG", "cx": "CX", "cz": "CZ", "swap": "SWAP"},
}
"""Stim's name for each of our gates; global phases aside they are the same."""

CONTROLLED = {"x": "CX", "y": "CY", "z": "CZ"}
"""What Stim applies by a measured bit."""

WIDEST_CONDITION = 8
"""Bits of a condition whose every value is looked at."""


class StimSimulator(GateSimulator):
    """Stim's stabilizer simulator; Clifford circuits only, mid-circuit measurement and reset included.

    Shots are drawn together (a reference sample and Pauli frames). A branch joins them if it applies Pauli
    gates by a parity of measured bits, as error correction and teleportation do; any other makes every shot
    run on a tableau of its own, which takes about a microsecond for each instruction.
    """

    _block_type_name = "Stim simulator"
    _block_type_slug = "stim-simulator"
    _description = "Stim: stabilizer circuits of up to 1,000 qubits, on this machine's CPU."

    short_name: ClassVar[str] = "stim"
    may_share_process: ClassVar[bool] = True

    _profile: BackendProfile | None = PrivateAttr(default=None)

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless, dynamic; Clifford gates only."""
        if self._profile is None:
            self._profile = BackendProfile(
                name=self.backend_name,
                provider="google",
                engine="stim",
                device="stim",
                pool="cpu",
                num_qubits=MOST_QUBITS,
                target=ideal_target(dynamic=True, gates=CLIFFORD_GATES),
                dynamic=True,
                clifford_only=True,
                specialized=True,
                load_seconds=0.2,
            )
        return self._profile

    def warm_up(self) -> None:
        """Import Stim."""
        import stim  # noqa: F401

    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """All shots at once where Stim can follow the branches, else one after another."""
        together = _Together(program)
        if together.is_possible:
            return histogram_of(together.sample(shots, seed))
        return histogram_of(_one_by_one(program, shots, seed))


class _Together:
    """A program as one Stim circuit, and where the clbits stand in its record."""

    def __init__(self, program: Program) -> None:
        import stim

        self._width = program.num_clbits
        self._circuit = stim.Circuit()
        self._record: dict[int, int] = {}
        self.is_possible = all(self._add(step) for step in program.instructions)

    def sample(self, shots: int, seed: int) -> NDArray[np.uint8]:
        """[shots, clbits] of 0 and 1."""
        found = self._circuit.compile_sampler(seed=seed).sample(shots)
        bits = np.zeros((shots, self._width), dtype=np.uint8)
        bits[:, list(self._record)] = found[:, list(self._record.values())]
        return bits

    def _add(self, step: Instruction) -> bool:
        if step.name == "measure":
            self._record[step.clbits[0]] = self._circuit.num_measurements
            self._circuit.append("M", step.qubits)
        elif step.name == "reset":
            self._circuit.append("R", step.qubits)
        elif step.bodies:
            return self._branch(step)
        else:
            self._circuit.append(_name(step), step.qubits)
        return True

    def _branch(self, step: Instruction) -> bool:
        """Pauli gates by the parity of some bits; False if the branch is anything else."""
        parity = _parity(step, sorted(self._record))
        if parity is None or any(gate.name not in CONTROLLED for body in step.bodies for gate in body):
            return False
        bits, is_odd_true = parity
        for taken, body in zip((is_odd_true, not is_odd_true), step.bodies, strict=False):
            for gate in body:  # if taken where the parity is even, then always and once more where odd
                if not taken:
                    self._circuit.append(_name(gate), gate.qubits)
                for bit in bits:
                    self._by(gate, self._record[bit])
        return True

    def _by(self, gate: Instruction, place: int) -> None:
        import stim

        record = stim.target_rec(place - self._circuit.num_measurements)
        self._circuit.append(CONTROLLED[gate.name], [record, gate.qubits[0]])


def _parity(step: Instruction, written: Sequence[int]) -> tuple[list[int], bool] | None:
    """The bits whose parity a condition asks for, and whether it is true where that is odd.

    None if it is no parity. Bits that were not written yet read 0.
    """
    condition = step.condition
    asked = [clbit for clbit in step.clbits if clbit in set(written)]
    if condition is None or len(asked) > WIDEST_CONDITION:
        return None
    at_zero = condition(0)
    bits = [bit for bit in asked if condition(1 << bit) != at_zero]
    for values in product((0, 1), repeat=len(asked)):
        word = sum(value << bit for value, bit in zip(values, asked, strict=True))
        odd = sum(value for value, bit in zip(values, asked, strict=True) if bit in bits) % 2 == 1
        if condition(word) != (at_zero != odd):
            return None
    return bits, not at_zero


def _one_by_one(program: Program, shots: int, seed: int) -> NDArray[np.uint8]:
    """[shots, clbits]: every shot on a tableau of its own, branches taken as they come."""
    import stim

    found = np.zeros((shots, program.num_clbits), dtype=np.uint8)
    seeds = np.random.default_rng(seed).integers(0, 2**62, shots).tolist()
    for shot in range(shots):
        simulator = stim.TableauSimulator(seed=seeds[shot])
        bits = _run(simulator, program.instructions, 0)
        found[shot] = [(bits >> clbit) & 1 for clbit in range(program.num_clbits)]
    return found


def _run(simulator: Any, steps: Sequence[Instruction], bits: int) -> int:
    for step in steps:
        if step.name == "measure":
            clbit = step.clbits[0]
            bits = bits & ~(1 << clbit) | int(simulator.measure(step.qubits[0])) << clbit
        elif step.name == "reset":
            simulator.reset(*step.qubits)
        elif step.bodies:
            bits = _run(simulator, step.chosen_body(bits), bits)
        else:
            _method(_name(step))(simulator, *step.qubits)
    return bits


@cache
def _method(name: str) -> Callable[..., None]:
    import stim

    return getattr(stim.TableauSimulator, name.lower())


def _name(step: Instruction) -> str:
    name = STIM_NAMES.get(step.name)
    if name is None:
        raise ValueError(f"one of the Clifford gates {', '.join(STIM_NAMES)} expected, found {step.name}")
    return name
