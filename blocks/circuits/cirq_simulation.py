"""What a circuit of Cirq samples by Cirq's own simulator, exactly: the second reading of it.

Nothing of the translation is used: Cirq itself applies gates, measures, resolves conditions and runs
subcircuits, once for each way in which the measurements can come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blocks.circuits._branches import Walk, marginal
from qorum.circuits.second_reading.tokens import Abstains

MAX_DENSE_QUBITS = 6
"""Qubits up to which channels are simulated, on density matrices."""


def cirq_distribution(circuit: Any) -> dict[str, float]:
    """Exact probabilities of the last record of every key, keys in the order of their first measurement.

    Args:
        circuit: without symbols. Its qubits count in sorted order where nothing is measured.

    Returns:
        By outcome, bit 0 rightmost.

    Raises:
        TooLarge: it is not small.
        Abstains: a channel on many qubits.
    """
    qubits = sorted(circuit.all_qubits())
    operations = list(circuit.all_operations())
    try:
        return _Simulation(qubits, operations, dense=False).distribution()
    except Abstains:
        if len(qubits) > MAX_DENSE_QUBITS:
            raise Abstains(f"a channel among more than {MAX_DENSE_QUBITS} qubits") from None
        return _Simulation(qubits, operations, dense=True).distribution()


class _Simulation:
    def __init__(self, qubits: Sequence[Any], operations: Sequence[Any], *, dense: bool) -> None:
        self._walk = Walk(len(qubits), len(operations))
        self._qubits, self._dense = list(qubits), dense
        self._now, self._final = _split(operations)
        self._keys = list(dict.fromkeys(_keys(operations)))

    def distribution(self) -> dict[str, float]:
        total: dict[str, float] = {}
        for state, weight in self._walk.through(self._begin(), self._now, _after):
            for outcome, chance in self._outcomes(state):
                total[outcome] = total.get(outcome, 0.0) + weight * chance
        return total

    def _begin(self) -> Any:
        import cirq

        kind = cirq.DensityMatrixSimulationState if self._dense else cirq.StateVectorSimulationState
        draws: Any = self._walk.draws
        return kind(qubits=self._qubits, prng=draws, initial_state=0, dtype=np.complex128)

    def _outcomes(self, state: Any) -> Iterable[tuple[str, float]]:
        """Outcomes of a branch: what it has measured, and what it measures at its end all together."""
        known = {str(key): records[-1] for key, records in state.classical_data.records.items()}
        last = self._final or ([] if known else [("", self._qubits, [False] * len(self._qubits))])
        asked = list(dict.fromkeys(qubit for _, qubits, _ in last for qubit in qubits))
        places = [self._qubits.index(qubit) for qubit in asked]
        for values, chance in marginal(self._chances(state), places):
            read = dict(zip(asked, values, strict=True))
            found = dict(known)
            for key, qubits, inverted in last:
                found[key] = [read[qubit] ^ bool(flip) for qubit, flip in zip(qubits, inverted, strict=True)]
            bits = [bit for key in self._keys or [""] for bit in found[key]]
            yield "".join(str(int(bit)) for bit in reversed(bits)), chance

    def _chances(self, state: Any) -> np.ndarray:
        """Probabilities of all qubits, one axis of 2 for each."""
        if not self._dense:
            return np.abs(state.target_tensor) ** 2
        size = len(self._qubits)
        density: NDArray[np.complex128] = state.target_tensor.reshape(1 << size, 1 << size)
        return np.diag(density).real.reshape((2,) * size)


def _after(operation: Any, state: Any) -> Any:
    import cirq

    copied = state.copy()
    data = state.classical_data
    if data.records:  # whose copies share the list of a key's records
        copied._classical_data = cirq.ClassicalDataDictionaryStore(
            _records={key: list(records) for key, records in data.records.items()},
            _measured_qubits={key: list(qubits) for key, qubits in data.measured_qubits.items()},
        )
    cirq.act_on(operation, copied)
    return copied


def _split(operations: Sequence[Any]) -> tuple[list[Any], list[tuple[str, Sequence[Any], Sequence[bool]]]]:
    """Operations to play, and the measurements after which nothing depends on their qubits or keys."""
    import cirq

    now: list[Any] = []
    final: list[tuple[str, Sequence[Any], Sequence[bool]]] = []
    touched: set[Any] = set()
    read: set[str] = set()
    for operation in reversed(operations):
        gate = operation.gate
        if (
            isinstance(gate, cirq.MeasurementGate)
            and not gate.confusion_map
            and str(gate.mkey) not in read
            and touched.isdisjoint(operation.qubits)
        ):
            final.append((str(gate.mkey), operation.qubits, gate.full_invert_mask()))
            read.add(str(gate.mkey))
            continue
        now.append(operation)
        touched.update(operation.qubits)
        read.update(map(str, cirq.control_keys(operation)), map(str, cirq.measurement_key_objs(operation)))
    return now[::-1], final[::-1]


def _keys(operations: Iterable[Any]) -> Iterable[str]:
    import cirq

    for operation in operations:
        inner = operation.untagged
        if isinstance(inner, cirq.CircuitOperation):
            yield from _keys(inner.replace(repeat_until=None).mapped_circuit().all_operations())
        else:
            yield from map(str, cirq.measurement_key_objs(operation))
