"""Gates of random OpenQASM 3 programs: the library's, own ones, and what modifiers make of them."""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.random import Generator

from benchmarks._reading_expressions import Expression, literal, real, unary, whole
from benchmarks._reading_library import known, shape
from benchmarks._reading_trees import (
    Body,
    Gate,
    Matrix,
    Meaningless,
    Run,
    Statement,
    controlled,
    embedded,
    line,
)

STDGATES = (
    *("p", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz", "cx", "cy", "cz", "cp"),
    *("crx", "cry", "crz", "ch", "swap", "ccx", "cswap", "cu", "phase", "cphase", "id", "u1", "u2", "u3"),
)
OWN_NAMES = (
    *("rzz", "sxdg", "csx", "c3x", "rxx", "iswap", "cu1", "cu3", "u", "mine", "r", "dcx", "ecr"),
    *("rccx", "xy", "_g", "H", "X", "cnot", "gate_1", "ryy", "cs", "v", "prx", "gpi", "ccz"),
)
PARAMETERS = ("theta", "phi", "lambda", "zeta", "b", "a", "x1", "θ", "N", "k")
ROOTS = ("x", "z", "s", "t", "sx", "y", "cx", "cz", "h", "swap", "ccx")
"""Gates whose fractional powers are known without doubt."""


def library_gate(name: str) -> Gate:
    """A gate as stdgates.inc gives it, its phase included."""
    if name in ("phase", "cphase"):
        return known({"phase": "p", "cphase": "cp"}[name])
    gate = known(name)
    if name == "u2":
        return Gate(2, 1, lambda phi, lam: gate.matrix(phi, lam) * cmath.exp(-0.5j * (phi + lam)))
    if name == "u3":
        return Gate(3, 1, lambda t, phi, lam: gate.matrix(t, phi, lam) * cmath.exp(-0.5j * (phi + lam)))
    return gate


def builtin_u() -> Gate:
    """U of OpenQASM 3: e^(iθ/2) times that of OpenQASM 2."""
    gate = known("u3")
    return Gate(3, 1, lambda t, phi, lam: gate.matrix(t, phi, lam) * cmath.exp(0.5j * t))


def power(matrix: Matrix, exponent: float) -> Matrix:
    """The principal power: phases of eigenvalues in (−π, π]."""
    if float(exponent).is_integer():
        return np.linalg.matrix_power(matrix, int(exponent))
    triangle, basis = scipy.linalg.schur(matrix, output="complex")
    phases = np.angle(np.diag(triangle))
    phases = np.where(phases < -np.pi + 1e-9, np.pi, phases)
    return (basis * np.exp(1j * exponent * phases)) @ basis.conj().T


@dataclass(frozen=True)
class Modifier:
    """`ctrl(n) @`, `negctrl(n) @`, `inv @` or `pow(r) @`."""

    kind: str
    number: Expression | None = None

    def text(self) -> str:
        """As it stands before the gate."""
        return f"{self.kind}({self.number.text}) @ " if self.number else f"{self.kind} @ "

    def of(self, matrix: Matrix, run: Any) -> Matrix:
        """What it makes of a gate."""
        number = self.number.value(run) if self.number else 1
        if self.kind == "inv":
            return matrix.conj().T
        if self.kind == "pow":
            return power(matrix, number)
        return controlled(matrix, number, 1 if self.kind == "ctrl" else 0)


@dataclass(frozen=True)
class Call:
    """A gate under modifiers, with its parameters; without its operands."""

    name: str
    modifiers: tuple[Modifier, ...]
    angles: tuple[Expression, ...]
    width: int

    def text(self) -> str:
        """Up to the operands."""
        inner = f"({', '.join(angle.text for angle in self.angles)})" if self.angles else ""
        return "".join(modifier.text() for modifier in self.modifiers) + self.name + inner

    def matrix(self, run: Run, gates: Any) -> Matrix:
        """Of all operands, controls first."""
        if self.name == "gphase":
            matrix = np.array([[cmath.exp(1j * self.angles[0].value(run))]])
        else:
            gate = gates.get(self.name)
            if not isinstance(gate, Gate) or gate.num_params != len(self.angles):
                raise Meaningless(self.name)
            matrix = gate.matrix(*[angle.value(run) for angle in self.angles])
        for modifier in reversed(self.modifiers):
            matrix = modifier.of(matrix, run)
        if len(matrix) != 2**self.width:
            raise Meaningless(self.name)
        return matrix


def random_call(
    rng: Generator,
    gates: dict[str, tuple[int, int]],
    most: int,
    reals: Sequence[str],
    wholes: Sequence[str],
) -> Call:
    """A call on at most so many operands."""
    if rng.random() < 0.06:
        controls = int(rng.integers(0, most + 1))
        modifiers = tuple(Modifier(str(rng.choice(["ctrl", "negctrl"]))) for _ in range(controls))
        return Call("gphase", modifiers, (real(rng, reals, wholes),), controls)
    name = str(rng.choice([each for each, (_, width) in gates.items() if width <= most]))
    count, width = gates[name]
    modifiers: list[Modifier] = []
    root = name in ROOTS
    while rng.random() < 0.3 and len(modifiers) < 3:
        kind = str(rng.choice(["ctrl", "negctrl", "inv", "pow"]))
        number = None
        if kind in ("ctrl", "negctrl"):
            how_many = int(rng.integers(1, 3))
            if width + how_many > most:
                continue
            width += how_many
            if how_many > 1 or rng.random() < 0.2:
                number = literal(how_many)
        if kind == "pow":
            if root and rng.random() < 0.5:
                number = literal(float(rng.choice([0.5, 0.25, 1.5])))
                root = False
            else:
                number = whole(rng, (), 2) if rng.random() < 0.7 else literal(2)
                number = unary("-", number) if rng.random() < 0.3 else number
        modifiers.insert(0, Modifier(kind, number))
    return Call(name, tuple(modifiers), tuple(real(rng, reals, wholes) for _ in range(count)), width)


def definition(
    rng: Generator, name: str, gates: dict[str, tuple[int, int]], constants: Sequence[str], most: int
) -> tuple[Statement, tuple[int, int]]:
    """A gate of the file's own, made of those known so far: the statement; its parameters and qubits."""
    count, width = shape(rng, name)
    width = min(width, most)
    parameters = [str(p) for p in rng.permutation(PARAMETERS)[:count]]
    free = [
        each for each in ("a0", "b", "c", "q", "t", "a", "x") if each not in parameters and each not in gates
    ]
    operands = [str(p) for p in rng.permutation(free)[:width]]
    seen = [each for each in constants if each not in operands and each not in parameters]
    usable = {each: shape for each, shape in gates.items() if each not in operands and each not in parameters}
    body: list[Statement] = []
    for _ in range(rng.integers(0, 5)):
        body.append(_body_line(rng, usable, operands, [*parameters, *seen], []))
    if rng.random() < 0.12 and not {"i"} & {*parameters, *operands}:
        inner = tuple(_body_line(rng, usable, operands, parameters, ["i"]) for _ in range(2))
        last = int(rng.integers(0, 3))
        body.append(_loop(last, inner))
    parens = f"({', '.join(parameters)})" if parameters or rng.random() < 0.1 else ""
    head = f"gate {name}{parens} {', '.join(operands)} "

    def do(run: Run, bodies: Sequence[Body]) -> None:
        outer = dict(run.scopes[0])

        def matrix(*angles: float) -> Matrix:
            inner = Run(run.machine)
            state = {"*total": np.eye(2**width, dtype=np.complex128), "*operands": operands}
            inner.scopes = [outer, state, dict(zip(parameters, map(float, angles), strict=True))]
            inner.run(bodies[0])
            return inner["*total"]

        run.declare(name, Gate(count, width, matrix))

    return Statement(lambda blocks: head + blocks[0], do, (tuple(body),)), (count, width)


def _loop(last: int, inner: Body) -> Statement:
    def do(run: Run, bodies: Sequence[Body]) -> None:
        for i in range(last + 1):
            run.scopes.append({"i": i})
            run.run(bodies[0])
            run.scopes.pop()

    return Statement(lambda blocks: f"for int i in [0:{last}] {blocks[0]}", do, (inner,))


def _body_line(
    rng: Generator,
    gates: dict[str, tuple[int, int]],
    operands: Sequence[str],
    reals: Sequence[str],
    wholes: Sequence[str],
) -> Statement:
    call = random_call(rng, gates, len(operands), reals, wholes)
    chosen = [str(each) for each in rng.permutation(list(operands))[: call.width]]

    def do(run: Run) -> None:
        places = [run["*operands"].index(each) for each in chosen]
        matrix = call.matrix(run, run.scopes[0])
        run.assign("*total", embedded(matrix, places, len(run["*operands"])) @ run["*total"])

    return line(f"{call.text()} {', '.join(chosen)};".replace(" ;", ";"), do)
