"""Random circuits of Qiskit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from benchmarks import _reading_objects_gates as gates
from benchmarks._reading_library import CONSTRUCTORS, known
from benchmarks._reading_objects import (
    ANGLES,
    STATES,
    Piece,
    apply,
    inverse,
    made,
    nested,
    own,
    places_of,
    power,
    prepare,
    suite,
    with_controls,
)
from benchmarks._reading_objects_conditions import qiskit_condition
from benchmarks._reading_objects_flow import qiskit_for, qiskit_part, qiskit_switch, qiskit_while
from benchmarks._reading_trees import Body, Left, Matrix, Program, Register, Run, Statement, line

HEADER = """import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import (
    AnnotatedOperation, ControlModifier, InverseModifier, PowerModifier, library,
)
from qiskit.circuit.classical import expr, types
from qiskit.quantum_info import random_clifford, random_unitary

"""
NAMES = {
    width: [
        name
        for name in CONSTRUCTORS
        if name not in ("u0", "measure", "reset", "delay") and known(name).num_qubits == width
    ]
    for width in (1, 2, 3)
}


@lru_cache(4096)
def _matrix(text: str) -> Matrix:
    from qiskit.quantum_info import Operator

    return np.asarray(Operator(made(f"{HEADER}circuit = {text}")).data)


class Writer:
    """Writes one program."""

    def __init__(self, rng: Generator) -> None:
        self.rng = rng
        self._count = int(rng.integers(2, 5))
        self._numbers, self._left = 0, 5
        self._own: dict[str, int] = {}
        self._hard: set[str] = set()  # gates that Qiskit itself cannot take apart for a control
        self._bits: list[str] = []
        self._registers: dict[str, list[str]] = {}
        self._loop = False

    def program(self) -> Program:
        """A circuit of 4 to 14 statements on one or two classical registers, or on loose bits."""
        statements = self._declarations()
        for _ in range(int(self.rng.integers(0, 3))):
            statements.append(self._definition())
        statements += [
            self._append(self._library(f"library.RYGate({0.4 + 0.5 * place})", 1), [place])
            for place in range(self._count)
        ]
        for _ in range(int(self.rng.integers(4, 15))):
            statements += self._statement(0)
        if self._flip(0.7) or "circuit.measure(" not in Program("", tuple(statements)).text():
            order = places_of(self.rng, min(self._count, len(self._bits)), self._count)
            statements += [self._measure(place, bit) for place, bit in zip(order, self._bits, strict=False)]
        return Program(HEADER, tuple(statements), must_measure=True)

    def _flip(self, chance: float = 0.5) -> bool:
        return bool(self.rng.random() < chance)

    def _declarations(self) -> list[Statement]:
        sizes = [int(size) for size in self.rng.integers(1, 4, int(self.rng.integers(1, 3)))]
        names = ["c", "d"][: len(sizes)]
        self._registers = {
            name: [f"{name}[{i}]" for i in range(size)] for name, size in zip(names, sizes, strict=True)
        }
        texts = [
            f"{name} = ClassicalRegister({size}, {name!r})" for name, size in zip(names, sizes, strict=True)
        ]
        if len(names) == 2 and self._flip(0.3):  # registers that share a bit
            texts[1] = (
                f"d = ClassicalRegister(name='d', bits=[*ClassicalRegister({sizes[1]}, 'e')][1:] + [c[0]])"
            )
        shared = "bits=" in texts[-1]

        def declare(run: Run) -> None:
            run.declare("q", Register(run.new_qubits(self._count)))
            run.measured = True
            for name, size in zip(names, sizes, strict=True):
                new = run.new_bits(size - 1 if shared and name == "d" else size)
                run.declare(name, Register([*new, run["c"].places[0]] if shared and name == "d" else new))

        self._bits = [bit for bits in self._registers.values() for bit in bits]
        texts += [
            f"q = QuantumRegister({self._count}, 'q')",
            f"circuit = QuantumCircuit(q, {', '.join(names)})",
        ]
        return [line("; ".join(texts), declare)]

    def _statement(self, depth: int, *, leaves: bool = False) -> list[Statement]:
        kind = self.rng.random()
        if kind < 0.13 and self._left > 0:
            return [self._measure(int(self.rng.integers(self._count)), str(self.rng.choice(self._bits)))]
        if kind < 0.17 and self._left > 0:
            self._left -= 1
            if self._flip(0.6):
                if self._flip():
                    return [self._prepared()]
                places = places_of(self.rng, 2, self._count)
                return [qiskit_part(places, str(self.rng.choice(self._bits)))]
            place = int(self.rng.integers(self._count))
            return [line(f"circuit.reset(q[{place}])", lambda run: run.machine.reset(run["q"].places[place]))]
        if kind < 0.42 and depth < 2:
            return self._control(depth)
        if kind < 0.55 and leaves:
            how = str(self.rng.choice(["break", "continue"]))

            def leave(_: Run) -> None:
                raise Left(how)

            return [line(f"circuit.{how}_loop()", leave)]
        if kind < 0.6 and kind > 0.55:
            return [line(f"circuit.barrier(q[{int(self.rng.integers(self._count))}])", lambda _: None)]
        piece = self._piece(self._count)
        return [self._append(piece, places_of(self.rng, piece.width, self._count))]

    def _prepared(self) -> Statement:
        places = places_of(self.rng, int(self.rng.integers(1, 3)), self._count)
        state = STATES[len(places)]
        return line(f"circuit.initialize({state}, {places})", lambda run: prepare(run, state, places))

    # gates

    def _library(self, text: str, width: int) -> Piece:
        return Piece(text, width, lambda _: _matrix(text))

    def _base(self, width: int) -> Piece:
        fitting = [name for name, wide in self._own.items() if wide == width]
        if fitting and self._flip(0.35):
            name = str(self.rng.choice(fitting))
            return Piece(name, width, lambda run: run[name].matrix())
        if self._flip(0.2):
            text = str(self.rng.choice(gates.QISKIT[width])).replace("SEED", str(int(self.rng.integers(100))))
            return self._library(f"library.{text}", width)
        name = str(self.rng.choice(NAMES[width]))
        angles = [float(angle) for angle in self.rng.choice(ANGLES, known(name).num_params)]
        kind = CONSTRUCTORS[name].__name__.removeprefix("_Singleton")
        return self._library(f"library.{kind}({', '.join(map(str, angles))})", width)

    def _piece(self, most: int) -> Piece:
        piece = self._base(int(self.rng.integers(1, min(3, most) + 1)))
        if "Isometry" in piece.text:
            return piece
        kind = self.rng.random()
        lazy = self._flip(0.4) or piece.text in self._hard or "Permutation" in piece.text
        if kind < 0.15:
            text = (
                f"AnnotatedOperation({piece.text}, InverseModifier())" if lazy else f"{piece.text}.inverse()"
            )
            piece = inverse(piece, text)
        elif kind < 0.25:
            times = int(self.rng.choice([2, 3, -1]))
            text = f"AnnotatedOperation({piece.text}, PowerModifier({times}))"
            piece = power(piece, text if lazy else f"{piece.text}.power({times})", times)
        room = most - piece.width
        if room and self._flip(0.3):
            values = [
                int(value) for value in self.rng.integers(0, 2, int(self.rng.integers(1, min(2, room) + 1)))
            ]
            state = sum(value << place for place, value in enumerate(values))
            count = len(values)
            annotated = ", annotated=True" if self._flip(0.3) else ""
            text = f"{piece.text}.control({count}, ctrl_state={state}{annotated})"
            if lazy:
                text = f"AnnotatedOperation({piece.text}, ControlModifier({count}, {state}))"
            piece = with_controls(piece, text, values)
        return piece

    def _append(self, piece: Piece, places: Sequence[int]) -> Statement:
        operands = ", ".join(f"q[{place}]" for place in places)
        return line(f"circuit.append({piece.text}, [{operands}])", lambda run: apply(run, piece, places))

    def _definition(self) -> Statement:
        """A gate of the program's own, often under the name of a standard one."""
        self._numbers += 1
        name = f"own{self._numbers}"
        width = int(self.rng.integers(1, min(3, self._count) + 1))
        called = str(self.rng.choice([*NAMES[width][:12], "mine"]))
        pieces = [self._piece(width) for _ in range(int(self.rng.integers(1, 4)))]
        steps = [
            (piece, places_of(self.rng, piece.width, width))
            for piece in pieces
            if "Isometry" not in piece.text
        ]
        self._own[name] = width
        hard = ("nnotated", "Permutation", *self._hard)
        if any(part in piece.text for piece, _ in steps for part in hard) or (
            called != "mine" and known(called).num_params
        ):
            self._hard.add(name)
        parts = "".join(f"body.append({piece.text}, {places}); " for piece, places in steps)
        text = f"body = QuantumCircuit({width}, name={called!r}); {parts}{name} = body.to_gate()"
        return line(text, own(name, steps, width))

    # measurements and control flow

    def _measure(self, place: int, bit: str) -> Statement:
        self._left -= 1
        name, index = bit[0], int(bit[2:-1])

        def do(run: Run) -> None:
            run.measure(run["q"].places[place], run[name].places[index])

        return line(f"circuit.measure(q[{place}], {bit})", do, measures=True)

    def _body(self, depth: int, *, leaves: bool = False) -> Body:
        parts = int(self.rng.integers(1, 4))
        return tuple(each for _ in range(parts) for each in self._statement(depth + 1, leaves=leaves))

    def _control(self, depth: int) -> list[Statement]:
        kind = self.rng.random()
        if kind < 0.5 or self._loop:
            return [self._if(depth)]
        if kind < 0.68:
            bodies = [self._body(depth) for _ in range(3)]
            self._numbers += 1
            return [qiskit_switch(self.rng, self._registers, bodies, f"case{self._numbers}")]
        if kind < 0.84:
            return [self._for(depth)]
        if kind < 0.93:
            return self._while(depth)
        return [
            nested(
                lambda blocks: f"with circuit.box(){suite(blocks[0])[0]}",
                lambda run, bodies: run.block(bodies[0]),
                self._body(depth),
            )
        ]

    def _if(self, depth: int) -> Statement:
        text, holds = qiskit_condition(self.rng, self._registers)
        self._numbers += 1
        other = f"else{self._numbers}"
        bodies = [self._body(depth, leaves=self._loop) for _ in range(1 + self._flip())]

        def do(run: Run, bodies: Sequence[Body]) -> None:
            if holds(run):
                run.block(bodies[0])
            elif len(bodies) > 1:
                run.block(bodies[1])

        def write(blocks: Sequence[str]) -> str:
            inside, indent = suite(blocks[0])
            if len(blocks) == 1:
                return f"with circuit.if_test({text}){inside}"
            return (
                f"with circuit.if_test({text}) as {other}{inside}\n{indent}with {other}{suite(blocks[1])[0]}"
            )

        return nested(write, do, *bodies)

    def _for(self, depth: int) -> Statement:
        values = [[0, 1], [2, 0, 1], [1]][int(self.rng.integers(3))]
        place, before = int(self.rng.integers(self._count)), self._left
        self._left, outside, self._loop = min(self._left, 1), self._loop, True
        body = self._body(depth)
        self._loop = outside
        self._left = before - len(values) * max(0, min(before, 1) - self._left)
        self._numbers += 1
        return qiskit_for(values, f"i{self._numbers}", place, body)

    def _while(self, depth: int) -> list[Statement]:
        if depth:
            return [self._if(depth)]
        self._numbers += 1
        name, times = f"v{self._numbers}", int(self.rng.integers(1, 4))
        before, self._left = self._left, 0
        body = self._body(depth)
        self._left = before
        return qiskit_while(name, times, body)
