"""What a trained circuit says of a QUBO: the best feasible assignment among its samples."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.statevector.sampling import draw
from qorum.training.qubo import Qubo
from qorum.training.trained_states import trained_states

SAMPLES = 1000
MOST_QUBITS = 22
"""Up to which the state is made once more."""


def qubo_figures(
    problem: Qubo, circuit: QuantumCircuit, parameters: np.ndarray, seed: int
) -> dict[str, float | str]:
    """Of 1,000 samples of the circuit's state on our own engine, exact and without noise.

    Args:
        problem: variable k is qubit k.
        circuit: without measurements.
        parameters: shape [parameters].
        seed: of the samples.

    Returns:
        `feasible share` of them; of the best feasible one (of the best one, if none is feasible)
        `objective` as the user has it, `variables`, `bitstring` (rightmost character = first variable) and
        `feasible`; the `optimal objective` where it is known. Nothing above 22 qubits.
    """
    states = trained_states(circuit, parameters, MOST_QUBITS)
    if states is None:
        return {}
    seen, often = draw(states[0], SAMPLES, np.random.default_rng(derive_seed(seed, "qubo")))
    count = len(problem.variables)
    bits = np.asarray(seen)[:, None] >> np.arange(count) & 1
    holds, values = problem.feasible(bits), problem.objective(bits)
    candidates = np.flatnonzero(holds) if holds.any() else np.arange(len(bits))
    best = bits[candidates[int(np.argmin(values[candidates]))]]
    sign = -1.0 if problem.maximize else 1.0
    figures: dict[str, float | str] = {
        "feasible share": float(np.average(holds, weights=often)),
        "objective": sign * float(problem.objective(best[None])[0]),
        "feasible": "yes" if holds.any() else "no: no sample meets all constraints",
        "variables": ", ".join(
            f"{name}={value}" for name, value in zip(problem.variables, best, strict=True)
        ),
        "bitstring": "".join(str(value) for value in best[::-1]),
    }
    if (known := problem.best()) is not None:
        figures["optimal objective"] = sign * known[0]
    return figures
