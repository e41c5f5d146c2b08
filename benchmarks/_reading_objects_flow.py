"""Loops, choices and subcircuits of random objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.random import Generator

from benchmarks._reading_library import known
from benchmarks._reading_objects import STATES, Piece, apply, nested, prepare, suite
from benchmarks._reading_trees import Body, Left, Register, Run, Statement, line


def qiskit_switch(
    rng: Generator, registers: Mapping[str, Sequence[str]], bodies: Sequence[Body], case: str
) -> Statement:
    """A choice among at most that many blocks."""
    name = str(rng.choice(list(registers)))
    width = len(registers[name])
    labels = [int(label) for label in rng.permutation(2**width)[: int(rng.integers(1, 3))]]
    default = bool(rng.random() < 0.5)

    def do(run: Run, bodies: Sequence[Body]) -> None:
        found = run.read(run[name].places)
        if found in labels:
            run.block(bodies[labels.index(found)])
        elif default:
            run.block(bodies[-1])

    def write(blocks: Sequence[str]) -> str:
        cases: list[str] = [*map(str, labels), *([f"{case}.DEFAULT"] if default else [])]
        text = f"with circuit.switch({name}) as {case}:"
        for label, block in zip(cases, blocks, strict=True):
            inside, indent = suite(block)
            deeper = inside.replace("\n", "\n  ")
            text += f"\n{indent}  with {case}({label}){deeper}"
        return text

    return nested(write, do, *bodies[: len(labels) + default])


def qiskit_for(values: Sequence[int], turn: str, place: int, body: Body) -> Statement:
    """A loop over numbers, which turns a qubit by each of them and then does its block."""

    def first(run: Run) -> None:
        angle = 0.3 * run["i"]
        run.machine.apply(np.asarray(known("rx").matrix(angle)), [run["q"].places[place]])

    def do(run: Run, bodies: Sequence[Body]) -> None:
        for value in values:
            run.scopes.append({"i": value})
            scopes = len(run.scopes)
            try:
                run.run(bodies[0])
            except Left as left:
                if left.how == "break":
                    break
            finally:
                del run.scopes[scopes - 1 :]

    turning = line(f"circuit.rx(0.3 * {turn}, q[{place}])", first)
    return nested(
        lambda blocks: f"with circuit.for_loop({list(values)}) as {turn}{suite(blocks[0])[0]}",
        do,
        (turning, *body),
    )


def qiskit_while(name: str, times: int, body: Body) -> list[Statement]:
    """A loop with a counter of its own."""
    start = line(
        f"{name} = circuit.add_var({name!r}, expr.lift(0, types.Uint(3)))", lambda run: run.declare(name, 0)
    )
    count = line(
        f"circuit.store({name}, expr.add({name}, expr.lift(1, types.Uint(3))))",
        lambda run: run.assign(name, run[name] + 1),
    )

    def do(run: Run, bodies: Sequence[Body]) -> None:
        if not bodies[0] or bodies[0][0] is not count:
            raise Left("endless")
        while run[name] < times:
            run.block(bodies[0])

    loop = nested(
        lambda blocks: f"with circuit.while_loop(expr.less({name}, {times})){suite(blocks[0])[0]}",
        do,
        (count, *body),
    )
    return [start, loop]


def cirq_part(name: str, call: str, times: int, order: Sequence[int], body: Body) -> Statement:
    """A part that is repeated on qubits in another order; the keys of each repetition have its number."""

    def play(run: Run, bodies: Sequence[Body]) -> None:
        kept, outer = run["q"], run["*records"]
        for number in range(times):
            run.scopes.append({"q": Register([kept.places[place] for place in order]), "*records": {}})
            run.run(bodies[0])
            prefix = f"{number}:" if times > 1 else ""
            for key, (records, bits) in run["*records"].items():
                outer.setdefault(prefix + key, ([], bits))[0].extend(records)
            run.scopes.pop()

    return nested(lambda blocks: f"def {name}(circuit){suite(blocks[0])[0]}\n{call}", play, body)


def cirq_prepared(places: Sequence[int]) -> tuple[str, Callable[[Run], None]]:
    """Two qubits that are brought to a state, the first being the most significant."""
    operands = ", ".join(f"q[{place}]" for place in places)
    text = f"cirq.StatePreparationChannel(np.array({STATES[2]}))({operands})"
    return text, lambda run: prepare(run, STATES[2], places[::-1])


def qiskit_part(places: Sequence[int], bit: str) -> Statement:
    """An instruction that measures one of its two qubits."""
    both, name, index = Piece("", 2, lambda _: known("crx").matrix(0.7)), bit[0], int(bit[2:-1])
    made_of = "part = QuantumCircuit(2, 1); part.crx(0.7, 0, 1); part.measure(1, 0)"
    operands = f"[q[{places[0]}], q[{places[1]}]], [{bit}]"

    def do(run: Run) -> None:
        apply(run, both, places)
        run.measure(run["q"].places[places[1]], run[name].places[index])

    return line(f"{made_of}; circuit.append(part.to_instruction(), {operands})", do, measures=True)
