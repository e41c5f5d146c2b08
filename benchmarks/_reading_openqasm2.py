"""Random OpenQASM 2 programs that know their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.random import Generator

from benchmarks._reading_formulas import expression
from benchmarks._reading_library import known, shape
from benchmarks._reading_trees import (
    Gate,
    Matrix,
    Meaningless,
    Program,
    Register,
    Run,
    Statement,
    embedded,
    line,
)

QELIB1 = (
    *("u3", "u2", "u1", "cx", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "rx", "ry", "rz"),
    *("cz", "cy", "ch", "ccx", "crz", "cu1", "cu3"),
)
TAKEN_FOR_GRANTED = ("swap", "cswap", "crx", "cry", "rxx", "rzz", "sx", "sxdg", "p", "cp", "u", "csx")
OWN_NAMES = (
    *("sx", "rzz", "cswap", "swap", "cp", "p", "u", "cu", "rxx", "sxdg", "csx", "crx", "cry"),
    *("c3x", "rccx", "mine", "a_gate", "qft", "iswap", "xy", "dcx", "ecr", "delay", "gate2", "ryy"),
)
OWN_WITHOUT_INCLUDE = ("h", "x", "cx", "u1", "u3", "rz", "t", "ccx", "cu1", "cz", "id")
PARAMETERS = ("theta", "phi", "lambda", "zeta", "b", "a", "x1", "gamma")


def call(name: str, angles: Sequence[str], operands: Sequence[str]) -> str:
    """A gate call's text."""
    return f"{name}{'(' + ', '.join(angles) + ')' if angles else ''} {', '.join(operands)};"


