"""From text to the syntax tree of the official grammar, with the line of what is wrong."""

# The parser carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false

from __future__ import annotations

import re
from typing import Any

import openqasm3
from openqasm3.parser import QASM3ParsingError

from qorum.circuits.parse_errors import Unreadable

_UNTYPED_LOOP = re.compile(r"\bfor(\s+)(\w+)(\s+in\b)")
_BARE_PHASE = re.compile(r"\bgphase(\s+)(?!\()([^;(@]+?)(\s*);")

_LONGEST_EXPRESSION = 200
_EXPRESSION = re.compile(r"[\w\s.,()\"+*/%^&|~!<>=-]+")
_OPERANDS = re.compile(r"[\w\s,:$+*\[\]{}-]{1,2000}")


def parse(text: str) -> Any:
    """The syntax tree of a text without comments.

    Two older spellings are read as well: `for i in …` without a type, and `gphase -pi/2;`.

    Raises:
        Unreadable: it is no OpenQASM 3, with the line.
    """
    if "for" in text:
        text = _UNTYPED_LOOP.sub(r"for\1int \2\3", text)
    if "gphase" in text:
        text = _BARE_PHASE.sub(r"gphase\1(\2)\3;", text)
    try:
        return openqasm3.parse(text)
    except QASM3ParsingError as error:
        raise _explained(error, text) from None


def parse_expression(text: str) -> Any:
    """The syntax tree of an expression of its own, of 200 characters at most.

    Raises:
        Unreadable: it is none.
    """
    if len(text) > _LONGEST_EXPRESSION or not _EXPRESSION.fullmatch(text):
        raise Unreadable("numbers, names and operators expected, at most 200 characters", None)
    try:
        statements = openqasm3.parse(f"{text};").statements
    except QASM3ParsingError:
        raise Unreadable("it is no expression", None) from None
    if len(statements) != 1 or not isinstance(statements[0], openqasm3.ast.ExpressionStatement):
        raise Unreadable("it is no expression", None)
    return statements[0].expression


def parse_operands(text: str) -> list[Any]:
    """The syntax trees of qubits that are listed with commas.

    Raises:
        Unreadable: they are none.
    """
    fault = Unreadable(f"qubits such as q[0], q[1] expected, found {text[:80]!r}; correct them", None)
    if not _OPERANDS.fullmatch(text):
        raise fault
    try:
        return list(openqasm3.parse(f"barrier {text};").statements[0].qubits)
    except QASM3ParsingError:
        raise fault from None


def _explained(error: QASM3ParsingError, text: str) -> Unreadable:
    place = re.match(r"L(\d+):C\d+: (.*)", str(error), re.DOTALL)
    if place:
        found = re.search(r"token recognition error at: '(.{1,40})", place[2], re.DOTALL)
        if found:
            return Unreadable(
                f"OpenQASM expected, found {found[1]!r}, which is no part of it; correct the line",
                int(place[1]),
            )
        return Unreadable(f"the parser says: {place[2][:300]}", int(place[1]))
    cause: Any = error.__cause__
    problem = cause.args[0] if getattr(cause, "args", None) else cause
    token = getattr(problem, "offendingToken", None)
    if token is None:
        return Unreadable("OpenQASM 3 expected, found something else; look for a missing `;`", None)
    before = _before(problem, token)
    if before is not None and before.line < token.line and before.text not in (";", "{", "}"):
        return Unreadable(
            f"`;` or more of the statement expected after {before.text!r}, found the end of the line; add it",
            before.line,
        )
    if token.text == "<EOF>":
        line = len(text.rstrip().split("\n"))
        return Unreadable(
            "the rest of a statement or block expected, found the end of the text; add it", line
        )
    return Unreadable(
        f"OpenQASM 3 expected, found {token.text[:40]!r} where it cannot stand; correct it, or "
        "write `OPENQASM 2.0;` first if it is version 2",
        token.line,
    )


def _before(problem: Any, token: Any) -> Any:
    """The token before the one that does not fit."""
    tokens = getattr(getattr(problem, "input", None), "tokens", None)
    if tokens is None:
        return None
    for place in range(token.tokenIndex - 1, -1, -1):
        if tokens[place].channel == 0:
            return tokens[place]
    return None
