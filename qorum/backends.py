"""What every backend offers the rest of the house, and what the rest may know of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qorum.counts import Counts

if TYPE_CHECKING:  # the engine imports PyTorch, which takes seconds
    from qorum.statevector.noise import NoiseModel
    from qorum.statevector.observables import PauliSum

Pool = Literal["cpu", "cuda", "mps", "qpu"]


@dataclass(frozen=True)
class Billed:
    """One circuit of a job as a vendor counts it.

    Attributes:
        shots: samples.
        seconds: of execution, all shots together; waiting is free.
        one_qubit_gates: as submitted.
        two_qubit_gates: as submitted; one of k > 2 qubits counts as 6·(k − 2), as IonQ bills it.
    """

    shots: int
    seconds: float = 0.0
    one_qubit_gates: int = 0
    two_qubit_gates: int = 0


@dataclass(frozen=True)
class Price:
    """What a vendor charges for a job, in USD; the parts add up.

    Attributes:
        per_task: for each task that the vendor makes of the job.
        per_circuit: for each circuit, however often it is sampled.
        per_shot: for each sample.
        per_second: for each second of execution.
        minimum_seconds: what is billed of `per_second` at least for each task.
        per_one_qubit_gate_shot: for each one-qubit gate of each sample.
        per_two_qubit_gate_shot: for each two-qubit gate of each sample.
        circuits_per_task: how many circuits of a job make one task.
    """

    per_task: float = 0.0
    per_circuit: float = 0.0
    per_shot: float = 0.0
    per_second: float = 0.0
    minimum_seconds: float = 0.0
    per_one_qubit_gate_shot: float = 0.0
    per_two_qubit_gate_shot: float = 0.0
    circuits_per_task: int = 1

    @property
    def is_free(self) -> bool:
        """Whether nothing is ever charged."""
        return replace(self, circuits_per_task=1) == FREE

    def of(self, circuits: Sequence[Billed]) -> float:
        """Cost in USD of one job with these circuits: no other function says what anything costs."""
        tasks = [
            circuits[start : start + self.circuits_per_task]
            for start in range(0, len(circuits), self.circuits_per_task)
        ]
        return sum(self._of_task(task) for task in tasks)

    def of_each(self, circuits: Sequence[Billed]) -> list[float]:
        """The share of each circuit in the job's cost: fees of a task are shared evenly; the sum is `of`."""
        shares: list[float] = []
        for start in range(0, len(circuits), self.circuits_per_task):
            task = circuits[start : start + self.circuits_per_task]
            own = [self._of_samples(one) for one in task]
            common = (self._of_task(task) - sum(own)) / len(task)
            shares += [common + share for share in own]
        return shares

    def _of_task(self, circuits: Sequence[Billed]) -> float:
        seconds = max(self.minimum_seconds, sum(one.seconds for one in circuits))
        return self.per_task + self.per_second * seconds + sum(map(self._of_samples, circuits))

    def _of_samples(self, one: Billed) -> float:
        gates = (
            one.one_qubit_gates * self.per_one_qubit_gate_shot
            + one.two_qubit_gates * self.per_two_qubit_gate_shot
        )
        return self.per_circuit + one.shots * (self.per_shot + gates)


FREE = Price()


@dataclass(frozen=True)
class TimeBound:
    """How long a vendor that bills by the second works on a circuit at most: so much is set aside for it.

    Attributes:
        start_seconds: of any circuit.
        amplitude_seconds: of one gate on one number of the simulated state.
        is_density: whether that is a density matrix.
        longest_seconds: after which the vendor stops.
    """

    start_seconds: float
    amplitude_seconds: float
    is_density: bool
    longest_seconds: float

    def seconds(self, num_qubits: int, gates: int) -> float:
        """For a circuit of this size, measurements of all its qubits included."""
        if num_qubits > MOST_QUBITS:
            return self.longest_seconds
        amplitudes = 2.0 ** (2 * num_qubits if self.is_density else num_qubits)
        worked = (gates + num_qubits) * amplitudes * self.amplitude_seconds
        return min(self.longest_seconds, self.start_seconds + worked)


MOST_QUBITS = 100
"""Whose states no machine holds."""


