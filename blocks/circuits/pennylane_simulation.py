"""What a tape of PennyLane samples by PennyLane's own default.qubit, exactly: the second reading of it.

Nothing of the translation is used: PennyLane itself decomposes templates, applies operations, measures in
mid-circuit, resolves conditions and says which basis an observable is measured in, once for each way in which
the measurements can come out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from blocks.backends.pennylane_device import RECORDING
from blocks.circuits._branches import Walk, marginal
from qorum.circuits.second_reading.tokens import Abstains


def pennylane_distribution(tape: Any) -> dict[str, float]:
    """Exact probabilities of the wires and results that a tape's measurements ask for.

    Args:
        tape: with numbers for all parameters, one set of them.

    Returns:
        By outcome, bit 0 rightmost: wires in rising order if they are integers, else in order of first use,
        each in the basis of its observables; then results of mid-circuit measurements. All wires if nothing
        is asked for.

    Raises:
        TooLarge: it is not small.
        Abstains: default.qubit does not simulate an operation.
    """
    import pennylane as qml

    with RECORDING, qml.QueuingManager.stop_recording():
        return _Simulation(tape).distribution()


_Branch = tuple[Any, dict[Any, int]]
"""A state, and the results of the measurements on the way."""


class _Simulation:
    def __init__(self, tape: Any) -> None:
        import pennylane as qml

        wires = list(tape.wires)
        if all(not isinstance(wire, bool) and isinstance(wire, Integral) for wire in wires):
            wires = sorted(wires)
        self._walk = Walk(len(wires), len(tape.operations))
        self._wires = range(len(wires))
        if wires != list(self._wires):
            tape = _transformed(qml.map_wires, tape, {wire: place for place, wire in enumerate(wires)})
        self._tape = tape
        numbers = {
            operation: number for number, operation in enumerate(tape.operations) if _measures(operation)
        }
        groups = [group for measurement in tape.measurements for group in _results(measurement)]
        read = [result for group in groups for result in sorted(group, key=numbers.__getitem__)]
        self._read = list(dict.fromkeys(read))

    def distribution(self) -> dict[str, float]:
        state, operations = self._simulated()
        self._walk.check(len(self._wires), len(operations))
        begin: _Branch = (state, {})
        asked, total = self._asked(), dict[str, float]()
        for (state, results), weight in self._walk.through(begin, operations, self._after):
            bits = [int(results[result]) for result in self._read]
            for values, chance in marginal(np.abs(state) ** 2, asked):
                outcome = "".join(map(str, reversed((*values, *bits))))
                total[outcome] = total.get(outcome, 0.0) + weight * chance
        return total

    def _simulated(self) -> tuple[Any, list[Any]]:
        """The state that the tape begins with, and its operations as default.qubit takes them."""
        import pennylane as qml
        from pennylane.devices.default_qubit import stopping_condition
        from pennylane.devices.preprocess import decompose
        from pennylane.devices.qubit.initialize_state import create_initial_state
        from pennylane.tape import QuantumScript
        from pennylane.transforms import convert_to_numpy_parameters

        whole = QuantumScript([*self._tape.operations, *_rotations(self._tape.measurements)], [])
        numbers = _transformed(convert_to_numpy_parameters, whole)
        try:
            plain = _transformed(
                decompose, numbers, stopping_condition=stopping_condition, name="default.qubit"
            )
        except qml.exceptions.DeviceError as error:
            raise Abstains(str(error)) from error
        operations = list(plain.operations)
        if any(wire not in self._wires for operation in operations for wire in operation.wires):
            raise Abstains("an operation that takes other wires to work with")
        if operations and isinstance(operations[0], qml.operation.StatePrepBase):
            return create_initial_state(self._wires, operations[0]), operations[1:]
        return create_initial_state(self._wires), operations

    def _after(self, operation: Any, branch: _Branch) -> _Branch:
        from pennylane.devices.qubit.apply_operation import apply_operation

        state, known = branch[0], dict(branch[1])
        return apply_operation(operation, state, mid_measurements=known, rng=self._walk.draws), known

    def _asked(self) -> list[int]:
        """The wires whose outcomes are sampled."""
        named: set[int] = set()
        for measurement in self._tape.measurements:
            if measurement.mv is None:
                named.update(measurement.wires or self._wires)
        return sorted(named) if named or self._read else list(self._wires)


def _measures(operation: Any) -> bool:
    from pennylane.ops import MidMeasure

    return isinstance(operation, MidMeasure)


def _transformed(transform: Callable[..., Any], tape: Any, *settings: Any, **named: Any) -> Any:
    """The one tape that a transform makes of one."""
    (made,), _ = transform(tape, *settings, **named)
    return made


def _results(measurement: Any) -> list[list[Any]]:
    """Mid-circuit measurements that one measurement returns; those of one number together."""
    values = measurement.mv
    if values is None:
        return []
    return [list(value.measurements) for value in (values if isinstance(values, list | tuple) else [values])]


def _rotations(measurements: Sequence[Any]) -> list[Any]:
    """What PennyLane does before it measures observables in the computational basis."""
    import pennylane as qml

    words: list[Any] = []
    rotations: list[Any] = []
    for measurement in measurements:
        observable = measurement.obs
        if observable is None:
            continue
        if observable.pauli_rep is None or observable.name == "Hadamard":
            own = observable.diagonalizing_gates()
            rotations += [] if any(observable == known for known in words) else own
        else:
            words += [word.operation() for word in observable.pauli_rep if word]
    if words:
        rotations += qml.pauli.diagonalize_qwc_pauli_words(tuple(words))[0]
    return rotations
