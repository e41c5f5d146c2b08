"""Google's simulators: qsim for static circuits, Cirq's own gate application for dynamic ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from math import pi
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from blocks.backends._gate_simulator import GateSimulator
from qorum.backends import BackendProfile
from qorum.circuits.instructions import Instruction, Program
from qorum.circuits.native import ideal_target
from qorum.results.sampling import histogram_of_outcomes, sample_probabilities


class CirqSimulator(GateSimulator):
    """Google's state-vector simulators.

    Static circuits go to qsim (complex64, compiled). Dynamic ones, and all where `simulator=cirq`,
    are run with Cirq's gates in complex128, the shots splitting into one branch for each history of
    measured bits: `cirq.Simulator` itself would repeat the circuit for every shot, a hundred times
    slower, and cannot express an else-branch whose condition its then-branch overwrites.
    """

    _block_type_name = "Cirq simulator"
    _block_type_slug = "cirq-simulator"
    _description = "Google's qsim and Cirq state-vector simulators, on this machine's CPU."

    short_name: ClassVar[str] = "cirq"
    library: ClassVar[str] = "cirq"
    extra: ClassVar[str] = "cirq"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = ("simulator=cirq",)

    simulator: Literal["auto", "qsim", "cirq"] = Field(
        default="auto",
        title="Simulator",
        description="auto: qsim for static circuits where it is installed, Cirq for dynamic ones. "
        "qsim: static circuits only. cirq: Cirq for all.",
    )
    max_qubits: int = Field(
        default=26,
        ge=1,
        le=32,
        title="Largest circuit (qubits)",
        description="Each further qubit doubles the memory: 26 qubits take 0.5 GiB with qsim and 3 GiB "
        "with Cirq, which in dynamic circuits keeps 1 GiB more for each open branch.",
    )
    threads: int = Field(
        default=1, ge=1, le=256, title="Threads", description="CPU threads that qsim uses for one circuit."
    )

    _profile: BackendProfile | None = PrivateAttr(default=None)

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless; engine `qsim` unless Cirq runs everything."""
        if self._profile is None:
            engine = "qsim" if self._static_on_qsim() else "cirq"
            dynamic = self.simulator != "qsim"
            self._profile = BackendProfile(
                name=self.backend_name,
                provider="google",
                engine=engine,
                device=engine,
                pool="cpu",
                num_qubits=self.max_qubits,
                target=ideal_target(dynamic=dynamic),
                dynamic=dynamic,
                load_seconds=1.6,
                pace=0.4 if engine == "qsim" else 4.0,
            )
        return self._profile

    def warm_up(self) -> None:
        """Import Cirq, and qsim where it is installed."""
        _gates()
        if self._static_on_qsim():
            import qsimcirq  # noqa: F401

    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """By qsim where it can; by branches where the circuit is dynamic."""
        if program.static and self._static_on_qsim():
            return _sample_qsim(program, shots, seed, self.threads)
        return _sample_branches(program, shots, seed)

    def _static_on_qsim(self) -> bool:
        return self.simulator == "qsim" or (self.simulator == "auto" and find_spec("qsimcirq") is not None)


@cache
def _gates() -> dict[str, Callable[..., Any]]:
    """Cirq's gate for each of ours, given its angles in radians."""
    import cirq

    fixed: dict[str, Any] = {
        **{"h": cirq.H, "x": cirq.X, "y": cirq.Y, "z": cirq.Z, "s": cirq.S, "t": cirq.T},
        **{"sdg": cirq.S**-1, "tdg": cirq.T**-1, "sx": cirq.X**0.5, "sxdg": cirq.X**-0.5},
        **{"cx": cirq.CNOT, "cz": cirq.CZ, "swap": cirq.SWAP},
    }
    return {
        **{name: _always(gate) for name, gate in fixed.items()},
        **{"rx": cirq.rx, "ry": cirq.ry, "rz": cirq.rz},
        "p": _power(cirq.ZPowGate),
        "cp": _power(cirq.CZPowGate),
        "rzz": _power(cirq.ZZPowGate, global_shift=-0.5),
    }


def _always(gate: Any) -> Callable[[], Any]:
    return lambda: gate


def _power(kind: Callable[..., Any], global_shift: float = 0.0) -> Callable[[float], Any]:
    return lambda angle: kind(exponent=angle / pi, global_shift=global_shift)


def _gate(step: Instruction) -> Any:
    gate = _gates().get(step.name)
    if gate is None:
        raise ValueError(f"one of the gates {', '.join(_gates())} expected, found {step.name}")
    return gate(*step.params)