@dataclass(frozen=True)
class BackendProfile:
    """A backend as routing and compilation see it.

    Attributes:
        name: what a user writes in `backends`, e.g. `aer?method=stabilizer`; unique in a run.
        provider: whose machine or library it is, e.g. `ibm`, `google`.
        engine: the simulator or device family; two backends of one engine share its bugs.
        device: the concrete device within the engine, e.g. `fake_torino`.
        pool: the work pool whose workers can run it.
        num_qubits: the largest circuit it takes.
        target: native gates, connectivity and, where noisy, calibration.
        dynamic: whether it runs mid-circuit measurement, reset and `if`.
        noisy: whether its distribution deviates from the ideal one.
        clifford_only: whether it takes only Clifford circuits (a stabilizer simulator).
        largest_bond: of matrix product states, the logarithm to base 2 of the largest bond; else None.
        specialized: whether it suits some circuits only, so that it is considered by name, or for circuits
            that general engines cannot run or take long for.
        max_shots: most shots of one circuit.
        max_circuits: most circuits of one job.
        queue_wait: expected wait in seconds before a job starts.
        load_seconds: what importing its library takes about, once in a process.
        pace: seconds of its work in units of what is assumed of its pool before anything was measured.
        price: what a job costs.
        time_bound: how long a circuit is billed at most, where the vendor's bound is known; else what was
            measured foretells it.
        calibration_id: identifies the calibration in use; None where there is none.
        calibrated_at: when that calibration was made.
    """

    name: str
    provider: str
    engine: str
    device: str
    pool: Pool
    num_qubits: int
    target: Target
    dynamic: bool = False
    noisy: bool = False
    clifford_only: bool = False
    largest_bond: int | None = None
    specialized: bool = False
    max_shots: int = 1_000_000
    max_circuits: int = 1_000
    queue_wait: float = 0.0
    load_seconds: float = 0.0
    pace: float = 1.0
    price: Price = FREE
    time_bound: TimeBound | None = None
    calibration_id: str | None = None
    calibrated_at: datetime | None = None


@dataclass(frozen=True)
class OwnEngine:
    """That a backend is our own engine, which a training may ask for energies with gradients.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        noise: of gates and readout.
        is_single: whether single precision was asked for; double is the rule for energies.
        missing: why it cannot run on this machine; empty if it can.
        trajectories: whether noise is drawn at random, circuit by circuit.
    """

    device: str
    noise: NoiseModel
    is_single: bool = False
    missing: str = ""
    trajectories: bool = False


class LocalBackend(Protocol):
    """A backend that runs in this process and returns at once: every simulator."""

    def profile(self) -> BackendProfile:
        """What this backend is and takes. Cheap after the first call."""
        ...

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """Sample every circuit `shots` times.

        Args:
            circuits: compiled to `profile().target`; the histogram covers all their clbits.
            shots: samples of each circuit, at least 1.
            seeds: one for each circuit; the same circuit, shots and seed give the same counts.

        Returns:
            One `Counts` for each circuit, in the order given.

        Raises:
            BackendFailed: the engine refused or broke; nothing of the batch is returned.
        """
        ...


class ExpectationBackend(LocalBackend, Protocol):
    """A local backend that also knows expectation values without sampling, those of its noise included.

    A backend of ours says so by `can_expect`; `expectation` of one that does not is refused.
    """

    @property
    def can_expect(self) -> bool:
        """Whether `expectation` answers, with the settings that the backend has."""
        ...

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        """The expectation value of one observable in the state of each circuit.

        Gates are as noisy as in `run`; readout errors are not there, for nothing is read out.

        Args:
            circuits: compiled to `profile().target`, bound and without measurements.
            observables: one for each circuit, on its qubits as they are after compilation.

        Returns:
            One number for each circuit, in the order given: the same for the same arguments.

        Raises:
            BackendFailed: the engine refused or broke, or only samples; nothing of the batch is returned.
        """
        ...


def derive_seed(run_seed: int, *parts: str | int) -> int:
    """A seed in [0, 2**31) from what it is for, so that any part of a run can be repeated alone.

    `parts` are, for a replica: circuit digest, backend name, replica index.
    """
    text = "\x1f".join(str(part) for part in (run_seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