class Writer:
    """Writes one program."""

    def __init__(self, rng: Generator) -> None:
        self._rng = rng
        self._include = rng.random() < 0.8
        self._gates: dict[str, tuple[int, int]] = {"U": (3, 1), "CX": (0, 2)}
        if self._include:
            granted = TAKEN_FOR_GRANTED if rng.random() < 0.5 else ()
            self._gates |= {n: (known(n).num_params, known(n).num_qubits) for n in (*QELIB1, *granted)}
        self._qregs: dict[str, int] = {}
        self._cregs: dict[str, int] = {}

    def program(self) -> Program:
        """A program of some statements."""
        statements = [self._definition() for _ in range(self._rng.integers(0, 4))]
        statements += self._registers()
        statements += self._stirred()
        for _ in range(self._rng.integers(3, 14)):
            statements.append(self._statement())
            if self._rng.random() < 0.08:
                statements.append(self._definition())
        statements += self._stirred()
        if self._rng.random() < 0.9:
            statements += [self._measure(creg) for creg in self._cregs]
        header = "OPENQASM 2.0;\n" + ('include "qelib1.inc";\n' if self._include else "")
        return Program(header, (line("", partial(_know, list(self._library()))), *statements))

    def _stirred(self) -> list[Statement]:
        """A gate on each register that makes all angles and phases show in what is measured."""
        return [self._stir(name) for name in self._qregs if self._rng.random() < 0.8]

    def _stir(self, name: str) -> Statement:
        angles = [round(float(angle), 2) for angle in self._rng.uniform(0.3, 2.8, 3)]

        def do(run: Run) -> None:
            for place in _places(run, name, None, "qubits"):
                run.machine.apply(_gate(run, "U").matrix(*angles), [place])

        return line(call("U", list(map(str, angles)), [name]), do)

    def _library(self) -> Sequence[str]:
        return [*QELIB1, *TAKEN_FOR_GRANTED] if self._include else []

    def _choose(self, options: Sequence[str]) -> str:
        return str(self._rng.choice(list(options)))

    def _registers(self) -> list[Statement]:
        made: list[Statement] = []
        names = list(self._rng.permutation(["q", "r", "Q1", "anc", "e"]))
        left = int(self._rng.integers(2, 5))
        while left:
            size = int(self._rng.integers(1, left + 1))
            name = str(names.pop())
            self._qregs[name], left = size, left - size
            made.append(line(f"qreg {name}[{size}];", partial(_qreg, name, size)))
        names = list(self._rng.permutation(["c", "d", "m_1", "out", "x1"]))
        for name in names[: self._rng.integers(1, 4)]:
            size = int(self._rng.integers(1, 4))
            self._cregs[str(name)] = size
            made.append(line(f"creg {name}[{size}];", partial(_creg, str(name), size)))
        return [made[i] for i in self._rng.permutation(len(made))]

    def _definition(self) -> Statement:
        options = [
            name
            for name in (*OWN_NAMES, *(() if self._include else OWN_WITHOUT_INCLUDE))
            if name not in self._gates
        ]
        name = self._choose(options)
        count, width = shape(self._rng, name)
        parameters = [str(p) for p in self._rng.permutation(PARAMETERS)[:count]]
        free = [name for name in ("a0", "b", "c", "q", "t", "a") if name not in parameters]
        operands = [str(p) for p in self._rng.permutation(free)[:width]]
        body = [self._body_line(parameters, operands) for _ in range(self._rng.integers(0, 5))]
        self._gates[name] = (count, width)
        parens = f"({', '.join(parameters)})" if parameters or self._rng.random() < 0.1 else ""
        head = f"gate {name}{parens} {', '.join(operands)} "
        return Statement(
            lambda blocks: head + blocks[0],
            lambda run, bodies: _define(run, name, parameters, operands, bodies[0]),
            (tuple(body),),
        )

    def _body_line(self, parameters: Sequence[str], operands: Sequence[str]) -> Statement:
        if self._rng.random() < 0.05:
            return line(f"barrier {', '.join(operands)};", _nothing)
        name = self._choose([n for n, (_, width) in self._gates.items() if width <= len(operands)])
        count, width = self._gates[name]
        chosen = [str(o) for o in self._rng.permutation(list(operands))[:width]]
        angles = [self._expression(parameters) for _ in range(count)]
        texts = [text for text, _ in angles]
        return line(
            call(name, texts, chosen),
            lambda run: run["*build"](run, name, [value(run) for _, value in angles], chosen),
        )

    def _expression(self, names: Sequence[str], depth: int = 0):
        return expression(self._rng, names, depth)

    def _statement(self) -> Statement:
        kind = self._rng.random()
        if kind < 0.62:
            return self._gate_line()
        if kind < 0.72:
            return self._measure(self._choose(list(self._cregs)))
        if kind < 0.76:
            name = self._choose(list(self._qregs))
            index = self._index(name, self._qregs)
            return line(f"reset {name}{_at(index)};", lambda run: _reset(run, name, index))
        if kind < 0.8:
            return line(f"barrier {', '.join(self._qregs)};", _nothing)
        return self._conditional()

    def _conditional(self) -> Statement:
        creg = self._choose(list(self._cregs))
        value = int(self._rng.integers(0, 2 ** self._cregs[creg] + 1))
        kind = self._rng.random()
        inner = self._gate_line() if kind < 0.7 else self._measure(self._choose(list(self._cregs)))

        def do(run: Run) -> None:
            if run.read(_places(run, creg, None, "bits")) == value:
                inner.do(run, ())

        return line(f"if ({creg} == {value}) {inner.text()}", do, measures=inner.measures)

    def _index(self, name: str, sizes: dict[str, int], whole: float = 0.2) -> int | None:
        return None if self._rng.random() < whole else int(self._rng.integers(0, sizes[name]))

    def _gate_line(self) -> Statement:
        for _ in range(50):
            name = self._choose(list(self._gates))
            count, width = self._gates[name]
            operands = self._operands(width)
            if operands:
                break
        else:
            raise AssertionError("U fits always")
        angles = [self._expression(()) for _ in range(count)]
        texts = [text for text, _ in angles]

        def do(run: Run) -> None:
            gate = _gate(run, name)
            if (gate.num_params, gate.num_qubits) != (count, width):
                raise Meaningless(name)
            matrix = gate.matrix(*[value(run) for _, value in angles])
            places = [_places(run, register, index, "qubits") for register, index in operands]
            sizes = [len(each) for each, (_, index) in zip(places, operands, strict=True) if index is None]
            for i in range(max(sizes, default=1)):
                run.machine.apply(
                    matrix,
                    [
                        each[i] if index is None else each[0]
                        for each, (_, index) in zip(places, operands, strict=True)
                    ],
                )

        return line(call(name, texts, [register + _at(index) for register, index in operands]), do)

    def _operands(self, width: int) -> list[tuple[str, int | None]]:
        """Registers and qubits whose broadcast never names a qubit twice; none if it did not come out."""
        chosen = [
            (name, self._index(name, self._qregs))
            for name in (self._choose(list(self._qregs)) for _ in range(width))
        ]
        sizes = {self._qregs[name] for name, index in chosen if index is None}
        whole = [name for name, index in chosen if index is None]
        single = [(name, index) for name, index in chosen if index is not None]
        fits = len(sizes) < 2 and len(set(whole)) == len(whole) and len(set(single)) == len(single)
        return chosen if fits and not {name for name, _ in single} & set(whole) else []

    def _measure(self, creg: str) -> Statement:
        fitting = [name for name, size in self._qregs.items() if size == self._cregs[creg]]
        if fitting and self._rng.random() < 0.6:
            name = self._choose(fitting)
            return line(
                f"measure {name} -> {creg};",
                lambda run: _measure(run, name, None, creg, None),
                measures=True,
            )
        name = self._choose(list(self._qregs))
        index, place = int(self._rng.integers(self._qregs[name])), int(self._rng.integers(self._cregs[creg]))
        return line(
            f"measure {name}[{index}] -> {creg}[{place}];",
            lambda run: _measure(run, name, index, creg, place),
            measures=True,
        )


