"""A user's own circuit as an ansatz: OpenQASM 3 whose `input` variables are the parameters.

The reader of OpenQASM takes numbers for inputs. So the text is read at some points: angles that are linear in
the inputs, as every ansatz here has them, are then known, and at two points more they are compared. An
`input angle` is a real number here: where the language's angles wrap, the ansatz goes on smoothly.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, cast

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.circuits.definitions import NotCanonical, inline_definitions
from qorum.circuits.formats import READERS
from qorum.circuits.guards import check_text, decode_text
from qorum.circuits.openqasm3.syntax import parse
from qorum.circuits.parse_errors import Unreadable
from qorum.circuits.statements import without_comments
from qorum.errors import InputRejected

MOST_PARAMETERS = 400
"""The text is read once for each, and some times more."""

STEP, BASE = 0.25, 0.5
"""Where inputs are moved from, and by how much: powers of 2, so that sums are exact, and no angle wraps."""

DIGITS, ROUNDING = 9, 1e-12
"""Slopes and offsets this close to a number of few decimals are that number."""

ALIKE = 1e-9
"""Radians by which angles may differ from linear ones."""

TRIED = {"FloatType": (-math.pi, math.pi), "AngleType": (0.25, 1.0)}
"""Inputs at which they are compared, by type: of an `angle` where it does not wrap itself."""


class Gate(NamedTuple):
    """One gate as it was read, without the values of its angles."""

    name: str
    qubits: tuple[int, ...]
    matrix: bytes


def read_ansatz(name: str, text: str) -> tuple[QuantumCircuit, tuple[str, ...]]:
    """The circuit of a text, with one `ParameterVector` in the order in which its inputs are declared.

    Args:
        name: for messages.
        text: OpenQASM 3 with `input float` or `input angle` variables and gates alone.

    Returns:
        The circuit, and the inputs' names.

    Raises:
        InputRejected: it is no OpenQASM 3, has no input or one of another type, measures, resets or
            branches, or has angles that are not linear in the inputs.
    """
    source, _ = decode_text(name, text)
    language, code = check_text(name, source)
    if language != "openqasm3":
        raise InputRejected(name, "OpenQASM 3 with `input` variables expected, found OpenQASM 2")
    try:
        inputs = _inputs(name, code)
        return _fitted(name, code, inputs), tuple(inputs)
    except (Unreadable, NotCanonical) as error:
        raise InputRejected(name, str(error), getattr(error, "line", None)) from None


def _inputs(name: str, code: str) -> dict[str, str]:
    """Names and types, in the order of the text."""
    found: dict[str, str] = {}
    for statement in parse(without_comments(code)).statements:
        if getattr(getattr(statement, "io_identifier", None), "name", "") != "input":
            continue
        kind = type(statement.type).__name__
        if kind not in TRIED:
            shown = kind.removesuffix("Type").lower()
            reason = f"`input float` or `input angle` expected, found one of type {shown}"
            raise InputRejected(name, f"{reason}; write `const` and its value", statement.span.start_line)
        found[statement.identifier.name] = kind
    if not 1 <= len(found) <= MOST_PARAMETERS:
        reason = f"1 to {MOST_PARAMETERS} parameters, each an `input float` or `input angle`, expected"
        raise InputRejected(name, f"{reason}, found {len(found)}")
    return found


def _fitted(name: str, code: str, inputs: dict[str, str]) -> QuantumCircuit:
    def at(point: np.ndarray) -> tuple[list[Gate], np.ndarray, QuantumCircuit]:
        values = dict(zip(inputs, map(float, point), strict=True))
        circuit = inline_definitions(READERS["openqasm3"](code, values).circuit)
        gates, angles = _taken_apart(name, circuit)
        return gates, angles, circuit

    count = len(inputs)
    base = np.full(count, BASE)
    gates, angles, circuit = at(base)
    slopes = np.zeros((len(angles), count))
    for place in range(count):
        moved, there, _ = at(base + STEP * np.eye(count)[place])
        _compare(name, gates, moved)
        slopes[:, place] = _snapped((there - angles) / STEP)
    offsets = _snapped(angles - slopes @ base)
    draw = np.random.default_rng(0)
    low, high = np.array([TRIED[kind] for kind in inputs.values()]).T
    for _ in range(2):
        point = draw.uniform(low, high)
        moved, there, _ = at(point)
        _compare(name, gates, moved)
        off = there - offsets - slopes @ point
        if "AngleType" in inputs.values():
            off -= 2 * math.pi * np.round(off / (2 * math.pi))
        if np.abs(off).max(initial=0.0) > ALIKE:
            raise _not_linear(name)
    unused = [one for place, one in enumerate(inputs) if not slopes[:, place].any()]
    if unused:
        raise InputRejected(name, f"inputs that change an angle expected, found none of {', '.join(unused)}")
    return _rebuilt(circuit, slopes, offsets)


def _snapped(values: np.ndarray) -> np.ndarray:
    short = np.round(values, DIGITS)
    return np.where(np.abs(values - short) < ROUNDING, short, values)


def _not_linear(name: str) -> InputRejected:
    return InputRejected(
        name,
        "gates that are the same for all inputs, with angles that are linear in them, expected, found others;"
        " no branch, power or other function may depend on an input",
    )


def _compare(name: str, gates: list[Gate], others: list[Gate]) -> None:
    if gates != others:
        raise _not_linear(name)


def _taken_apart(name: str, circuit: QuantumCircuit) -> tuple[list[Gate], np.ndarray]:
    gates: list[Gate] = []
    angles: list[float] = []
    for step in circuit.data:
        if step.name in ("barrier", "delay"):
            continue
        if step.clbits or step.name in ("measure", "reset", "if_else"):
            raise InputRejected(
                name, f"gates alone expected, found {step.name}: what is measured is the observable's to say"
            )
        numbers = [one for one in cast("list[Any]", step.params) if not isinstance(one, np.ndarray)]
        matrices = [one for one in cast("list[Any]", step.params) if isinstance(one, np.ndarray)]
        places = tuple(circuit.find_bit(bit).index for bit in step.qubits)
        gates.append(Gate(step.name, places, b"".join(np.round(one, 10).tobytes() for one in matrices)))
        angles += map(float, numbers)
    return gates, np.array(angles)


def _rebuilt(circuit: QuantumCircuit, slopes: np.ndarray, offsets: np.ndarray) -> QuantumCircuit:
    parameters = ParameterVector("θ", slopes.shape[1])
    built = QuantumCircuit(circuit.num_qubits)
    place = 0
    for step in circuit.data:
        if step.name in ("barrier", "delay"):
            continue
        given = cast("list[Any]", step.params)
        operation = step.operation.to_mutable() if given else step.operation
        if given and not isinstance(given[0], np.ndarray):
            values: list[Any] = []
            for _ in given:
                value: Any = float(offsets[place])
                for column in np.flatnonzero(slopes[place]):
                    value = float(slopes[place, column]) * parameters[int(column)] + value
                values.append(value)
                place += 1
            operation.params = values
        built.append(operation, [built.qubits[circuit.find_bit(bit).index] for bit in step.qubits])
    return built
