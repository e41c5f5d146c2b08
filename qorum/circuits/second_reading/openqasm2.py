"""OpenQASM 2, executed as its paper says: a small reader that shares nothing with the first one.

Cross, Bishop, Smolin and Gambetta, "Open Quantum Assembly Language", arXiv:1707.03429.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import cast

from qorum.circuits.second_reading.gates import CX, QELIB1, Gate, built, u
from qorum.circuits.second_reading.machine import Amplitudes, Bit, Machine, Program
from qorum.circuits.second_reading.openqasm2_angles import Number, angles_of
from qorum.circuits.second_reading.tokens import Abstains, Words

_Operand = tuple[str, int | None]
_CALL = re.compile(
    r"([A-Za-z]\w*)\s*(?:\(([\w .,+*/-]*)\))?\s*"
    r"\b([A-Za-z]\w*)\[([0-9]+)\]\s*(?:,\s*([A-Za-z]\w*)\[([0-9]+)\]\s*)?;"
)
"""A gate on one or two qubits whose parameters hold no parentheses: nearly all statements of a file."""
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?")


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
        self._known: dict[str, list[float]] = {"": []}
        """Values of parameters as they are written."""

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
                steps.append(self._plain_call() or self._operation())
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
        calls: list[tuple[Gate, list[Number], list[int]]] = []
        while not words.accept("}"):
            called = words.name()
            angles = angles_of(words)
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

    def _plain_call(self) -> _Do | None:
        """A gate on single qubits in one step, which takes a fifth of the time; None of all else."""
        found = self._words.ahead(_CALL)
        if found is None or "//" in found[0] or "/*" in found[0]:
            return None
        name, angles, *operands = found.groups()
        gate = self._gates.get(name)
        qubits = [self._qubit(*operand) for operand in (operands[:2], operands[2:]) if operand[0]]
        if gate is None or gate.num_qubits != len(qubits) or len({*qubits}) < len(qubits) or None in qubits:
            return None
        values = self._constants(angles or "")
        if gate.num_params != len(values):
            return None
        self._words.pass_over(found)
        return lambda player: player.machine.apply(gate.matrix(*values), cast(list[int], qubits))

    def _constants(self, angles: str) -> list[float]:
        """What stands between the parentheses of a call, without any comment."""
        if _NUMBER.fullmatch(angles):
            return [float(angles)]
        if angles not in self._known:
            self._known[angles] = [angle({}) for angle in angles_of(Words(f"({angles})"))]
        return self._known[angles]

    def _qubit(self, register: str, index: str) -> int | None:
        kind, places = self._registers.get(register, ("", range(0)))
        return places[int(index)] if kind == "qreg" and int(index) < len(places) else None

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
        angles = angles_of(words)
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
