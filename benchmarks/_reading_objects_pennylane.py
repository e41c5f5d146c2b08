"""Random tapes and QNodes of PennyLane."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

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
    nested,
    own,
    places_of,
    power,
    suite,
    with_controls,
)
from benchmarks._reading_objects_conditions import pennylane_condition
from benchmarks._reading_trees import Body, Matrix, Program, Register, Run, Statement, line
from qorum.circuits.second_reading.machine import Bit

HEADER = """import numpy as np
import pennylane as qml
from scipy.stats import unitary_group

"""
X_VALUE = 0.3
PREPARATIONS = ("StatePrep", "Amplitude", "BasisState")


@lru_cache(4096)
def _matrix(text: str) -> Matrix:
    import pennylane as qml
    from scipy.stats import unitary_group

    names = {"np": np, "qml": qml, "unitary_group": unitary_group, "x": X_VALUE}
    width = len(set(re.findall(r"<\d>", text)))
    with qml.QueuingManager.stop_recording():
        operation = made("circuit = " + re.sub(r"<(\d)>", r"\1", text), **names)
        if text.removeprefix("qml.").startswith(PREPARATIONS):
            operation = qml.tape.QuantumScript(operation.decomposition(), [])
        return little(qml.matrix(operation, wire_order=range(width)))


def _shifted(text: str, by: int) -> str:
    return re.sub(r"<(\d)>", lambda found: f"<{int(found[1]) + by}>", text)


class Writer:
    """Writes one program."""

    def __init__(self, rng: Generator) -> None:
        self.rng = rng
        self._count = int(rng.integers(2, 5))
        self._numbers, self._left = 0, 4
        self._own: dict[str, int] = {}
        self._results: list[str] = []

    def program(self) -> Program:
        """A function of 3 to 12 statements, as a tape or as a QNode."""
        labels = [str([2, 0, 5, 3][: self._count]), str(list("dacb")[: self._count]), f"range({self._count})"]
        chosen = int(self.rng.integers(3))
        order = np.argsort(np.argsort([2, 0, 5, 3][: self._count])) if chosen == 0 else range(self._count)

        def declare(run: Run) -> None:
            places = run.new_qubits(self._count)
            run.declare("q", Register([places[int(place)] for place in order]))

        first = f"w = {labels[chosen]}; [qml.Identity(wire) for wire in w]"
        statements = [line(first, declare)]
        for _ in range(int(self.rng.integers(0, 2))):
            statements.append(self._definition())
        statements += [
            self._do(self._plain(f"qml.RY({0.4 + 0.5 * i}, <0>)", 1), [i]) for i in range(self._count)
        ]
        for _ in range(int(self.rng.integers(3, 13))):
            statements += self._statement()
        answer = self._answer() if self._flip(0.9) else None
        statements += [answer] if answer else []
        tail = "circuit = qml.tape.make_qscript(body)(0.3)"
        if answer and self._flip():
            tail = "circuit = (qml.QNode(body, qml.device('default.qubit')), (0.3,))"

        def play(run: Run, bodies: Sequence[Body]) -> None:
            run.run(bodies[0])

        whole = nested(lambda blocks: f"def body(x){suite(blocks[0])[0]}\n{tail}", play, tuple(statements))
        return Program(HEADER, (whole,))

    def _flip(self, chance: float = 0.5) -> bool:
        return bool(self.rng.random() < chance)

    def _statement(self) -> list[Statement]:
        kind = self.rng.random()
        if kind < 0.15 and self._left:
            return [self._measure()]
        if kind < 0.4 and self._results:
            return self._conditional()
        return [self._gate()]

    # gates

    def _plain(self, text: str, width: int) -> Piece:
        return Piece(text, width, lambda _: _matrix(text))

    def _base(self, width: int) -> Piece:
        fitting = [name for name, wide in self._own.items() if wide == width]
        if fitting and self._flip(0.3):
            name = str(self.rng.choice(fitting))
            wires = ", ".join(f"<{place}>" for place in range(width))
            return Piece(f"{name}([{wires}])", width, lambda run: run[name].matrix())
        text = str(self.rng.choice(gates.PENNYLANE[width]))
        while "ANGLE" in text:
            angle = "x" if self._flip(0.1) else str(float(self.rng.choice(ANGLES)))
            text = text.replace("ANGLE", angle, 1)
        for wide in (1, 2, 3):
            seed = int(self.rng.integers(100))
            text = text.replace(f"[{wide}]", f"unitary_group.rvs({2**wide}, random_state={seed})")
        return self._plain(f"qml.{text}", width)

    def _piece(self, most: int) -> Piece:
        piece = self._base(int(self.rng.integers(1, min(3, most) + 1)))
        if piece.text.removeprefix("qml.").startswith((*PREPARATIONS, "Identity")):
            return piece
        kind = self.rng.random()
        if kind < 0.15:
            piece = inverse(piece, f"qml.adjoint({piece.text})")
        elif kind < 0.25:
            times = int(self.rng.choice([2, 3, -1]))
            piece = power(piece, f"qml.pow({piece.text}, {times})", times)
        room = most - piece.width
        if room and self._flip(0.3):
            count = int(self.rng.integers(1, min(2, room) + 1))
            values = [int(value) for value in self.rng.integers(0, 2, count)]
            wires = ", ".join(f"<{place}>" for place in range(count))
            text = f"qml.ctrl({_shifted(piece.text, count)}, control=[{wires}], control_values={values})"
            piece = with_controls(piece, text, values)
        return piece

    def _named(self, piece: Piece, places: Sequence[int]) -> str:
        return re.sub(r"<(\d)>", lambda found: f"w[{places[int(found[1])]}]", piece.text)

    def _do(self, piece: Piece, places: Sequence[int]) -> Statement:
        return line(self._named(piece, places), lambda run: apply(run, piece, places))

    def _gate(self) -> Statement:
        piece = self._piece(self._count)
        return self._do(piece, places_of(self.rng, piece.width, self._count))

    def _definition(self) -> Statement:
        """An operation of the program's own, perhaps called as one of PennyLane's."""
        self._numbers += 1
        name = str(self.rng.choice(["CNOT", "S", "RX", "Own"]))
        width = int(self.rng.integers(1, min(3, self._count) + 1))
        steps: list[tuple[Piece, list[int]]] = []
        for _ in range(int(self.rng.integers(1, 4))):
            piece = self._piece(width)
            if " x" not in piece.text and "(x" not in piece.text and "[x" not in piece.text:
                steps.append((piece, places_of(self.rng, piece.width, width)))
        parts = ", ".join(self._named(piece, places).replace("w[", "wires[") for piece, places in steps)
        self._own[name] = width

        def write(blocks: Sequence[str]) -> str:
            indent = suite(blocks[0])[1]
            return (
                f"class {name}(qml.operation.Operation):\n{indent}  num_wires = {width}\n"
                f"{indent}  @staticmethod\n"
                f"{indent}  def compute_decomposition(*_, wires):\n{indent}    return [{parts}]"
            )

        define = own(name, steps, width)
        return nested(write, lambda run, _: define(run), ())

    # measurements and conditions

    def _measure(self) -> Statement:
        self._left -= 1
        self._numbers += 1
        name, place = f"m{self._numbers}", int(self.rng.integers(self._count))
        resets = self._flip(0.3)
        self._results.append(name)

        def do(run: Run) -> None:
            qubit = run["q"].places[place]
            run.declare(name, run.machine.measure(qubit))
            if resets:
                run.machine.read(run[name])
                run.machine.reset(qubit)

        return line(f"{name} = qml.measure(w[{place}]{', reset=True' if resets else ''})", do)

    def _conditional(self) -> list[Statement]:
        text, holds = pennylane_condition(self.rng, self._results)
        branches = int(self.rng.integers(1, 3))
        self._numbers += 1
        names = [f"f{self._numbers}_{number}" for number in range(branches)]
        definitions = [self._function(name) for name in names]
        if branches == 1 and self._flip():
            piece = self._base(1)
            head, _, rest = piece.text.partition("(")
            place = int(self.rng.integers(self._count))
            called = f"{head})({rest}".replace("<0>", f"w[{place}]")

            def simple(run: Run) -> None:
                if holds(run):
                    apply(run, piece, [place])

            return [line(f"qml.cond({text}, {called}", simple)]

        def do(run: Run) -> None:
            bodies = [run[name] for name in names]
            if holds(run):
                run.block(bodies[0])
            elif branches > 1:
                run.block(bodies[1])

        return [*definitions, line(f"qml.cond({', '.join([text, *names])})()", do)]

    def _function(self, name: str) -> Statement:
        body = tuple(self._gate() for _ in range(int(self.rng.integers(1, 3))))

        def do(run: Run, bodies: Sequence[Body]) -> None:
            run.declare(name, bodies[0])

        return nested(lambda blocks: f"def {name}(){suite(blocks[0])[0]}", do, body)

    # what is asked for

    def _answer(self) -> Statement:
        letters = [str(letter) for letter in self.rng.choice(list("XYZ"), self._count)]
        texts: list[str] = []
        asked: set[int] = set()
        bases: dict[int, str] = {}
        shown: list[str] = []
        for _ in range(int(self.rng.integers(1, 4))):
            kind = self.rng.random()
            places = places_of(self.rng, int(self.rng.integers(1, self._count + 1)), self._count)
            if kind < 0.3 and self._results:
                count = int(self.rng.integers(1, len(self._results) + 1))
                names = [str(name) for name in self.rng.permutation(self._results)[:count]]
                if self._flip(0.2):  # a number worked out of them: they stand as they were measured
                    texts.append(f"qml.counts({' + '.join(names)})")
                    names.sort(key=self._results.index)
                else:
                    texts.append(self._of_results(names))
                shown += [name for name in names if name not in shown]
            elif kind < 0.6 and all(letters[place] == "Z" for place in places):
                asks = str(self.rng.choice(["counts", "probs", "sample"]))
                texts.append(f"qml.{asks}(wires=[{', '.join(f'w[{place}]' for place in places)}])")
                asked.update(places)
            else:
                word = " @ ".join(f"qml.{letters[place]}(w[{place}])" for place in places)
                single = f"qml.{letters[places[0]]}(w[{places[0]}])"
                forms = [f"qml.expval({word})", f"qml.var({word})", f"qml.expval(0.3 * {single} + {word})"]
                texts.append(str(self.rng.choice(forms)))
                asked.update(places)
                bases |= {place: letters[place] for place in places}

        turns = {
            "X": self._plain("qml.RY(-np.pi / 2, <0>)", 1),
            "Y": self._plain("qml.RX(np.pi / 2, <0>)", 1),
        }

        def do(run: Run) -> None:
            qubits = run["q"].places
            for place, letter in bases.items():
                if letter in turns:
                    apply(run, turns[letter], [place])
            bits: list[Bit] = [run.machine.measure(qubits[p]) for p in sorted(asked, key=lambda p: qubits[p])]
            run.bits = [*bits, *(run[name] for name in shown)]
            run.measured = True

        return line(f"return {', '.join(texts)}", do, measures=True)

    def _of_results(self, names: Sequence[str]) -> str:
        if len(names) == 1:
            return f"qml.{self.rng.choice(['expval', 'counts', 'probs'])}(op={names[0]})".replace(
                "expval(op=", "expval("
            )
        return f"qml.{self.rng.choice(['counts', 'probs', 'sample'])}(op=[{', '.join(names)}])"
