"""QUBOs from what people write: JSON, matrices, pairs, lines of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, cast

import numpy as np
from pydantic import Field, Strict

from qorum.errors import InputRejected
from qorum.training.problem_text import Document, read_json, shortened, validated
from qorum.training.qubo import Constraint, Qubo, Sense

MOST_BITS = 30
"""Variables and slack bits together, one qubit each."""

MARGIN = 1.1
"""A violation costs this much more than the objective can gain by it."""

Number = Annotated[float, Strict()]
FIELDS = ("linear", "quadratic", "matrix", "constraints")
"""By any of these a JSON object is told from a graph."""


class ConstraintDocument(Document):
    """One constraint as JSON."""

    linear: dict[str, Number] = Field(min_length=1, description="whole coefficients by variable")
    sense: Sense = Field(description="<=, >= or ==")
    value: Number = Field(description="a whole number")


class QuboDocument(Document):
    """A problem as JSON."""

    linear: dict[str, Number] = Field(default_factory=dict, description="coefficients by variable")
    quadratic: list[tuple[str, str, Number]] = Field(
        default_factory=list[tuple[str, str, float]], description="each [variable, variable, coefficient]"
    )
    matrix: list[list[Number]] | None = Field(
        None, description="square: x^T Q x over x0, x1, …, instead of linear and quadratic"
    )
    constant: Number = Field(0.0, description="added to the objective")
    maximize: bool = Field(False, description="whether the largest value is sought")
    constraints: list[ConstraintDocument] = Field(
        default_factory=list[ConstraintDocument], description="each with linear, sense and value"
    )
    penalty: Number | None = Field(None, gt=0, description="of a violation by 1; else more than it can gain")
    name: str | None = Field(None, min_length=1, max_length=200, description="as reports call it")


def is_qubo(source: Any) -> bool:
    """Whether JSON, a dict, a matrix of numpy or a text of lines is a QUBO rather than a graph."""
    if isinstance(source, np.ndarray):
        return source.ndim == 2
    if isinstance(source, Mapping):
        keys = list(cast("Mapping[Any, Any]", source))
        return any(key in FIELDS for key in keys) or any(isinstance(key, tuple) for key in keys)
    if isinstance(source, bytes):
        source = source.decode(errors="replace")
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return any(f'"{field}"' in source for field in FIELDS)
    return isinstance(source, str) and source.lstrip().startswith(("minimize", "maximize"))


def read_qubo(source: Any, name: str | None = None) -> Qubo:
    """A problem from any of these.

    * JSON text or a dict as `QuboDocument` has it.
    * A square matrix of numpy, or a dict from pairs of variables to coefficients (equal ones: linear).
    * Lines of text: `minimize` or `maximize`, then `x 1.5`, `x y -2`, and constraints as `x + 2 y <= 2`;
      `#` begins a comment.

    Raises:
        InputRejected: it is none of these or contradicts itself; with the line where there is one.
    """
    called = name or "qubo"
    if isinstance(source, np.ndarray):
        source = {"matrix": np.asarray(source, dtype=np.float64).tolist()}
    elif isinstance(source, Mapping) and any(
        isinstance(key, tuple) for key in cast("Mapping[Any, Any]", source)
    ):
        pairs = cast("Mapping[tuple[Any, Any], Any]", source)
        source = {"quadratic": [[str(i), str(j), float(value)] for (i, j), value in pairs.items()]}
    elif isinstance(source, (str, bytes)):
        text = source.decode(errors="replace") if isinstance(source, bytes) else source
        source = read_json(text, called) if text.lstrip().startswith("{") else _from_lines(text, called)
    document = validated(QuboDocument, source, called)
    return _made(document, name or document.name or "qubo")


def _from_lines(text: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"linear": {}, "quadratic": [], "constraints": []}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        words = line.split()
        if not words:
            continue
        try:
            if line in ("minimize", "maximize"):
                found["maximize"] = line == "maximize"
            elif parts := re.fullmatch(r"(.+?)(<=|>=|==?)\s*([+-]?\d+)", line):
                sense = "==" if parts[2] == "=" else parts[2]
                found["constraints"].append(
                    {"linear": _sum(parts[1]), "sense": sense, "value": float(parts[3])}
                )
            elif len(words) == 2:
                found["linear"][words[0]] = found["linear"].get(words[0], 0.0) + float(words[1])
            else:
                one, other, value = words
                found["quadratic"].append([one, other, float(value)])
        except ValueError:
            reason = f"`x 1.5`, `x y -2`, or a constraint as `x + 2 y <= 2` expected, found {shortened(line)}"
            raise InputRejected(name, reason, line=number) from None
    return found


def _sum(text: str) -> dict[str, float]:
    """`x + 2 y - z` as coefficients."""
    squeezed = text.strip()
    found: dict[str, float] = {}
    place = 0
    term = re.compile(r"\s*([+-]?)\s*(\d+)?\s*\*?\s*([A-Za-z_]\w*)\s*")
    while part := term.match(squeezed, place):
        found[part[3]] = found.get(part[3], 0.0) + float(f"{part[1]}{part[2] or 1}")
        place = part.end()
    if place != len(squeezed):
        raise ValueError(text)
    return found


def _made(document: QuboDocument, name: str) -> Qubo:
    given = dict(document.linear)
    products = list(document.quadratic)
    if document.matrix is not None:
        size = len(document.matrix)
        if given or products or not size or any(len(row) != size for row in document.matrix):
            raise InputRejected(name, "a square matrix alone expected, found another shape or more beside it")
        given = {f"x{i}": 0.0 for i in range(size)}
        products = [
            (f"x{i}", f"x{j}", value) for i, row in enumerate(document.matrix) for j, value in enumerate(row)
        ]
    mentioned = [*given, *(one for pair in products for one in pair[:2])]
    mentioned += [one for constraint in document.constraints for one in constraint.linear]
    variables = tuple(dict.fromkeys(mentioned))
    index = {variable: place for place, variable in enumerate(variables)}
    sign = -1.0 if document.maximize else 1.0
    coefficients: dict[tuple[int, int], float] = {}
    for one, other, value in [*((one, one, value) for one, value in given.items()), *products]:
        low, high = sorted((index[one], index[other]))
        coefficients[low, high] = coefficients.get((low, high), 0.0) + sign * value
    span = sum(map(abs, coefficients.values()))
    penalty = document.penalty or MARGIN * (span or 1.0)
    constraints = tuple(_constraint(one, index, name) for one in document.constraints)
    kept = {key: value for key, value in coefficients.items() if value}
    made = Qubo(
        name, variables, kept, sign * document.constant, document.maximize, constraints, penalty,
        document.model_dump(mode="json", exclude_defaults=True) | {"name": name},
    )  # fmt: skip
    if not kept and not constraints:
        raise InputRejected(name, "a coefficient other than 0 expected, found none: there is nothing to seek")
    if made.num_qubits > MOST_BITS:
        reason = f"at most {MOST_BITS} variables and slack bits expected, found {made.num_qubits}"
        raise InputRejected(name, reason)
    return made


def _constraint(document: ConstraintDocument, index: Mapping[str, int], name: str) -> Constraint:
    numbers = [*document.linear.values(), document.value]
    if not all(float(one).is_integer() for one in numbers):
        reason = f"whole numbers in constraints expected, found {shortened(numbers)}; multiply both sides"
        raise InputRejected(name, reason)
    turn = -1 if document.sense == ">=" else 1
    coefficients = tuple((index[one], turn * int(value)) for one, value in document.linear.items() if value)
    value, slack = turn * int(document.value), ()
    if document.sense != "==":
        room = value - sum(min(0, coefficient) for _, coefficient in coefficients)
        if room < 0:
            raise InputRejected(name, "constraints that can be met expected, found one that cannot")
        most = sum(abs(coefficient) for _, coefficient in coefficients)
        slack = _weights(min(room, most)) if room < most else ()
        if room >= most:  # it always holds
            return Constraint((), "<=", 0, ())
    return Constraint(coefficients, "==" if document.sense == "==" else "<=", value, slack)


def _weights(most: int) -> tuple[int, ...]:
    """Of bits whose sums are 0 … most and nothing else."""
    weights: list[int] = []
    while most > 0:
        weight = min(1 << len(weights), most)
        weights.append(weight)
        most -= weight
    return tuple(weights)
