"""What observables are worth in the state that a training has found, as the training ran, and ideally."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.objectives import open_objective
from qorum.backends import derive_seed
from qorum.errors import QorumError
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Request
from qorum.training.trained_states import trained_states

Figures = dict[str, float | str]


def observed_figures(
    observables: Mapping[str, PauliSum],
    circuit: QuantumCircuit,
    point: np.ndarray,
    *,
    backend: str,
    shots: int,
    seed: int,
) -> Figures:
    """Expectation values at a point.

    Args:
        observables: by name.
        circuit: without measurements.
        point: shape [parameters].
        backend: where the training is; one that charges is asked for nothing.
        shots: samples of each observable; 0: exact.
        seed: of the samples.

    Returns:
        `observable NAME`; where it is an estimate `observable NAME standard error`; where the backend's is
        none of a perfect device, `observable NAME ideal`. Where a backend gives no answer, why in words.
    """
    figures: Figures = {}
    for name, observable in observables.items():
        called = f"observable {name}"
        ideal = _ideal(observable, circuit, point)
        if not shots and backend.partition("?")[0] == "torch" and not load_backend(backend).profile().noisy:
            if ideal is not None:
                figures[called] = ideal
            continue
        drawn = derive_seed(seed, "observable", name)
        figures |= _measured(called, observable, circuit, point, backend, shots, drawn)
        if ideal is not None:
            figures[f"{called} ideal"] = ideal
    return figures


def _ideal(observable: PauliSum, circuit: QuantumCircuit, point: np.ndarray) -> float | None:
    states = trained_states(circuit, point)
    return None if states is None else float(observable.expectation(states)[0])


def _measured(
    called: str,
    observable: PauliSum,
    circuit: QuantumCircuit,
    point: np.ndarray,
    backend: str,
    shots: int,
    seed: int,
) -> Figures:
    if not observable.terms:
        return {called: observable.constant}
    try:
        if not load_backend(backend).profile().price.is_free:
            return {called: f"not measured: {backend} charges for each circuit"}
        answer = open_objective(backend, circuit, observable, shots, seed).evaluate(
            Request(point[None]), seed
        )
    except QorumError as error:  # the training's result stands without it
        return {called: f"not measured: {error}"}
    figures: Figures = {called: float(answer.values[0])}
    if shots:
        figures[f"{called} standard error"] = float(answer.variances[0]) ** 0.5
    return figures
