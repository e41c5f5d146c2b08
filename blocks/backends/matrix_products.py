"""Our own matrix product states: wide circuits of little entanglement, without truncation."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import PrivateAttr

from blocks.backends._gate_simulator import GateSimulator
from qorum.backends import BackendProfile
from qorum.circuits.instructions import Program
from qorum.circuits.native import ideal_target
from qorum.results.sampling import histogram_of

MOST_QUBITS = 200
LARGEST_BOND = 1 << 8


class MatrixProducts(GateSimulator):
    """Matrix product states in NumPy, exact up to rounding; static circuits only.

    A circuit whose qubits, in their order, cannot be cut anywhere without more than 8 bits of entanglement is
    refused while it runs.
    """

    _block_type_name = "Matrix products"
    _block_type_slug = "matrix-products"
    _description = "Qorum's matrix product states: up to 200 qubits with little entanglement, on the CPU."

    short_name: ClassVar[str] = "products"
    may_share_process: ClassVar[bool] = True

    _profile: BackendProfile | None = PrivateAttr(default=None)

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless, static circuits."""
        if self._profile is None:
            self._profile = BackendProfile(
                name=self.backend_name,
                provider="qorum",
                engine="products",
                device="products",
                pool="cpu",
                num_qubits=MOST_QUBITS,
                target=ideal_target(dynamic=False),
                largest_bond=LARGEST_BOND.bit_length() - 1,
                specialized=True,
                load_seconds=0.1,
                pace=2.0,
            )
        return self._profile

    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """Qubit after qubit, all shots together."""
        from qorum.statevector.products import ProductState, gate_matrix

        state = ProductState(program.num_qubits, LARGEST_BOND)
        for step in program.gates:
            state.apply(gate_matrix(step.name, step.params), step.qubits)
        found = state.sample(shots, np.random.default_rng(seed))
        bits = np.zeros((shots, program.num_clbits), dtype=np.uint8)
        measured = program.measured
        bits[:, list(measured)] = found[:, list(measured.values())]
        return histogram_of(bits)
