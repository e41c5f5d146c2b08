"""Control flow of random OpenQASM 3 programs: branches, switches, loops, subroutines, `end`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks._reading_conditions import condition
from benchmarks._reading_expressions import Expression, binary, literal, name, real, whole
from benchmarks._reading_operands import Names, one, several
from benchmarks._reading_trees import Body, Left, Meaningless, Register, Run, Statement, line

if TYPE_CHECKING:
    from benchmarks._reading_openqasm3 import Writer


class Control:
    """Writes statements with blocks."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._rng = writer, writer.rng
        self._number = 0

    def statement(self, names: Names) -> list[Statement]:
        """One of them, with what must be said before."""
        kind = self._rng.random()
        if names.depth > 2:
            return [self._writer.gate_line(names)]
        if kind < 0.36:
            return [self._if(names)]
        if kind < 0.5:
            return self._switch(names)
        if kind < 0.76:
            return [self._for(names)]
        if kind < 0.84:
            return self._while(names)
        if kind < 0.88:
            return [self._box(names)]
        if kind < 0.9 and names.depth:
            return [line("end;", _leave("end"))]
        if kind < 0.94 and names.loop:
            how = str(self._rng.choice(["break", "continue"]))
            return [line(f"{how};", _leave(how))]
        return [self._call(names)]

    def _if(self, names: Names) -> Statement:
        static = bool(names.wholes) and self._rng.random() < 0.2
        if static:
            sign = str(self._rng.choice(["==", "<", ">="]))
            asked = binary(sign, whole(self._rng, names.wholes, 1), whole(self._rng, names.wholes, 2))
        else:
            asked = condition(self._rng, names)
        dynamic = names.dynamic or not static
        bodies = [self._writer.block(names.inner(dynamic=dynamic))]
        if self._rng.random() < 0.45:
            bodies.append(self._writer.block(names.inner(dynamic=dynamic)))

        def do(run: Run, bodies: Sequence[Body]) -> None:
            if asked.value(run):
                run.block(bodies[0])
            elif len(bodies) > 1:
                run.block(bodies[1])

        def write(blocks: Sequence[str]) -> str:
            return f"if ({asked.text}) " + " else ".join(blocks)

        return Statement(write, do, tuple(bodies))

    def _switch(self, names: Names) -> list[Statement]:
        found = several(self._rng, names.bits) if names.bits else None
        if found is None or found.size is None:
            return [self._if(names)]
        width = int(self._rng.integers(1, found.size + 1))
        value = Expression(
            f"uint[{width}]({found.text})", lambda run: run.read(found.places(run)) & ((1 << width) - 1)
        )
        before: list[Statement] = []
        if self._rng.random() < 0.6:
            self._number += 1
            called, given = f"s{self._number}", value
            before = [
                line(
                    f"uint[{width}] {called} = {given.text};",
                    lambda run: run.declare(called, given.value(run)),
                )
            ]
            names.learned[called] = width
            value = name(called)
        labels = [int(v) for v in self._rng.permutation(2**width)]
        groups: list[list[int]] = []
        while labels and len(groups) < 3:
            cut = int(self._rng.integers(1, 3))
            groups.append(labels[:cut])
            labels = labels[cut:]
        default = self._rng.random() < 0.6
        bodies = [
            self._writer.block(names.inner(dynamic=True, loop=False), 3) for _ in range(len(groups) + default)
        ]
        target = value

        def do(run: Run, bodies: Sequence[Body]) -> None:
            now = target.value(run)
            for group, body in zip(groups, bodies, strict=False):
                if now in group:
                    run.block(body)
                    return
            if default:
                run.block(bodies[-1])

        def write(blocks: Sequence[str]) -> str:
            cases = [f"case {', '.join(map(str, g))} {b}" for g, b in zip(groups, blocks, strict=False)]
            cases += [f"default {blocks[-1]}"] if default else []
            return f"switch ({target.text}) {{ " + "\n".join(cases) + " }"

        return [*before, Statement(write, do, tuple(bodies))]

    def _for(self, names: Names) -> Statement:
        called = str(self._rng.choice(["i", "j", "k0", "l"]))
        kind = self._rng.random()
        if kind < 0.75:
            start, stop = int(self._rng.integers(-1, 4)), int(self._rng.integers(-1, 4))
            step = int(self._rng.choice([1, 1, 1, 2, -1, -2]))
            values = list(range(start, stop + (1 if step > 0 else -1), step))
            text = f"[{start}:{stop}]" if step == 1 else f"[{start}:{step}:{stop}]"
        else:
            values = [int(v) for v in self._rng.permutation(4)[: self._rng.integers(1, 4)]]
            text = "{" + ", ".join(map(str, values)) + "}"
        inner = names.inner(loop=True)
        inner.wholes = [*(each for each in inner.wholes if each != called), called]
        inner.ranges[called] = (min(values, default=0), max(values, default=0))
        body = self._writer.block(inner)
        type_of = "uint" if min(values, default=0) >= 0 and self._rng.random() < 0.3 else "int"

        def do(run: Run, bodies: Sequence[Body]) -> None:
            for value in values:
                run.scopes.append({called: value})
                depth = len(run.scopes)
                try:
                    run.run(bodies[0])
                except Left as left:
                    if left.how not in ("break", "continue"):
                        raise
                    if left.how == "break":
                        break
                finally:
                    del run.scopes[depth - 1 :]

        return Statement(lambda blocks: f"for {type_of} {called} in {text} {blocks[0]}", do, (body,))

    def _while(self, names: Names) -> list[Statement]:
        self._number += 1
        called, last = f"w{self._number}", int(self._rng.integers(1, 4))
        inner = names.inner(loop=False)
        inner.wholes.append(called)
        names.wholes.append(called)
        asked = binary("<", name(called), literal(last))
        if names.bits and self._rng.random() < 0.4:
            asked = binary("&&", condition(self._rng, names, 1), asked)
            inner.dynamic = True
            inner.wholes.remove(called)
            names.wholes.remove(called)
        count = line(f"{called} += 1;", lambda run: run.assign(called, run[called] + 1))
        body = (count, *self._writer.block(inner, 3))

        def do(run: Run, bodies: Sequence[Body]) -> None:
            if not bodies[0] or bodies[0][0] is not count:
                raise Meaningless("a loop without end")
            while asked.value(run):
                run.block(bodies[0])

        start = line(f"int {called} = 0;", lambda run: run.declare(called, 0))
        return [start, Statement(lambda blocks: f"while ({asked.text}) {blocks[0]}", do, (body,))]

    def _box(self, names: Names) -> Statement:
        body = self._writer.block(names.inner(loop=False), 3)
        return Statement(lambda blocks: f"box {blocks[0]}", lambda run, bodies: run.block(bodies[0]), (body,))

    def routine(self, names: Names) -> Statement:
        """A subroutine on a qubit, with a real and an integer parameter."""
        called = "f"
        shape = tuple(
            str(p) for p in self._rng.permutation(["qubit", "float", "int"])[: self._rng.integers(1, 4)]
        )
        if "qubit" not in shape:
            shape = (*shape, "qubit")
        returns = self._rng.random() < 0.5
        given = {"qubit": "q0", "float": "x0", "int": "n0"}
        inner = Names(gates=dict(names.gates), fixed=list(names.fixed), depth=2)
        inner.qubits["q0"] = None
        inner.reals = ["x0"] if "float" in shape else []
        inner.wholes = [*names.fixed, *(["n0"] if "int" in shape else [])]
        body = tuple(
            self._writer.gate_line(inner) if self._narrow(inner) else line("", _leave("")) for _ in range(2)
        )
        result = (line("return measure q0;", _return),) if returns else ()
        names.routines[called] = (*shape, "bit" if returns else "")
        parameters = ", ".join(f"{kind} {given[kind]}" for kind in shape)
        head = f"def {called}({parameters}) " + ("-> bit " if returns else "")

        def do(run: Run, bodies: Sequence[Body]) -> None:
            run.declare(called, (shape, given, bodies[0]))

        return Statement(lambda blocks: head + blocks[0], do, ((*body, *result),))

    def _narrow(self, names: Names) -> bool:
        names.gates = {each: shape for each, shape in names.gates.items() if shape[1] == 1}
        return True

    def _call(self, names: Names) -> Statement:
        if "f" not in names.routines:
            return self._if(names)
        *shape, result = names.routines["f"]
        qubit = one(self._rng, names.qubits, names)
        arguments = {"float": real(self._rng, names.reals, ()), "int": whole(self._rng, names.wholes, 1)}
        target = one(self._rng, names.bits, names) if result and names.bits else None
        texts = [qubit.text if kind == "qubit" else arguments[kind].text for kind in shape]

        def do(run: Run) -> None:
            known, given, body = run["f"]
            if known != tuple(shape):
                raise Meaningless("f")
            scope = {given[kind]: arguments[kind].value(run) for kind in shape if kind != "qubit"}
            scope["q0"] = Register(qubit.places(run))
            kept, run.scopes = run.scopes, [run.scopes[0], scope]
            value = None
            try:
                run.run(body)
            except Left as left:
                if left.how != "return":
                    raise
                value = left.value
            run.scopes = kept
            if (value is None) != (not result):
                raise Meaningless("no result")
            if target:
                run.bits[target.places(run)[0]] = value

        text = f"f({', '.join(texts)});"
        return line(f"{target.text} = {text}" if target else text, do)


def _leave(how: str):
    def do(_: Run) -> None:
        if how:
            raise Left(how)

    return do


def _return(run: Run) -> None:
    run.measured = True
    raise Left("return", run.machine.measure(run["q0"].places[0]))
