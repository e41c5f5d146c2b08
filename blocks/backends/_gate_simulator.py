"""What simulators share that are handed native gates one by one, one circuit at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from qorum.circuits.instructions import Program, read_program
from qorum.counts import Counts
from qorum.errors import BackendFailed


class GateSimulator(BackendBlock):
    """A simulator whose file says how one program is sampled, and nothing else of running."""

    @abstractmethod
    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """Histogram over all clbits of the program; any error counts as a failure of the backend."""

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`."""
        return [self._run_one(*job, shots) for job in zip(circuits, seeds, strict=True)]

    def _run_one(self, circuit: QuantumCircuit, seed: int, shots: int) -> Counts:
        profile = self.profile()
        if circuit.num_qubits > profile.num_qubits:
            raise BackendFailed(
                profile.name,
                f"{circuit.name}: at most {profile.num_qubits} qubits expected, found {circuit.num_qubits}",
            )
        try:
            program = read_program(circuit)
            if not profile.dynamic:
                program.require_static()
            histogram = self.sample(program, shots, seed)
        except Exception as error:
            raise BackendFailed(profile.name, f"{circuit.name}: {error}") from error
        return Counts(histogram, profile.name, seed=seed)
