"""Gates of the standard libraries, as random programs know them: by Qiskit's classes."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.random import Generator
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.circuit.library import standard_gates as library

from benchmarks._reading_trees import Gate

STANDARD = get_standard_gate_name_mapping()
CONSTRUCTORS = {
    **{name: type(gate) for name, gate in STANDARD.items() if gate.num_qubits < 4},
    "u1": library.U1Gate, "u2": library.U2Gate, "u3": library.U3Gate, "cu1": library.CU1Gate,
    "cu3": library.CU3Gate, "u0": library.IGate,
}  # fmt: skip


@cache
def known(name: str) -> Gate:
    """A gate of the library."""
    kind = CONSTRUCTORS[name]
    gate = STANDARD.get(name) or kind(*[0.1] * {"u2": 2, "u3": 3, "cu3": 3}.get(name, 1))
    return Gate(len(gate.params), gate.num_qubits, lambda *angles: np.asarray(kind(*angles).to_matrix()))


def shape(rng: Generator, name: str) -> tuple[int, int]:
    """Parameters and qubits of an own gate: often those of the library's gate of that name."""
    if name in CONSTRUCTORS and rng.random() < 0.5:
        return known(name).num_params, known(name).num_qubits
    return int(rng.integers(0, 4)), int(rng.integers(1, 4))