def _sample_qsim(program: Program, shots: int, seed: int, threads: int) -> dict[str, int]:
    """Histogram of a static circuit; bit q of what qsim returns is qubit q."""
    import cirq
    import qsimcirq
    from qsimcirq.qsim_circuit import add_op_to_circuit
    from qsimcirq.qsim_simulator import QSimOptions

    line = cirq.LineQubit.range(program.num_qubits)
    place: dict[cirq.Qid, int] = {qubit: index for index, qubit in enumerate(line)}
    circuit = qsimcirq.qsim.Circuit()
    circuit.num_qubits = program.num_qubits
    for time, step in enumerate(program.gates):
        add_op_to_circuit(_gate(step).on(*[line[qubit] for qubit in step.qubits]), time, place, circuit)
    options = {**QSimOptions(cpu_threads=threads).as_dict(), "c": circuit, "s": seed}
    outcomes = np.asarray(qsimcirq.qsim.qsim_sample_final(options, shots), dtype=np.int64)
    return histogram_of_outcomes(outcomes, program.measured, program.num_clbits)


@dataclass
class _Branch:
    """Shots that share every measured bit so far, hence one state (an axis for each qubit)."""

    state: NDArray[np.complex128]
    bits: int
    shots: int
    steps: list[Instruction]  # what is still to do before the tail, the next one last


def _sample_branches(program: Program, shots: int, seed: int) -> dict[str, int]:
    """Histogram of any circuit; the branches are drawn depth first from one generator."""
    generator = np.random.default_rng(seed)
    state = np.zeros((2,) * program.num_qubits, dtype=np.complex128)
    state[(0,) * program.num_qubits] = 1
    branches = [_Branch(state, 0, shots, list(program.instructions[: program.tail])[::-1])]
    histogram: dict[str, int] = {}
    while branches:
        branch = branches.pop()
        while branch.steps:
            step = branch.steps.pop()
            if step.name == "if_else":
                branch.steps.extend(reversed(step.chosen_body(branch.bits)))
            elif step.name in ("measure", "reset"):
                branches.extend(_split(branch, step, generator))
            else:
                branch.state = _apply(branch.state, [step])
        for key, count in _sample_tail(branch, program, generator).items():
            histogram[key] = histogram.get(key, 0) + count
    return histogram


def _apply(state: NDArray[np.complex128], steps: Sequence[Instruction]) -> NDArray[np.complex128]:
    """The state after the gates; the one given is overwritten."""
    import cirq

    scratch = np.empty_like(state)
    for step in steps:
        result = cirq.apply_unitary(_gate(step), cirq.ApplyUnitaryArgs(state, scratch, step.qubits))
        if result is scratch:
            scratch = state
        state = result
    return state


def _split(branch: _Branch, step: Instruction, generator: np.random.Generator) -> list[_Branch]:
    """Measures or resets a qubit: the branch goes on with one outcome, a new one takes the other."""
    halves = np.moveaxis(branch.state, step.qubits[0], 0)
    weights = np.array([np.vdot(half, half).real for half in halves])
    ones = int(generator.binomial(branch.shots, weights[1] / weights.sum()))
    shots = {0: branch.shots - ones, 1: ones}
    seen = [outcome for outcome in shots if shots[outcome]]
    other = [_Branch(branch.state.copy(), branch.bits, 0, list(branch.steps)) for _ in seen[1:]]
    for part, outcome in zip([branch, *other], seen, strict=True):
        part.shots = shots[outcome]
        _collapse(part, step, outcome, weights[outcome])
    return other


def _collapse(branch: _Branch, step: Instruction, outcome: int, weight: float) -> None:
    """Projects on the outcome; notes it in the clbit, or turns the qubit back to 0."""
    halves = np.moveaxis(branch.state, step.qubits[0], 0)
    kept = halves[outcome] / np.sqrt(weight)
    halves[...] = 0
    if step.name == "reset":
        halves[0] = kept
    else:
        halves[outcome] = kept
        mask = 1 << step.clbits[0]
        branch.bits = branch.bits | mask if outcome else branch.bits & ~mask


def _sample_tail(branch: _Branch, program: Program, generator: np.random.Generator) -> dict[str, int]:
    """Draws the final measurements of a branch together; the other clbits keep what they read."""
    outcomes = np.zeros(branch.shots, dtype=np.int64)
    if program.measured:
        state = _apply(branch.state, program.gates)
        # Qubit 0 is the first axis, the most significant bit; transposed, it is the least.
        outcomes = sample_probabilities(np.abs(state.T.ravel()) ** 2, branch.shots, generator)
    return histogram_of_outcomes(outcomes, program.measured, program.num_clbits, branch.bits)
