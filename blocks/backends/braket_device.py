"""Amazon Braket's local simulators: state vector and density matrix."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from blocks.backends._braket_gates import BRAKET_GATES
from blocks.backends._gate_simulator import GateSimulator
from qorum.backends import BackendProfile
from qorum.circuits.instructions import Instruction, Program
from qorum.circuits.native import ideal_target
from qorum.results.sampling import histogram_of_outcomes, sample_probabilities

Simulator = Literal["statevector", "density_matrix"]

ENGINES: dict[Simulator, str] = {"statevector": "braket_sv", "density_matrix": "braket_dm"}

MOST_QUBITS: dict[Simulator, int] = {"statevector": 24, "density_matrix": 12}
"""Both take 256 MiB for the state, and a few times that while a gate is applied."""

_ONE_AT_A_TIME = Lock()
"""Braket runs circuits of more than 10 qubits through Numba's parallel loops; without TBB or OpenMP,
Numba aborts the whole process when two threads enter them at once."""


class BraketDevice(GateSimulator):
    """Amazon Braket's local simulators; static circuits only.

    The engine gives exact probabilities and the shots are drawn here: Braket seeds its own sampling
    from the operating system and offers no way to repeat it. Gates go to the simulation as objects:
    through `LocalSimulator`, Braket writes them as OpenQASM and parses that again, which takes thirty
    times as long as the simulation (14 ms against 0.5 ms for 5 qubits and 30 gates).
    """

    _block_type_name = "Braket device"
    _block_type_slug = "braket-device"
    _description = "Amazon Braket's local state-vector and density-matrix simulators, on this machine's CPU."

    short_name: ClassVar[str] = "braket"
    library: ClassVar[str] = "braket"
    extra: ClassVar[str] = "braket"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = ("simulator=density_matrix",)

    simulator: Simulator = Field(
        default="statevector",
        title="Simulator",
        description="statevector: up to 24 qubits. density_matrix: up to 12, an independent check.",
    )

    _profile: BackendProfile | None = PrivateAttr(default=None)

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless, static circuits."""
        if self._profile is None:
            engine = ENGINES[self.simulator]
            self._profile = BackendProfile(
                name=self.backend_name,
                provider="amazon",
                engine=engine,
                device=engine,
                pool="cpu",
                num_qubits=MOST_QUBITS[self.simulator],
                target=ideal_target(dynamic=False),
                load_seconds=1.4,
                pace=40.0,
            )
        return self._profile

    def warm_up(self) -> None:
        """Import Braket's simulators."""
        _operations()

    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """From the exact probabilities: Braket's own sampling cannot be seeded."""
        outcomes = np.zeros(shots, dtype=np.int64)
        if program.measured:
            probabilities = _probabilities(self.simulator, program)
            outcomes = sample_probabilities(probabilities, shots, np.random.default_rng(seed))
        return histogram_of_outcomes(outcomes, program.measured, program.num_clbits)


@cache
def _operations() -> dict[str, Callable[..., Any]]:
    """Braket's simulator operation for each of our gates, given its qubits and its angles.

    None of them carries a control modifier: the state-vector simulator gets those wrong.
    """
    from braket.default_simulator.gate_operations import BRAKET_GATES as OPERATIONS

    return {ours: OPERATIONS[theirs] for ours, theirs in BRAKET_GATES.items()}


def _operation(step: Instruction) -> Any:
    make = _operations().get(step.name)
    if make is None:
        raise ValueError(f"one of the gates {', '.join(_operations())} expected, found {step.name}")
    return make(step.qubits, *step.params)


def _probabilities(simulator: Simulator, program: Program) -> NDArray[np.float64]:
    """[2**n] probabilities of the final state; bit q of the index is qubit q."""
    from braket.default_simulator import DensityMatrixSimulation, StateVectorSimulation

    num_qubits = program.num_qubits
    if simulator == "statevector":
        simulation = StateVectorSimulation(num_qubits, shots=0, batch_size=1)
    else:
        simulation = DensityMatrixSimulation(num_qubits, shots=0)
    operations = [_operation(step) for step in program.gates]
    with _ONE_AT_A_TIME:
        simulation.evolve(operations)
    # Braket's qubit 0 is the most significant bit of the index.
    return simulation.probabilities.reshape((2,) * num_qubits).T.ravel()