def _nothing(_: Run) -> None:
    """What a barrier does to a distribution."""


def _know(names: Sequence[str], run: Run) -> None:
    angles = {"U": 3, "CX": 0}
    for name in ("U", "CX", *names):
        gate = known({"U": "u3", "CX": "cx"}.get(name, name))
        run.scopes[0][name] = Gate(angles.get(name, gate.num_params), gate.num_qubits, gate.matrix)


def _define(run: Run, name: str, parameters: Sequence[str], operands: Sequence[str], body) -> None:
    """A gate of the file's own; in its body parameters and operands hide what else has their names."""
    outer = dict(run.scopes[0])

    def matrix(*angles: float) -> Matrix:
        total = np.eye(2 ** len(operands), dtype=np.complex128)

        def build(_: Run, called: str, values: Sequence[float], chosen: Sequence[str]) -> None:
            nonlocal total
            gate = outer.get(called)
            if not isinstance(gate, Gate) or gate.num_params != len(values):
                raise Meaningless(called)
            places = [operands.index(operand) for operand in chosen]
            total = embedded(gate.matrix(*values), places, len(operands)) @ total

        inner = Run(run.machine)
        inner.scopes = [{"*build": build}, dict(zip(parameters, angles, strict=True))]
        inner.run(body)
        return total

    run.scopes[0][name] = Gate(len(parameters), len(operands), matrix)


def _gate(run: Run, name: str) -> Gate:
    gate = run.scopes[0].get(name)
    if not isinstance(gate, Gate):
        raise Meaningless(name)
    return gate


def _qreg(name: str, size: int, run: Run) -> None:
    run.declare("qubits " + name, Register(run.new_qubits(size)))


def _creg(name: str, size: int, run: Run) -> None:
    run.declare("bits " + name, Register(run.new_bits(size)))


def _places(run: Run, name: str, index: int | None, what: str) -> list[int]:
    places = run[f"{what} {name}"].places
    return places if index is None else [places[index]]


def _measure(run: Run, qreg: str, index: int | None, creg: str, place: int | None) -> None:
    qubits, bits = _places(run, qreg, index, "qubits"), _places(run, creg, place, "bits")
    for qubit, bit in zip(qubits, bits, strict=True):
        run.measure(qubit, bit)


def _reset(run: Run, name: str, index: int | None) -> None:
    for qubit in _places(run, name, index, "qubits"):
        run.machine.reset(qubit)


def _at(index: int | None) -> str:
    return "" if index is None else f"[{index}]"
