"""OpenQASM 3, executed statement by statement as its specification says."""

from __future__ import annotations

import cmath
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from qorum.circuits.second_reading import gates
from qorum.circuits.second_reading.gates import BUILTIN_U, STDGATES, Gate
from qorum.circuits.second_reading.machine import Amplitudes, Bit, Machine, Program
from qorum.circuits.second_reading.openqasm3_expressions import Expressions
from qorum.circuits.second_reading.openqasm3_grammar import Node
from qorum.circuits.second_reading.openqasm3_memory import Memory, Places, Routine, Variable
from qorum.circuits.second_reading.openqasm3_syntax import Parser
from qorum.circuits.second_reading.openqasm3_values import Value, binary, fitted, real, whole
from qorum.circuits.second_reading.tokens import Abstains


@dataclass
class _Leave(Exception):
    """A loop, a subroutine or the program is left."""

    how: str
    result: Any = None


def openqasm3_program(text: str) -> Program:
    """What a text does; its classical bits are its bit registers outside blocks, in order.

    Raises:
        Abstains: here or when it is played: something of which this reader does not know what it means.
    """
    parser = Parser(text)
    statements = parser.program()

    def play(machine: Machine) -> Sequence[Bit]:
        player = _Player(machine)
        try:
            player.run(statements)
        except _Leave as leave:
            if leave.how != "end" or (parser.measures and not player.has_measured):
                raise Abstains(f"{leave.how} before any measurement or outside of a block") from None
        if parser.measures or player.has_returned_measurement:
            return [player.memory.cells[cell] for cell in player.memory.results]
        if parser.routine_measures or player.memory.physical or any(player.memory.cells):
            raise Abstains("bits that hold a value, or physical qubits, while nothing is measured")
        return [machine.measure(qubit) for qubit in range(player.memory.num_qubits)]

    return play


