"""Tapes and QNodes of PennyLane, operation by operation.

Qubit i is wire i: integer wires in rising order, others in order of first use. The histogram holds the
wires that the measurements ask for, in the same order, each in the basis of the observables asked for; then
the mid-circuit measurements that they return. Other mid-circuit measurements are hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation, UnitaryGate, XGate

from blocks.backends.pennylane_device import RECORDING
from blocks.circuits._draft import Draft, Reading, too_many_bits
from blocks.circuits._pennylane_bases import Bases
from blocks.circuits._pennylane_gates import fixed_gate, undone
from qorum.circuits.expansion import controlled, flattened
from qorum.circuits.measured_values import MAX_BITS, Value, combine
from qorum.circuits.refusal import MAX_DEFINITION_DEPTH, NotCanonical, too_many_operations

_IDLE = ("Barrier", "Snapshot", "Identity", "GlobalPhase")

MAX_MATRIX_QUBITS = 6
"""Wires of an operation that is taken as its matrix where PennyLane cannot decompose it."""


def read_pennylane(circuit: Any) -> Reading:
    """The circuit of a tape, of a QNode without arguments, or of `(qnode, arguments, keywords)`.

    A `functools.partial` of a QNode is one with arguments, too.

    Raises:
        NotCanonical: noise channels, postselection, observables that cannot be measured together,
            arguments that are missing, or what else has no place here.
    """
    import pennylane as qml

    with RECORDING, qml.QueuingManager.stop_recording():
        tape = _tape(circuit)
        return _Translation(list(tape.wires)).read(tape)


def tape_of(circuit: Any) -> Any:
    """The tape of what `read_pennylane` takes: a QNode's function is called for it, once.

    Raises:
        NotCanonical: arguments are missing, or it makes several tapes.
    """
    import pennylane as qml

    with RECORDING, qml.QueuingManager.stop_recording():
        return _tape(circuit)


def _tape(circuit: Any) -> Any:
    import pennylane as qml
    from pennylane.tape import QuantumScript

    arguments: Sequence[Any] = ()
    keywords: dict[str, Any] = {}
    if isinstance(circuit, partial):
        circuit, arguments, keywords = circuit.func, circuit.args, circuit.keywords
    elif isinstance(circuit, tuple | list):
        given: list[Any] = [*circuit, *((circuit[0], (), {})[len(circuit) :])]
        circuit, arguments, keywords = given[:3]
    if isinstance(circuit, QuantumScript):
        return circuit
    if not isinstance(circuit, qml.QNode):
        raise NotCanonical(f"a tape or a QNode of PennyLane expected, found {type(circuit).__name__}")
    try:
        return qml.workflow.construct_tape(circuit)(*arguments, **keywords)
    except TypeError as error:
        raise NotCanonical(
            f"a QNode with its arguments expected: {error}; give (qnode, arguments, keywords)"
        ) from error
    except ValueError as error:
        raise NotCanonical(f"a QNode that makes one tape expected: {error}") from error


class _Translation:
    def __init__(self, wires: list[Any]) -> None:
        if all(not isinstance(wire, bool) and isinstance(wire, Integral) for wire in wires):
            wires.sort()
        self._wires = wires
        self._place = {wire: index for index, wire in enumerate(wires)}
        self._records: dict[Any, int] = {}
        self._touched: set[Any] = set()

    def read(self, tape: Any) -> Reading:
        if tape.batch_size is not None:
            raise NotCanonical(
                f"one set of parameters expected, found {tape.batch_size} at once; give one tape for each"
            )
        draft, bases = Draft(len(self._wires)), Bases()
        self._translate(tape.operations, draft, 0)
        for measurement in tape.measurements:
            bases.ask(measurement, self._wires)
        self._translate(bases.rotations(), draft, 0)
        shown: list[int] = []
        for wire in (
            self._wires if bases.everything else [wire for wire in self._wires if wire in bases.asked]
        ):
            shown.append(draft.new_bit())
            draft.measure(self._place[wire], shown[-1])
        for group in bases.results:  # PennyLane puts those of one number in an order of chance
            bits = [self._records.get(_identity(measured)) for measured in group]
            if None in bits:
                raise NotCanonical("results of measurements in the circuit expected, found one of another")
            shown += sorted(bit for bit in bits if bit is not None)
        return draft.finish(list(dict.fromkeys(shown)))

    def _translate(self, operations: Iterable[Any], draft: Draft, depth: int) -> None:
        if depth > MAX_DEFINITION_DEPTH:
            raise too_many_operations()
        for operation in operations:
            self._one(operation, draft, depth)
            if operation.name not in _IDLE:
                self._touched.update(operation.wires)

    def _one(self, operation: Any, draft: Draft, depth: int) -> None:
        from pennylane.operation import Channel, StatePrepBase
        from pennylane.ops import Conditional, Controlled

        name = operation.name
        if isinstance(operation, Conditional):
            self._conditional(operation, draft, depth)
        elif name == "MidMeasureMP" or type(operation).__name__ == "PauliMeasure":
            self._measure(operation, draft)
        elif name in _IDLE:
            return
        elif isinstance(operation, Channel):
            raise NotCanonical(
                f"gates and measurements expected, found the noise channel {operation}; leave it out and run "
                "on a noisy backend"
            )
        elif isinstance(operation, Controlled):
            self._controlled(operation, draft, depth)
        elif (gate := fixed_gate(operation)) is not None:
            draft.add(gate, self._operands(operation))
        elif isinstance(operation, StatePrepBase):
            self._prepare(operation, draft, depth)
        else:
            self._other(operation, draft, depth)

    def _other(self, operation: Any, draft: Draft, depth: int) -> None:
        from pennylane.ops import Evolution, Exp, QubitUnitary

        exact = isinstance(operation, Exp | Evolution | QubitUnitary)
        small = len(operation.wires) <= (MAX_MATRIX_QUBITS if exact else 2)
        matrix = _matrix(operation) if small else None
        if matrix is not None:
            draft.add(UnitaryGate(matrix), self._operands(operation)[::-1])
        elif inverses := undone(operation):
            self._translate(inverses, draft, depth + 1)
        elif operation.has_decomposition:
            parts = operation.decomposition()
            self._check_wires(operation, parts)
            self._translate(parts, draft, depth + 1)
        elif len(operation.wires) <= MAX_MATRIX_QUBITS and (matrix := _matrix(operation)) is not None:
            draft.add(UnitaryGate(matrix), self._operands(operation)[::-1])
        else:
            raise NotCanonical(
                f"operations on qubits that PennyLane can decompose expected, found {operation.name} on "
                f"{len(operation.wires)} wires; write it by gates"
            )

    def _check_wires(self, operation: Any, parts: Iterable[Any]) -> None:
        for part in parts:
            if any(wire not in self._place for wire in part.wires):
                raise NotCanonical(
                    f"operations on the circuit's own wires expected, found {operation.name}, which takes "
                    "others to work with; give it work wires"
                )

    def _controlled(self, operation: Any, draft: Draft, depth: int) -> None:
        state = sum(int(bool(value)) << place for place, value in enumerate(operation.control_values))
        base, controls = operation.base, list(operation.control_wires)
        body = self._exact(base)
        if body is None:
            self._other(operation, draft, depth)
            return
        operands = [self._place[wire] for wire in (*controls, *base.wires)]
        if not controls:
            raise NotCanonical(f"a control of {base.name} expected, found none")
        written = controlled(body, len(controls), state)
        if base.name == "GlobalPhase":
            operands = operands[: len(controls)]
        for step in written.data:
            draft.add(step.operation, [operands[written.find_bit(qubit).index] for qubit in step.qubits])

    def _exact(self, operation: Any) -> QuantumCircuit | None:
        """A small operation with its phase, which a control makes count."""
        from pennylane.ops import Controlled

        width = len(operation.wires)
        if operation.name == "GlobalPhase":
            return QuantumCircuit(global_phase=-float(operation.parameters[0]))
        if operation.name == "Identity":
            return QuantumCircuit(width)
        if (gate := fixed_gate(operation)) is not None:
            return flattened([(gate, range(width))], width)
        if isinstance(operation, Controlled):
            return None
        if width <= 4 and (matrix := _matrix(operation)) is not None:
            return flattened([(UnitaryGate(matrix), range(width)[::-1])], width)
        return None

    def _prepare(self, operation: Any, draft: Draft, depth: int) -> None:
        import pennylane as qml

        operands = self._operands(operation)
        if isinstance(operation, qml.BasisState):
            for operand, bit in zip(operands, np.asarray(operation.parameters[0]).ravel(), strict=True):
                if bit:
                    draft.add(XGate(), [operand])
            return
        amplitudes = np.asarray(operation.state_vector(wire_order=list(operation.wires))).ravel()
        begins = depth == 0 and self._touched.isdisjoint(operation.wires)  # else it does what its gates do
        if amplitudes.size != 1 << len(operands) or not begins:
            self._other(operation, draft, depth)
            return
        normed = amplitudes / np.linalg.norm(amplitudes)
        draft.add(StatePreparation(normed.tolist()), operands[::-1])

    def _measure(self, operation: Any, draft: Draft) -> None:
        if operation.postselect is not None:
            raise NotCanonical(
                f"measurements whose every outcome counts expected, found {operation} with postselection; "
                "return the measurement and select among its outcomes"
            )
        bit = self._records[_identity(operation)] = draft.new_bit()
        operands = self._operands(operation)
        if type(operation).__name__ == "PauliMeasure":
            self._measure_product(operation, operands, bit, draft)
            return
        draft.measure(operands[0], bit)
        if operation.reset:
            draft.reset(operands[0])

    def _measure_product(self, operation: Any, operands: list[int], bit: int, draft: Draft) -> None:
        """The parity of some qubits, gathered on the last of them and undone again."""
        from qiskit.circuit.library import CXGate, HGate, SdgGate, SGate

        turns = {"X": ([HGate], [HGate]), "Y": ([SdgGate, HGate], [HGate, SGate]), "Z": ([], [])}
        for operand, letter in zip(operands, operation.pauli_word, strict=True):
            for gate in turns[letter][0]:
                draft.add(gate(), [operand])
        for operand in operands[:-1]:
            draft.add(CXGate(), [operand, operands[-1]])
        draft.measure(operands[-1], bit)
        for operand in operands[-2::-1]:
            draft.add(CXGate(), [operand, operands[-1]])
        for operand, letter in zip(operands, operation.pauli_word, strict=True):
            for gate in turns[letter][1]:
                draft.add(gate(), [operand])

    def _conditional(self, operation: Any, draft: Draft, depth: int) -> None:
        value = operation.meas_val
        bits = [self._records.get(_identity(measured)) for measured in value.measurements]
        if None in bits:
            raise NotCanonical(f"a condition on measurements made before expected, found {operation}")
        if len(bits) > MAX_BITS:
            raise too_many_bits(len(bits))
        block = draft.inner()
        self._translate([operation.base], block, depth + 1)
        read = [Value.of_bit(bit) for bit in bits if bit is not None]
        draft.branch(combine(lambda *row: bool(value.processing_fn(*map(int, row))), *read), block)

    def _operands(self, operation: Any) -> list[int]:
        return [self._place[wire] for wire in operation.wires]


def _identity(measured: Any) -> Any:
    return measured.meas_uid if hasattr(measured, "meas_uid") else measured.id


def _matrix(operation: Any) -> np.ndarray | None:
    """The operation's matrix, its first wire most significant; None if it has none."""
    import pennylane as qml

    if not operation.has_matrix:
        return None
    matrix = np.asarray(qml.matrix(operation, wire_order=list(operation.wires)), dtype=np.complex128)
    if matrix.shape != (1 << len(operation.wires),) * 2:
        raise NotCanonical(f"operations on qubits expected, found {operation.name} on more levels")
    if not np.allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-8):
        raise NotCanonical(f"operations that are unitary expected, found {operation}")
    return matrix
