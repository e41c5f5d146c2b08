"""Random OpenQASM 3 programs that know their meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from numpy.random import Generator

from benchmarks._reading_conditions import condition
from benchmarks._reading_control import Control
from benchmarks._reading_expressions import Expression, real, whole
from benchmarks._reading_gates import OWN_NAMES, STDGATES, builtin_u, definition, library_gate, random_call
from benchmarks._reading_operands import Names, Operand, broadcast, one, operands, register, several
from benchmarks._reading_trees import Meaningless, Program, Register, Run, Statement, line
from qorum.circuits.second_reading.machine import Bit

WITHOUT_INCLUDE = ("h", "x", "cx", "rz", "t", "ccx", "cz", "id", "swap", "u3", "p", "rx")


class Writer:
    """Writes one program."""

    def __init__(self, rng: Generator) -> None:
        self.rng = rng
        self._include = rng.random() < 0.85
        self._free = [str(n) for n in rng.permutation(["q", "r", "anc", "_w", "data1", "Q"])]
        self._free_bits = [str(n) for n in rng.permutation(["c", "d", "m_1", "out", "esc_a", "B"])]
        self._free_values = [
            str(n) for n in rng.permutation(["n", "k", "i1", "val", "w", "N", "J", "cnt", "f_1"])
        ]
        self._free_reals = [str(n) for n in rng.permutation(["alpha", "beta", "ϕ", "g_", "Theta"])]
        self._free_gates = [str(n) for n in rng.permutation(OWN_NAMES)]
        self._control = Control(self)
        self._left = int(rng.integers(2, 5))

    def program(self) -> Program:
        """A program of some statements."""
        names = Names(gates={"U": (3, 1)})
        library = list(STDGATES) if self._include else []
        names.gates |= {
            each: (library_gate(each).num_params, library_gate(each).num_qubits) for each in library
        }
        if not self._include:
            self._free_gates = [*map(str, self.rng.permutation(WITHOUT_INCLUDE)), *self._free_gates]
        start = [line("", partial(_know, library))]
        made = [self._constant(names) for _ in range(self.rng.integers(0, 4))]
        made += [self._gate_definition(names) for _ in range(self.rng.integers(0, 4))]
        made += self._registers(names)
        made += self._stirred(names)
        made += [self._variable(names) for _ in range(self.rng.integers(0, 3))]
        made += [self._control.routine(names) for _ in range(int(self.rng.random() < 0.25))]
        for _ in range(self.rng.integers(3, 12)):
            made += self.statement(names)
        made += self._stirred(names)
        made += [self.measurement(names) for _ in range(self.rng.integers(1, 4))]
        header = str(self.rng.choice(["OPENQASM 3.0;\n", "OPENQASM 3;\n", "OPENQASM 3.1;\n"]))
        return Program(header + ('include "stdgates.inc";\n' if self._include else ""), (*start, *made), True)

    def statement(self, names: Names) -> list[Statement]:
        """One statement, or a few that belong together."""
        kind = self.rng.random()
        if kind < 0.5:
            return [self.gate_line(names)]
        if kind < 0.62:
            return [self.measurement(names)]
        if kind < 0.66:
            where = one(self.rng, names.qubits, names)
            if self.rng.random() < 0.3:
                where = several(self.rng, names.qubits) or where
            return [line(f"reset {where.text};", lambda run: _reset(run, where))]
        if kind < 0.7 and names.bits:
            return [self._bit_assignment(names)]
        if kind < 0.72 and names.depth == 0:
            return [self._alias(names)]
        if kind < 0.74:
            return [self._idle(names)]
        if kind < 0.76 and names.depth == 0 and self._free_gates:
            return [self._gate_definition(names)]
        if kind < 0.8 and names.depth < 3:
            return [self._variable(names)]
        return self._control.statement(names)

    def block(self, names: Names, most: int = 4) -> tuple[Statement, ...]:
        """Statements of a block; what they declare is known there alone."""
        made: list[Statement] = []
        for _ in range(self.rng.integers(1, most)):
            made += self.statement(names)
        return tuple(made)

    def gate_line(self, names: Names) -> Statement:
        """A gate, perhaps under modifiers, perhaps on several operands at once."""
        while True:
            called = random_call(self.rng, names.gates, 3, names.reals, names.wholes)
            chosen = operands(self.rng, called.width, names)
            if chosen is not None:
                break

        def do(run: Run) -> None:
            matrix = called.matrix(run, run.scopes[0])
            for places in broadcast(run, chosen) if chosen else ():
                run.machine.apply(matrix, places)

        return line(f"{called.text()} {', '.join(each.text for each in chosen)};".replace(" ;", ";"), do)

    def measurement(self, names: Names) -> Statement:
        """A measurement into a bit, a register, a slice or nothing."""
        source: Operand | None = several(self.rng, names.qubits) if self.rng.random() < 0.4 else None
        target = several(self.rng, names.bits, source.size) if source and names.bits else None
        if source is None or target is None:
            source, target = one(self.rng, names.qubits, names), None
            if names.bits and self.rng.random() < 0.93:
                target = one(self.rng, names.bits, names)

        def do(run: Run) -> None:
            qubits = source.places(run)
            for i, qubit in enumerate(qubits):
                run.measure(qubit, target.places(run)[i] if target else None)

        if target is None:
            return line(f"measure {source.text};", do)
        if self.rng.random() < 0.2:
            return line(f"measure {source.text} -> {target.text};", do, measures=True)
        return line(f"{target.text} = measure {source.text};", do, measures=True)

    def _registers(self, names: Names) -> list[Statement]:
        made: list[Statement] = []
        while self._left:
            size = int(self.rng.integers(1, self._left + 1))
            self._left -= size
            made.append(self._qubits(names, size))
        for _ in range(self.rng.integers(1, 4)):
            made.append(self._bits(names))
        return [made[i] for i in self.rng.permutation(len(made))]

    def _qubits(self, names: Names, size: int) -> Statement:
        called = self._free.pop()
        single = size == 1 and self.rng.random() < 0.5
        names.qubits[called] = None if single else size
        text = f"qubit {called};" if single else f"qubit[{size}] {called};"
        if not single and self.rng.random() < 0.12:
            text = f"qreg {called}[{size}];"
        return line(text, lambda run: run.declare(called, Register(run.new_qubits(size))))

    def _bits(self, names: Names) -> Statement:
        called = self._free_bits.pop()
        size = None if self.rng.random() < 0.25 else int(self.rng.integers(1, 4))
        names.bits[called] = size
        values = [int(v) for v in self.rng.integers(0, 2, size or 1)]
        kind = self.rng.random()
        start = "" if size is None else f"[{size}]"
        if kind < 0.25:
            number = "".join(map(str, reversed(values)))
            given = f'"{number}"' if size else str(values[0])
            text = f"bit{start} {called} = {given};"
        else:
            values = [0] * (size or 1)
            text = f"creg {called}{start};" if size and kind > 0.9 else f"bit{start} {called};"
        return line(text, lambda run: run.declare(called, Register(run.new_bits(len(values), values))))

    def _constant(self, names: Names) -> Statement:
        if self.rng.random() < 0.5 or not self._free_reals:
            called, value = self._free_values.pop(), whole(self.rng, names.fixed, 1)
            names.wholes.append(called)
            names.fixed.append(called)
            kind = str(self.rng.choice(["int", "int[32]"]))
        else:
            called, value = self._free_reals.pop(), real(self.rng, names.reals, names.fixed)
            names.reals.append(called)
            kind = str(self.rng.choice(["float", "float[64]"]))
        return line(
            f"const {kind} {called} = {value.text};", lambda run: run.declare(called, value.value(run))
        )

    def _variable(self, names: Names) -> Statement:
        """An integer, declared, or changed where it is known without running."""
        if names.counters and self.rng.random() < 0.6:
            return self._change(names)
        hidden = [n for n in (*names.counters, *names.fixed) if n not in names.ranges]
        if names.depth and hidden and self.rng.random() < 0.4:
            called = str(self.rng.choice(hidden))
        elif self._free_values:
            called = self._free_values.pop()
        else:
            return self.gate_line(names)
        others = [each for each in names.wholes if each != called]
        value, kind = whole(self.rng, others), str(self.rng.choice(["int", "int[32]", "int[16]"]))
        names.wholes = [*others, called]
        names.counters = [*(each for each in names.counters if each != called), called]
        return line(
            f"{kind} {called} = {value.text};", lambda run: run.declare(called, _small(value.value(run)))
        )

    def _change(self, names: Names) -> Statement:
        options = [] if names.dynamic else names.counters
        if not options:
            return self.gate_line(names)
        called = str(self.rng.choice(options))
        if self.rng.random() < 0.5:
            value = whole(self.rng, names.wholes)
            return line(f"{called} = {value.text};", lambda run: run.assign(called, _small(value.value(run))))
        sign, value = str(self.rng.choice(["+", "-", "*"])), whole(self.rng, names.wholes, 2)
        act: dict[str, Callable[[int, int], int]] = {
            "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
        }  # fmt: skip
        return line(
            f"{called} {sign}= {value.text};",
            lambda run: run.assign(called, _small(act[sign](run[called], value.value(run)))),
        )

    def _gate_definition(self, names: Names) -> Statement:
        called = self._free_gates.pop()
        if self.rng.random() < 0.3:
            called, self._free_gates = self._free_gates[0], [*self._free_gates[1:], called]
        made, shape = definition(self.rng, called, names.gates, [*names.fixed], 3)
        names.gates[called] = shape
        return made

    def _alias(self, names: Names) -> Statement:
        free = self._free if self.rng.random() < 0.7 else self._free_bits
        sizes = names.qubits if free is self._free else names.bits
        parts = [found for _ in range(self.rng.integers(1, 3)) if (found := several(self.rng, sizes))]
        if not parts or not free:
            return self.gate_line(names)
        called = free.pop()
        sizes[called] = sum(part.size or 0 for part in parts)

        def do(run: Run) -> None:
            places = [place for part in parts for place in part.places(run)]
            if len(set(places)) < len(places):
                raise Meaningless("one qubit twice")
            run.declare(called, Register(places))

        return line(f"let {called} = {' ++ '.join(part.text for part in parts)};", do)

    def _idle(self, names: Names) -> Statement:
        where = one(self.rng, names.qubits, names)
        texts = [
            "barrier {};",
            "delay[100ns] {};",
            "// {}",
            "/* { x {}; } */",
            "barrier;",
            "@note a {}\nbarrier {};",
        ]
        return line(str(self.rng.choice(texts)).replace("{}", where.text), lambda _: None)

    def _bit_assignment(self, names: Names) -> Statement:
        target = one(self.rng, names.bits, names)
        kind = self.rng.random()
        if kind < 0.3:
            value = int(self.rng.integers(2))
            text = str(value) if self.rng.random() < 0.7 else ["false", "true"][value]
            return line(f"{target.text} = {text};", lambda run: _set_bit(run, target, value))
        if kind < 0.65:
            source = one(self.rng, names.bits, names)
            return line(
                f"{target.text} = {source.text};",
                lambda run: _set_bit(run, target, run.bits[source.places(run)[0]]),
            )
        inner: Expression = condition(self.rng, names, 1)
        return line(
            f"{target.text} = {inner.text};", lambda run: _set_bit(run, target, int(inner.value(run)))
        )

    def _stirred(self, names: Names) -> list[Statement]:
        """A gate on each register that makes all angles and phases show in what is measured."""
        return [self._stir(called) for called in names.qubits if self.rng.random() < 0.8]

    def _stir(self, called: str) -> Statement:
        angles = [round(float(angle), 2) for angle in self.rng.uniform(0.3, 2.8, 3)]

        def do(run: Run) -> None:
            for place in register(run, called):
                run.machine.apply(builtin_u().matrix(*angles), [place])

        return line(f"U({', '.join(map(str, angles))}) {called};", do)


def _small(value: int) -> int:
    if abs(value) > 2000:
        raise Meaningless("a number that may not fit its type")
    return value


def _set_bit(run: Run, target: Operand, value: Bit) -> None:
    run.bits[target.places(run)[0]] = value


def _reset(run: Run, where: Operand) -> None:
    for qubit in where.places(run):
        run.machine.reset(qubit)


def _know(names: Sequence[str], run: Run) -> None:
    run.declare("U", builtin_u())
    for each in names:
        run.declare(each, library_gate(each))
