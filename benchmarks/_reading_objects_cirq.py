"""Random circuits of Cirq."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator

from benchmarks import _reading_objects_gates as gates
from benchmarks._reading_objects import (
    ANGLES,
    Piece,
    apply,
    inverse,
    little,
    made,
    own,
    places_of,
    power,
    with_controls,
    with_either,
)
from benchmarks._reading_objects_conditions import Condition, Names, cirq_condition
from benchmarks._reading_objects_flow import cirq_part, cirq_prepared
from benchmarks._reading_trees import Matrix, Meaningless, Program, Register, Run, Statement, line
from qorum.circuits.second_reading.machine import Bit

HEADER = """import cirq
import numpy as np
import sympy

def frozen(build):
  circuit = cirq.Circuit()
  build(circuit)
  return circuit.freeze()

circuit = cirq.Circuit()
"""


@lru_cache(4096)
def _unitary(text: str) -> Matrix:
    import cirq

    return little(cirq.unitary(made(f"circuit = {text}", cirq=cirq, np=np)))


class Writer:
    """Writes one program."""

    def __init__(self, rng: Generator) -> None:
        self.rng = rng
        self._count = int(rng.integers(2, 5))
        self._numbers = 0
        self._left = 4  # qubits that may be measured on the way: each doubles the branches

    def program(self) -> Program:
        """A circuit of 4 to 14 statements."""
        names = Names()
        count = self._count
        falling = self._flip()
        wires = f"q = cirq.LineQubit.range({count})"
        if falling:
            wires = f"q = [cirq.NamedQubit(name) for name in {list('dcba')[4 - count :]}]"

        def declare(run: Run) -> None:
            places = run.new_qubits(count)
            run.declare("q", Register(places[::-1] if falling else places))
            run.declare("*records", {})

        statements = [line(f"{wires}; circuit.append(cirq.I.on_each(*q))", declare)]
        for _ in range(int(self.rng.integers(0, 3))):
            statements.append(self._definition(names))
        statements += [
            self._append(
                f"cirq.ry({0.4 + 0.5 * place})(q[{place}])", self._piece_do(place, 0.4 + 0.5 * place)
            )
            for place in range(count)
        ]
        for _ in range(int(self.rng.integers(4, 15))):
            statements += self._statement(names)
        if self.rng.random() < 0.8:
            statements.append(self._measure(names))
        return Program(HEADER, tuple(statements))

    def _piece_do(self, place: int, angle: float) -> Any:
        piece = self._library(f"cirq.ry({angle})", 1)
        return lambda run: apply(run, piece, [place])

    def _flip(self, chance: float = 0.5) -> bool:
        return bool(self.rng.random() < chance)

    def _append(self, text: str, do: Any, *, measures: bool = False) -> Statement:
        strategy = ", cirq.InsertStrategy.NEW" if measures or self._flip(0.1) else ""
        return line(f"circuit.append({text}{strategy})", do, measures=measures)

    def _statement(self, names: Names) -> list[Statement]:
        kind = self.rng.random()
        if kind < 0.12 and self._left > 0:
            return [self._measure(names)]
        if kind < 0.17 and self._left > 0:
            self._left -= 1
            if self._flip(0.3):
                return [self._append(*cirq_prepared(places_of(self.rng, 2, self._count)))]
            place = int(self.rng.integers(self._count))
            text = str(self.rng.choice(["cirq.reset(q[{}])", "cirq.R(q[{}])", "cirq.ResetChannel()(q[{}])"]))
            return [self._append(text.format(place), lambda run: run.machine.reset(run["q"].places[place]))]
        if kind < 0.36 and names.keys:
            return [self._conditional(names)]
        if kind < 0.45 and names.depth < 2:
            return [self._subcircuit(names)]
        return [self._gate(names)]

    # gates

    def _library(self, text: str, width: int) -> Piece:
        return Piece(text, width, lambda _: _unitary(text))

    def _base(self, width: int, names: Names) -> Piece:
        """A gate of Cirq's, or one of the program's own."""
        fitting = [name for name, wide in names.gates.items() if wide == width]
        if fitting and self._flip(0.3):
            name = str(self.rng.choice(fitting))
            return Piece(f"{name}()", width, lambda run: run[name].matrix())
        if self._flip(0.4) and width in gates.CIRQ_POWERED:
            name = str(self.rng.choice(gates.CIRQ_POWERED[width]))
            return self._library(f"cirq.{name}**{self._angle()}", width)
        text = str(self.rng.choice(gates.CIRQ[width]))
        for wide in (1, 2, 3):
            seed = int(self.rng.integers(100))
            text = text.replace(f"{{{wide}}}", f"cirq.testing.random_unitary({2**wide}, random_state={seed})")
        while "{}" in text:
            text = text.replace("{}", str(self._angle()), 1)
        return self._library(f"cirq.{text}", width)

    def _angle(self) -> float:
        return float(self.rng.choice(ANGLES))

    def _piece(self, names: Names, most: int) -> Piece:
        """A gate, perhaps under modifiers."""
        width = int(self.rng.integers(1, min(3, most) + 1))
        piece = self._base(width, names)
        kind = self.rng.random()
        if kind < 0.12:
            piece = inverse(piece, f"cirq.inverse({piece.text})")
        elif kind < 0.18:
            piece = power(piece, f"({piece.text})**-1", -1)
        elif kind < 0.24 and ("**" in piece.text or "Matrix" in piece.text):
            piece = power(piece, f"({piece.text})**2", 2)
        room = most - piece.width
        if room and self._flip(0.3):
            values = [
                int(value) for value in self.rng.integers(0, 2, int(self.rng.integers(1, min(2, room) + 1)))
            ]
            piece = self._controlled(piece, values)
        return piece

    def _controlled(self, piece: Piece, values: list[int]) -> Piece:
        count = len(values)
        if all(values) and self._flip(0.4):
            return with_controls(piece, f"({piece.text}).controlled({count})", values)
        if self._flip(0.3):
            wrapped = f"cirq.ControlledGate({piece.text}, num_controls={count}, control_values={values})"
            return with_controls(piece, wrapped, values)
        if count == 2 and self._flip(0.3):
            return self._sum_of_products(piece)
        return with_controls(
            piece, f"({piece.text}).controlled(num_controls={count}, control_values={values})", values
        )

    def _sum_of_products(self, piece: Piece) -> Piece:
        rows = [(0, 1), (1, 0)] if self._flip() else [(0, 0), (1, 1)]
        text = f"({piece.text}).controlled(control_values=cirq.SumOfProducts({rows}))"
        return with_either(piece, text, rows)

    def _operation(self, names: Names) -> tuple[str, Any]:
        """An operation's code, and what it does."""
        piece = self._piece(names, self._count)
        places = places_of(self.rng, piece.width, self._count)
        room = self._count - piece.width
        operands = [f"q[{place}]" for place in places]
        if room and self._flip(0.1):
            value = int(self.rng.integers(2))
            extra = next(place for place in range(self._count) if place not in places)
            text = (
                f"({piece.text})({', '.join(operands)}).controlled_by(q[{extra}], control_values=[{value}])"
            )
            whole = with_controls(piece, text, [value])
            return text, lambda run: apply(run, whole, [extra, *places])
        text = f"({piece.text})({', '.join(operands)})"
        return text, lambda run: apply(run, piece, places)

    def _gate(self, names: Names) -> Statement:
        text, do = self._operation(names)
        return self._append(text, do)

    def _definition(self, names: Names) -> Statement:
        """A gate of the program's own, by its decomposition or its matrix."""
        self._numbers += 1
        name = str(self.rng.choice(["CXPowGate", "H", "Own", "MyGate", "ZPowGate"])) + str(self._numbers)
        width = int(self.rng.integers(1, min(3, self._count) + 1))
        steps = [
            (
                piece := self._piece(Names(gates=dict(names.gates)), width),
                places_of(self.rng, piece.width, width),
            )
            for _ in range(int(self.rng.integers(1, 4)))
        ]
        parts = ", ".join(
            f"({piece.text})({', '.join(f'qubits[{place}]' for place in places)})" for piece, places in steps
        )
        names.gates[name] = width
        text = (
            f"class {name}(cirq.Gate):\n    def _num_qubits_(self):\n        return {width}\n"
            f"    def _decompose_(self, qubits):\n        return [{parts}]"
        )
        return line(text, own(name, steps, width))

    # measurements and conditions

    def _measure(self, names: Names) -> Statement:
        known = [key for key in names.keys if ":" not in key]
        if known and self._flip(0.3):
            key = str(self.rng.choice(known))
            width = names.keys[key]
        else:
            self._numbers += 1
            key, width = f"k{self._numbers}", int(self.rng.integers(1, min(3, self._count) + 1))
        names.keys[key] = width
        names.counts[key] = names.counts.get(key, 0) + 1
        self._left -= width
        places = places_of(self.rng, width, self._count)
        mask = [bool(flip) for flip in self.rng.integers(0, 2, width)] if self._flip(0.3) else [False] * width
        text = f"cirq.measure({', '.join(f'q[{place}]' for place in places)}, key={key!r}"
        text += f", invert_mask={tuple(mask)})" if any(mask) else ")"

        def do(run: Run) -> None:
            record: list[Bit] = []
            for place, flip in zip(places, mask, strict=True):
                outcome = run.machine.measure(run["q"].places[place])
                record.append(1 - run.machine.read(outcome) if flip else outcome)
            records = run["*records"]
            kept = records.setdefault(key, ([], run.new_bits(width) if key not in records else []))
            if len(kept[1]) != width:
                raise Meaningless(key)
            kept[0].append(record)
            for place, bit in zip(kept[1], record, strict=True):
                run.bits[place] = bit

        return self._append(text, do, measures=True)

    def _conditional(self, names: Names) -> Statement:
        text, do = self._operation(names)
        asked: list[Condition] = []
        for _ in range(1 + self._flip(0.2)):
            key = str(self.rng.choice(list(names.keys)))
            asked.append(cirq_condition(self.rng, key, names.keys[key], names.counts[key], names.depth > 0))

        def decided(run: Run) -> None:
            if all(holds(run) for _, holds in asked):
                do(run)

        return self._append(
            f"{text}.with_classical_controls({', '.join(each for each, _ in asked)})", decided
        )

    # subcircuits

    def _subcircuit(self, names: Names) -> Statement:
        """A part of its own, defined and then run: repeated, on other qubits, under other keys."""
        self._numbers += 1
        name, inner = f"part{self._numbers}", Names(gates=dict(names.gates), depth=names.depth + 1)
        body = tuple(each for _ in range(int(self.rng.integers(1, 4))) for each in self._inner(inner))
        times = int(self.rng.integers(1, 4 if self._left > 1 or not inner.keys else 2))
        self._left -= (times - 1) * sum(inner.keys.values())
        numbered = bool(inner.keys) or self._flip()
        order = [int(place) for place in self.rng.permutation(self._count)]
        mapped = ", ".join(f"q[{place}]: q[{to}]" for place, to in enumerate(order))
        text = f"cirq.CircuitOperation(frozen({name}), repetitions={times}, use_repetition_ids={numbered})"
        text += f".with_qubit_mapping({{{mapped}}})"
        for key, width in inner.keys.items():
            for number in range(times):
                scoped = f"{number}:{key}" if times > 1 else key
                names.keys[scoped], names.counts[scoped] = width, inner.counts[key]
        call = f"circuit.append({text}, cirq.InsertStrategy.NEW)"
        return cirq_part(name, call, times, order, body)

    def _inner(self, names: Names) -> list[Statement]:
        kind = self.rng.random()
        if kind < 0.3:
            return [self._measure(names)] if self._left > 1 else []
        if kind < 0.55 and names.keys:
            return [self._conditional(names)]
        return [self._gate(names)]