class _Player(Expressions):
    """Executes statements."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, Memory())
        self.memory.library["U"] = BUILTIN_U

    def run(self, statements: Sequence[Node]) -> None:
        """Execute in the scope there is."""
        for statement in statements:
            self.machine.step()
            try:
                getattr(self, "_do_" + statement.kind.replace(" ", "_"))(*statement.parts)
            except Abstains as error:
                words = str(error)
                told = words if words.startswith("line") else f"line {statement.line}: {words}"
                raise Abstains(told) from None

    @contextmanager
    def _scope(self) -> Generator[None]:
        self.memory.scopes.append({})
        try:
            yield
        finally:
            self.memory.scopes.pop()

    def _block(self, statements: Sequence[Node]) -> None:
        with self._scope():
            self.run(statements)

    _do_box = _block

    def _do_nothing(self, *_: object) -> None:
        """Timing changes no outcome."""

    def _do_include(self, file: str) -> None:
        if file != "stdgates.inc":
            raise Abstains(f"include {file!r}")
        self.memory.library.update(STDGATES)

    def _do_qubit(self, name: str, size: Node | None) -> None:
        if len(self.memory.scopes) > 1:
            raise Abstains("qubits declared within a block")
        count = 1 if size is None else self.whole(size)
        self.memory.declare(name, Places("qubit", self.memory.new_qubits(count), size is None))

    def _do_declare(self, kind: Node, name: str, value: Node | None, constant: bool) -> None:
        type_name, width = self.type(kind)
        if type_name == "bit":
            count = 1 if width is None else width
            bits = [0] * count if value is None else self.bits(value, count)
            cells = self.memory.new_cells(bits, visible=len(self.memory.scopes) == 1)
            self.memory.declare(name, Places("bit", cells, width is None))
            return
        given = None if value is None else fitted(type_name, width, self.value(value))
        self.memory.declare(name, Variable(type_name, width, given, constant))

    def _do_let(self, name: str, parts: Sequence[Node]) -> None:
        found = [self.places(part) for part in parts]
        if len({each.kind for each in found}) != 1:
            raise Abstains("an alias of qubits and bits")
        joined = [place for each in found for place in each.places]
        single = len(found) == 1 and found[0].single
        self.memory.declare(name, Places(found[0].kind, joined, single))

    def _do_assign(self, target: Node, sign: str, value: Node) -> None:
        if target.kind == "name" and isinstance(variable := self.memory.find(target.parts[0]), Variable):
            given = self.value(value)
            if sign:
                if variable.value is None:
                    raise Abstains("a variable that has no value yet")
                given = binary(sign, variable.value, given)
            if variable.constant:
                raise Abstains("an assignment to a constant")
            variable.value = fitted(variable.kind, variable.width, given)
            return
        places = self.places(target)
        if places.kind != "bit" or sign:
            raise Abstains(f"the assignment {sign}= to this target")
        for cell, bit in zip(places.places, self.bits(value, len(places.places)), strict=True):
            self.memory.cells[cell] = bit

    def _do_expression(self, value: Node) -> None:
        if value.kind == "measure":
            self.measured(value)
        else:
            self.called(value)

    def _do_reset(self, operands: Sequence[Node]) -> None:
        for operand in operands:
            for qubit in self.qubits(operand).places:
                self.machine.reset(qubit)

    def _do_gate(self, name: str, parameters: list[str], operands: list[str], body: list[Node]) -> None:
        known: dict[tuple[float, ...], Amplitudes] = {}
        outer = {**self.memory.library, **self.memory.scopes[0]}

        def matrix(*angles: float) -> Amplitudes:
            if angles not in known:
                given = dict(zip(parameters, angles, strict=True))
                known[angles] = _Builder(self.machine, outer, given, operands).build(body)
            return known[angles]

        self.memory.declare(name, Gate(len(parameters), len(operands), matrix), again=True)

    def _do_def(self, name: str, parameters: Any, result: Node | None, body: list[Node]) -> None:
        self.memory.declare(name, Routine(parameters, result, body))

    def _do_gate_call(self, modifiers: Any, name: str, arguments: list[Node], operands: list[Node]) -> None:
        matrix = self.gate_matrix(modifiers, name, arguments)
        targets = [self.qubits(operand) for operand in operands]
        if len(matrix) == 1:
            return
        if len(matrix) != 2 ** len(targets):
            raise Abstains(f"{name} on {len(targets)} operands")
        sizes = {len(each.places) for each in targets if not each.single}
        if len(sizes) > 1:
            raise Abstains("registers of different sizes in one gate")
        for i in range(max(sizes, default=1)):
            qubits = [each.places[0] if each.single else each.places[i] for each in targets]
            if len(set(qubits)) < len(qubits):
                raise Abstains("one qubit twice in a gate")
            self.machine.apply(matrix, qubits)

    def _do_if(self, condition: Node, then: list[Node], otherwise: list[Node]) -> None:
        self._block(then if self.value(condition).value else otherwise)

    def _do_switch(self, target: Node, cases: Sequence[tuple[list[Node] | None, list[Node]]]) -> None:
        wanted = whole(self.value(target))
        for labels, body in cases:
            if labels is not None and wanted in [self.whole(label) for label in labels]:
                self._block(body)
                return
        for labels, body in cases:
            if labels is None:
                self._block(body)

    def _do_leave(self, how: str) -> None:
        raise _Leave(how)

    def _do_return(self, value: Node | None) -> None:
        routine = self.memory.routine
        if routine is None:
            raise Abstains("a return outside of a subroutine")
        if value is None or routine.result is None:
            raise _Leave("return")
        kind, width = self.type(routine.result)
        if kind == "bit":
            self.has_returned_measurement |= value.kind == "measure"
            raise _Leave("return", self.bits(value, 1 if width is None else width))
        raise _Leave("return", fitted(kind, width, self.value(value)))

    def _do_for(self, kind: Node, name: str, values: Node, body: list[Node]) -> None:
        type_name, width = self.type(kind)
        for value in self.listed(values):
            with self._scope():
                self.memory.declare(name, Variable(type_name, width, fitted(type_name, width, value), False))
                if not self._goes_on(body):
                    break

    def _do_while(self, condition: Node, body: list[Node]) -> None:
        while self.value(condition).value:
            self.machine.step()
            with self._scope():
                if not self._goes_on(body):
                    break

    def _goes_on(self, body: list[Node]) -> bool:
        depth = len(self.memory.scopes)
        try:
            self.run(body)
        except _Leave as leave:
            if leave.how not in ("break", "continue"):
                raise
            return leave.how == "continue"
        finally:
            del self.memory.scopes[depth:]
        return True

    def execute(self, routine: Routine, scope: dict[str, Any]) -> Any:
        """Run a subroutine whose parameters are bound."""
        kept = self.memory.scopes, self.memory.routine
        if len(kept[0]) > 200:
            raise Abstains("subroutines too deep within one another")
        self.memory.scopes, self.memory.routine = [self.memory.scopes[0], scope], routine
        try:
            self.run(routine.body)
        except _Leave as leave:
            if leave.how != "return":
                raise
            return leave.result
        finally:
            self.memory.scopes, self.memory.routine = kept
        return None

    def gate_matrix(self, modifiers: Any, name: str, arguments: list[Node]) -> Amplitudes:
        """The matrix of a gate under modifiers, the last of which acts first."""
        angles = [real(self.value(argument)) for argument in arguments]
        if name == "gphase" and len(angles) == 1:
            matrix: Amplitudes = np.array([[cmath.exp(1j * angles[0])]])
        else:
            gate = self.memory.find(name)
            if not isinstance(gate, Gate) or gate.num_params != len(angles):
                raise Abstains(f"the gate {name!r} with {len(angles)} parameters")
            matrix = gate.matrix(*angles)
        for kind, given in reversed(modifiers):
            matrix = self._modified(kind, given, matrix)
        return matrix

    def _modified(self, kind: str, given: Node | None, matrix: Amplitudes) -> Amplitudes:
        if kind == "inv":
            return matrix.conj().T
        if kind == "pow":
            if given is None:
                raise Abstains("pow without an exponent")
            return gates.power(matrix, real(self.value(given)))
        for _ in range(1 if given is None else self.whole(given)):
            matrix = gates.controlled(matrix, int(kind == "ctrl"))
        return matrix


class _Builder(_Player):
    """Executes a gate's body on a matrix."""

    def __init__(
        self, machine: Machine, outer: dict[str, Any], angles: dict[str, float], operands: list[str]
    ) -> None:
        super().__init__(machine)
        given = {
            name: Variable("float", None, Value("float", None, angle), True) for name, angle in angles.items()
        }
        qubits = {name: Places("qubit", [i], True) for i, name in enumerate(operands)}
        self.memory.scopes = [outer, {**given, **qubits}]
        self._width = len(operands)
        self._steps: list[tuple[Amplitudes, list[int]]] = []

    def build(self, body: list[Node]) -> Amplitudes:
        """The matrix."""
        self.run(body)
        return gates.built(self._width, self._steps)

    def _do_gate_call(self, modifiers: Any, name: str, arguments: list[Node], operands: list[Node]) -> None:
        matrix = self.gate_matrix(modifiers, name, arguments)
        self._steps.append((matrix, [self.qubits(operand).places[0] for operand in operands]))
