"""OpenQASM 2, executed as its paper says: a small reader that shares nothing with the first one.

Cross, Bishop, Smolin and Gambetta, "Open Quantum Assembly Language", arXiv:1707.03429.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from qorum.circuits.second_reading.gates import CX, QELIB1, Gate, built, u
from qorum.circuits.second_reading.machine import Amplitudes, Bit, Machine, Program
from qorum.circuits.second_reading.tokens import Abstains, Words

_Number = Callable[[Mapping[str, float]], float]
_Operand = tuple[str, int | None]
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt,
}  # fmt: skip


class _Player:
    """What a program has while it plays."""

    def __init__(self, machine: Machine, num_bits: int) -> None:
        self.machine = machine
        self.bits: list[Bit] = [0] * num_bits


_Do = Callable[[_Player], None]


def openqasm2_program(text: str) -> Program:
    """What a text does; its classical bits are its registers', the first declared least significant.

    Raises:
        Abstains: something of which this reader does not know what it means.
    """
    return _Reader(text).program()


class _Reader:
    def __init__(self, text: str) -> None:
        self._words = Words(text)
        self._gates: dict[str, Gate] = {"U": Gate(3, 1, u), "CX": Gate(0, 2, lambda: CX)}
        self._registers: dict[str, tuple[str, range]] = {}
        self._totals = {"qreg": 0, "creg": 0}
        self._measures = False

    def program(self) -> Program:
        words, steps = self._words, list[_Do]()
        if words.accept("OPENQASM"):
            words.take()
            words.need(";")
        while words.now.kind != "end":
            if words.accept("include"):
                self._include()
            elif words.sees("qreg", "creg"):
                self._register()
            elif words.accept("gate"):
                self._definition()
            elif words.accept("opaque"):
                while not words.accept(";"):
                    words.take()
            else:
                steps.append(self._operation())
        num_bits, qubits = self._totals["creg"], range(self._totals["qreg"])

        def play(machine: Machine) -> Sequence[Bit]:
            player = _Player(machine, num_bits)
            for do in steps:
                do(player)
            return player.bits if self._measures else [machine.measure(qubit) for qubit in qubits]

        return play

    def _include(self) -> None:
        file = self._words.take().text
        self._words.need(";")
        if file != "qelib1.inc":
            raise Abstains(f"include {file!r}")
        self._gates |= QELIB1

    def _register(self) -> None:
        words = self._words
        kind, name = words.take().text, words.name()
        words.need("[")
        size = int(words.take().text)
        words.need("]")
        words.need(";")
        start = self._totals[kind]
        self._totals[kind] += size
        self._registers[name] = (kind, range(start, start + size))

    def _definition(self) -> None:
        words = self._words
        name = words.name()
        parameters = self._names(")") if words.accept("(") else []
        operands = self._names("{")
        calls: list[tuple[Gate, list[_Number], list[int]]] = []
        while not words.accept("}"):
            called = words.name()
            angles = self._angles()
            places = [operands.index(each) for each in self._names(";")]
            if called != "barrier":
                calls.append((self._gate(called, len(angles), len(places)), angles, places))

        def matrix(*values: float) -> Amplitudes:
            given = dict(zip(parameters, values, strict=True))
            steps = [(gate.matrix(*[angle(given) for angle in angles]), at) for gate, angles, at in calls]
            return built(len(operands), steps)

        self._gates[name] = Gate(len(parameters), len(operands), matrix)

    def _names(self, end: str) -> list[str]:
        names: list[str] = []
        while not self._words.accept(end):
            names.append(self._words.name())
            self._words.accept(",")
        return names

    def _gate(self, name: str, num_params: int, num_qubits: int) -> Gate:
        gate = self._gates.get(name)
        if gate is None or (gate.num_params, gate.num_qubits) != (num_params, num_qubits):
            raise Abstains(f"the gate {name!r} with {num_params} parameters on {num_qubits} qubits")
        return gate

    def _operation(self) -> _Do:
        words = self._words
        if words.accept("if"):
            return self._conditional()
        if words.accept("measure"):
            source = self._operand()
            words.need("->")
            target = self._operand()
            words.need(";")
            return self._measurement(source, target)
        name = words.name()
        angles = self._angles()
        operands = [self._operand()]
        while words.accept(","):
            operands.append(self._operand())
        words.need(";")
        if name == "barrier":
            return lambda player: player.machine.step()
        if name == "reset":
            return self._reset(operands[0])
        gate = self._gate(name, len(angles), len(operands))
        calls = self._broadcast(operands)

        def apply(player: _Player) -> None:
            matrix = gate.matrix(*[angle({}) for angle in angles])
            for qubits in calls:
                player.machine.apply(matrix, qubits)

        return apply

    def _conditional(self) -> _Do:
        words = self._words
        words.need("(")
        name = words.name()
        words.need("==")
        value = int(words.take().text)
        words.need(")")
        places = self._places((name, None), "creg")
        inner = self._operation()

        def do(player: _Player) -> None:
            player.machine.step()
            read = [player.machine.read(player.bits[place]) << i for i, place in enumerate(places)]
            if sum(read) == value:
                inner(player)

        return do

    def _measurement(self, source: _Operand, target: _Operand) -> _Do:
        qubits, bits = self._places(source, "qreg"), self._places(target, "creg")
        if len(qubits) != len(bits):
            raise Abstains(f"a measurement of {len(qubits)} qubits into {len(bits)} bits")
        self._measures = True

        def do(player: _Player) -> None:
            for qubit, bit in zip(qubits, bits, strict=True):
                player.bits[bit] = player.machine.measure(qubit)

        return do

    def _reset(self, operand: _Operand) -> _Do:
        qubits = self._places(operand, "qreg")

        def do(player: _Player) -> None:
            for qubit in qubits:
                player.machine.reset(qubit)

        return do

    def _operand(self) -> _Operand:
        name = self._words.name()
        if not self._words.accept("["):
            return name, None
        index = int(self._words.take().text)
        self._words.need("]")
        return name, index

    def _places(self, operand: _Operand, kind: str) -> list[int]:
        name, index = operand
        found = self._registers.get(name)
        if found is None or found[0] != kind or (index is not None and index >= len(found[1])):
            raise Abstains(f"{name!r} as a {kind}")
        return list(found[1]) if index is None else [found[1][index]]

    def _broadcast(self, operands: Sequence[_Operand]) -> list[list[int]]:
        places = [self._places(operand, "qreg") for operand in operands]
        if len(operands) == 1:
            return [[place] for place in places[0]]
        whole = {len(at) for at, (_, index) in zip(places, operands, strict=True) if index is None}
        if len(whole) > 1:
            raise Abstains("registers of different sizes in one gate")
        calls = [
            [at[i] if index is None else at[0] for at, (_, index) in zip(places, operands, strict=True)]
            for i in range(max(whole, default=1))
        ]
        if any(len(set(call)) < len(call) for call in calls):
            raise Abstains("one qubit twice in a gate")
        return calls

    def _angles(self) -> list[_Number]:
        angles: list[_Number] = []
        if self._words.accept("("):
            while not self._words.accept(")"):
                angles.append(self._sum())
                self._words.accept(",")
        return angles

    def _sum(self) -> _Number:
        left = self._product()
        while self._words.sees("+", "-"):
            left = _joined(self._words.take().text, left, self._product())
        return left

    def _product(self) -> _Number:
        left = self._signed()
        while self._words.sees("*", "/"):
            left = _joined(self._words.take().text, left, self._signed())
        return left

    def _signed(self) -> _Number:
        if self._words.accept("-"):
            inner = self._signed()
            return lambda given: -inner(given)
        if self._words.accept("+"):
            return self._signed()
        base = self._atom()
        return _joined("^", base, self._signed()) if self._words.accept("^") else base

    def _atom(self) -> _Number:
        words = self._words
        if words.accept("("):
            inner = self._sum()
            words.need(")")
            return inner
        token = words.take()
        if token.kind == "number":
            return lambda _: float(token.text)
        if words.accept("("):
            function, inner = _FUNCTIONS.get(token.text), self._sum()
            words.need(")")
            if function is None:
                raise Abstains(f"the function {token.text!r}")
            return lambda given: function(inner(given))
        if token.text == "pi":
            return lambda given: given.get("pi", math.pi)
        return lambda given: given[token.text]


def _joined(sign: str, left: _Number, right: _Number) -> _Number:
    if sign == "+":
        return lambda given: left(given) + right(given)
    if sign == "-":
        return lambda given: left(given) - right(given)
    if sign == "*":
        return lambda given: left(given) * right(given)
    if sign == "/":
        return lambda given: left(given) / right(given)
    return lambda given: left(given) ** right(given)
