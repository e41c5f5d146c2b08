"""A whole backend in one file: exact probabilities by Qiskit's `Statevector`, shots drawn from them.

    export QORUM_BACKEND_MODULES=examples.exact_backend
    python -m flows.run_circuits examples/ghz.qasm --backends exact,aer,cirq

Put into `blocks/backends/`, it needs no variable. `OMP_NUM_THREADS=1 python -m pytest
tests/contracts/test_backends.py -k '[exact'` tries it on everything that a backend must do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from qorum.backends import BackendProfile
from qorum.circuits.instructions import read_program
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.results.sampling import histogram_of_outcomes, sample_probabilities


class ExactBackend(BackendBlock):
    """Static circuits on a dense state vector in complex128."""

    _block_type_name = "Exact backend"
    _block_type_slug = "exact-backend"

    short_name: ClassVar[str] = "exact"

    max_qubits: int = Field(
        default=20, ge=1, le=26, title="Largest circuit (qubits)", description="20 qubits take 16 MiB."
    )

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless, static circuits."""
        return BackendProfile(
            name=self.backend_name,
            provider="examples",
            engine="statevector",
            device="statevector",
            pool="cpu",
            num_qubits=self.max_qubits,
            target=ideal_target(dynamic=False),
        )

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`."""
        return [self._sample(circuit, shots, seed) for circuit, seed in zip(circuits, seeds, strict=True)]

    def _sample(self, circuit: QuantumCircuit, shots: int, seed: int) -> Counts:
        from qiskit.exceptions import QiskitError
        from qiskit.quantum_info import Statevector

        try:
            program = read_program(circuit)
            program.require_static()
            state = Statevector(circuit.remove_final_measurements(inplace=False))
        except (QiskitError, TypeError, ValueError) as error:
            raise BackendFailed(self.backend_name, f"{circuit.name}: {error}") from error
        outcomes = sample_probabilities(state.probabilities(), shots, np.random.default_rng(seed))
        histogram = histogram_of_outcomes(outcomes, program.measured, program.num_clbits)
        return Counts(histogram, self.backend_name, seed=seed)
