"""Circuits of Cirq, gate by gate.

Qubit i is the i-th in Cirq's sorted order. Classical bits follow the measurement keys in the order in which
these are first measured, and within a key the order of its qubits; of a key that is measured again, the
last record stands in the histogram, and each record has bits of its own for the conditions that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from qiskit.circuit.library import StatePreparation, UnitaryGate

from blocks.circuits._cirq_gates import certain, exact_gate, named_gate
from blocks.circuits._draft import Draft, Reading, too_many_bits
from qorum.circuits.expansion import controlled, flattened
from qorum.circuits.measured_values import MAX_BITS, Value, combine
from qorum.circuits.refusal import MAX_DEFINITION_DEPTH, NotCanonical, too_many_operations

MAX_MATRIX_QUBITS = 6
"""Qubits of an operation that is taken as its matrix where Cirq cannot decompose it."""


def read_cirq(circuit: Any) -> Reading:
    """The circuit of a `cirq.Circuit` or `cirq.FrozenCircuit`.

    Raises:
        NotCanonical: qudits, unbound symbols, noise channels, or what else has no place here.
    """
    import cirq

    if symbols := sorted(cirq.parameter_names(circuit)):
        raise NotCanonical(
            f"a circuit with numbers for its symbols expected, found {', '.join(symbols)} without; "
            "give them values with cirq.resolve_parameters"
        )
    qubits = sorted(circuit.all_qubits())
    for qubit in qubits:
        if qubit.dimension != 2:
            raise NotCanonical(f"qubits expected, found {qubit} with {qubit.dimension} levels")
    return _Translation(qubits).read(circuit)


class _Translation:
    def __init__(self, qubits: Sequence[Any]) -> None:
        self._place = {qubit: index for index, qubit in enumerate(qubits)}
        self._records: dict[Any, list[list[int]]] = {}
        self._looped: set[Any] = set()

    def read(self, circuit: Any) -> Reading:
        draft = Draft(len(self._place))
        self._translate(circuit.all_operations(), draft, 0)
        shown = [bit for records in self._records.values() for bit in records[-1]]
        warnings = [
            f"the key {str(key)!r} is measured {len(records)} times: its last record stands in the histogram"
            for key, records in self._records.items()
            if len(records) > 1
        ]
        return draft.finish(shown, warnings)

    def _translate(self, operations: Iterable[Any], draft: Draft, depth: int) -> None:
        if depth > MAX_DEFINITION_DEPTH:
            raise too_many_operations()
        for operation in operations:
            self._one(operation.untagged, draft, depth)

    def _one(self, operation: Any, draft: Draft, depth: int) -> None:
        import cirq

        gate = operation.gate
        if operation.classical_controls:
            self._conditional(operation, draft, depth)
        elif isinstance(operation, cirq.CircuitOperation):
            self._subcircuit(operation, draft, depth)
        elif isinstance(gate, cirq.MeasurementGate):
            self._measure(operation, draft)
        elif isinstance(gate, cirq.ResetChannel):
            draft.reset(self._place[operation.qubits[0]])
        elif isinstance(gate, cirq.StatePreparationChannel):
            self._prepare(operation, draft)
        elif isinstance(gate, cirq.IdentityGate | cirq.WaitGate | cirq.GlobalPhaseGate):
            return
        elif cirq.is_measurement(operation):
            self._decompose(operation, draft, depth)
        elif cirq.has_unitary(operation):
            self._gate(operation, draft, depth)
        elif (matrix := certain(operation)) is not None:
            draft.add(UnitaryGate(matrix), self._operands(operation)[::-1])
        elif cirq.has_kraus(operation):
            raise NotCanonical(
                f"gates, measurements and resets expected, found the noise channel {operation}; leave it out "
                "and run on a noisy backend"
            )
        else:
            self._decompose(operation, draft, depth)

    def _gate(self, operation: Any, draft: Draft, depth: int) -> None:
        import cirq

        operands = self._operands(operation)
        if isinstance(operation, cirq.ControlledOperation) or isinstance(operation.gate, cirq.ControlledGate):
            self._controlled(operation, draft)
        elif (named := named_gate(operation.gate)) is not None:
            draft.add(named, operands)
        elif len(operands) <= 2 or isinstance(operation.gate, cirq.MatrixGate):
            self._matrix(operation, draft)
        else:
            self._decompose(operation, draft, depth)

    def _controlled(self, operation: Any, draft: Draft) -> None:
        import cirq

        if not isinstance(operation, cirq.ControlledOperation):
            gate = operation.gate
            count = gate.num_controls()
            sub = gate.sub_gate.on(*operation.qubits[count:])
            operation = sub.controlled_by(*operation.qubits[:count], control_values=gate.control_values)
        if not isinstance(operation, cirq.ControlledOperation):  # Cirq has found a gate of its own for it
            self._gate(operation, draft, 0)
            return
        target, controls = operation.sub_operation, operation.controls
        if len(target.qubits) > MAX_MATRIX_QUBITS:
            raise NotCanonical(
                f"controlled operations on at most {MAX_MATRIX_QUBITS} qubits expected, found {target}; "
                "decompose it first"
            )
        base = flattened([(exact_gate(target), range(len(target.qubits)))], len(target.qubits))
        if not target.qubits:
            base.global_phase = float(np.angle(cirq.unitary(target)[0, 0]))
        operands = [self._place[qubit] for qubit in (*controls, *reversed(target.qubits))]
        for values in operation.control_values.expand():
            state = sum(int(value) << place for place, value in enumerate(values))
            body = controlled(base, len(controls), state)
            for step in body.data:
                draft.add(step.operation, [operands[body.find_bit(qubit).index] for qubit in step.qubits])

    def _matrix(self, operation: Any, draft: Draft) -> None:
        import cirq

        operands = self._operands(operation)
        if len(operands) > MAX_MATRIX_QUBITS:
            raise NotCanonical(
                f"operations that Cirq can decompose, or on at most {MAX_MATRIX_QUBITS} qubits, expected, "
                f"found {operation}; decompose it first"
            )
        draft.add(UnitaryGate(cirq.unitary(operation)), operands[::-1])

    def _decompose(self, operation: Any, draft: Draft, depth: int) -> None:
        import cirq

        parts = cirq.decompose_once(operation, None)
        known = parts is not None and all(qubit in self._place for part in parts for qubit in part.qubits)
        if parts is not None and known and _is_right(parts, operation):
            self._translate(parts, draft, depth + 1)
        elif cirq.has_unitary(operation):
            self._matrix(operation, draft)
        else:
            raise NotCanonical(
                f"gates, measurements, resets and subcircuits expected, found {operation}, which Cirq cannot "
                "decompose; write it by gates"
            )

    def _measure(self, operation: Any, draft: Draft) -> None:
        import cirq

        gate, key = operation.gate, cirq.measurement_key_obj(operation)
        if gate.confusion_map:
            raise NotCanonical(
                f"measurements without readout errors expected, found a confusion map of {str(key)!r}; "
                "leave it out and run on a noisy backend"
            )
        bits = [draft.new_bit() for _ in operation.qubits]
        records = self._records.setdefault(key, [])
        if records and len(records[0]) != len(bits):
            raise NotCanonical(
                f"records of {len(records[0])} qubits under {str(key)!r} expected, found {len(bits)}; "
                "use another key"
            )
        records.append(bits)
        for qubit, bit, inverted in zip(operation.qubits, bits, gate.full_invert_mask(), strict=True):
            draft.measure(self._place[qubit], bit, inverted=bool(inverted))

    def _prepare(self, operation: Any, draft: Draft) -> None:
        operands = self._operands(operation)
        for qubit in operands:
            draft.reset(qubit)
        draft.add(StatePreparation(np.asarray(operation.gate.state).ravel().tolist()), operands[::-1])

    def _conditional(self, operation: Any, draft: Draft, depth: int) -> None:
        conditions = [self._condition(condition) for condition in operation.classical_controls]
        if len({bit for condition in conditions for bit in condition.bits}) > MAX_BITS:
            raise too_many_bits(len({bit for condition in conditions for bit in condition.bits}))
        block = draft.inner()
        self._translate([operation.without_classical_controls()], block, depth + 1)
        draft.branch(combine(lambda *held: all(held), *conditions), block)

    def _condition(self, condition: Any) -> Value:
        """As Cirq itself resolves it, for every outcome of the records that it reads."""
        import cirq

        index, bits, places = getattr(condition, "index", -1), list[int](), dict[Any, int]()
        for key in dict.fromkeys(condition.keys):
            records = self._records.get(key, [])
            if not -len(records) <= index < len(records):
                raise NotCanonical(
                    f"a condition on a key that is measured before expected, found {condition}; measure first"
                )
            if key in self._looped and index != -1:
                raise NotCanonical(
                    f"a condition on the latest record of {str(key)!r}, measured in a loop, expected, "
                    f"found {condition}"
                )
            places[key] = len(bits)
            bits += records[index]
        if len(bits) > MAX_BITS:
            raise too_many_bits(len(bits))

        def holds(*read: bool) -> bool:
            known = {
                key: [
                    tuple(int(bit) for bit in read[start : start + len(record)])
                    for record in self._records[key]
                ]
                for key, start in places.items()
            }
            return bool(condition.resolve(cirq.ClassicalDataDictionaryStore(_records=known)))

        return combine(holds, *map(Value.of_bit, bits))

    def _subcircuit(self, operation: Any, draft: Draft, depth: int) -> None:
        if operation.repeat_until is None:
            mapped = operation.mapped_circuit()
            _check_conditions(operation, mapped)
            self._translate(mapped.all_operations(), draft, depth + 1)
            return
        body, block = operation._mapped_single_loop(), draft.inner()
        _check_conditions(operation, body)
        known = {key: len(records) for key, records in self._records.items()}
        self._translate(body.all_operations(), block, depth + 1)
        grown = {key for key, records in self._records.items() if len(records) > known.get(key, 0)}
        self._looped |= grown
        until = self._condition(operation._mapped_repeat_until)
        draft.extend(block)
        draft.repeat_while(until.map(lambda held: not held), block)

    def _operands(self, operation: Any) -> list[int]:
        return [self._place[qubit] for qubit in operation.qubits]


def _check_conditions(operation: Any, mapped: Any) -> None:
    """Refuse conditions of a subcircuit that Cirq loses a part of, as it maps their keys."""

    def said(circuit: Any) -> set[tuple[Any, ...]]:
        parts = ("index", "bitmask", "target_value", "equal_target")
        return {
            tuple(getattr(condition, part, None) for part in parts)
            for inner in circuit.all_operations()
            for condition in inner.classical_controls
        }

    if said(operation.circuit) - said(mapped):
        raise NotCanonical(
            "conditions of a subcircuit on the latest record, without a mask, expected, found one whose "
            "index, mask or target Cirq loses where it maps keys; write it with sympy, or outside of the "
            "subcircuit"
        )


def _is_right(parts: Sequence[Any], operation: Any) -> bool:
    """Whether a decomposition gives the operation's matrix, where that is small enough to tell."""
    import cirq

    if len(operation.qubits) > MAX_MATRIX_QUBITS or not cirq.has_unitary(operation):
        return True
    made = cirq.Circuit(parts).unitary(operation.qubits, operation.qubits)
    return cirq.allclose_up_to_global_phase(made, cirq.unitary(operation), atol=1e-7)
