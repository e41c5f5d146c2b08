"""What every objective checks before it evaluates, and what it knows of its landscape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.program import EngineProgram, lower
from qorum.statevector.shift_rules import MOST_FREQUENCIES, frequencies_of
from qorum.training.objective import Array, Landscape, Request


def checked_points(name: str, request: Request, num_parameters: int) -> Array:
    """The points of a request, float64, shape [points, parameters].

    Raises:
        CircuitRejected: no point, another number of parameters, or one that is not finite.
    """
    points = np.asarray(request.points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != num_parameters or not len(points):
        reason = f"points of shape [points, {num_parameters}] expected, found {list(points.shape)}"
        raise CircuitRejected(name, reason)
    if not np.isfinite(points).all():
        raise CircuitRejected(name, "finite parameters expected, found NaN or infinity")
    return points


def refuse_measurements(circuit: QuantumCircuit) -> None:
    """Raises `CircuitRejected` if an ansatz measures: what is measured is the observable's to say."""
    if "measure" in circuit.count_ops():
        reason = "a circuit without measurements expected, found some; remove_final_measurements drops them"
        raise CircuitRejected(circuit.name, reason)


Frequencies = Sequence[tuple[float, ...]] | None
"""Of any expectation value by each parameter, ascending; None: as the gates tell."""


def landscape_of(circuit: QuantumCircuit | Circuit, frequencies: Frequencies = None) -> Landscape:
    """The number of parameters and, for each, the frequencies of any expectation value in it.

    Those of a parameter are the sums and differences of those of the gates it stands in, unless `frequencies`
    says that they are fewer; where they are more than 64, none of a parameter is given.

    Raises:
        CircuitRejected: see `qorum.statevector.program.lower`.
    """
    program = circuit.program if isinstance(circuit, Circuit) else lower(circuit)
    count = len(program.angles.parameters)
    if frequencies is not None:
        return Landscape(count, tuple(frequencies))
    try:
        return Landscape(count, _frequencies(program, count, circuit.name))
    except _TooManyError:
        return Landscape(count)


class _TooManyError(Exception):
    """More frequencies than a rule could use."""


def _frequencies(program: EngineProgram, count: int, name: str) -> tuple[tuple[float, ...], ...]:
    of_slot = frequencies_of(program.elements(name))
    gaps: list[set[float]] = [{0.0} for _ in range(count)]
    for slot, place, weight in program.angles.weights:
        own = [abs(weight) * frequency for frequency in of_slot.get(slot, ())]
        steps = (0.0, *own, *(-step for step in own))
        gaps[place] = {round(gap + step, 9) for gap in gaps[place] for step in steps}
        if len(gaps[place]) > 2 * MOST_FREQUENCIES + 1:
            raise _TooManyError
    return tuple(tuple(sorted(gap for gap in found if gap > 0)) for found in gaps)
