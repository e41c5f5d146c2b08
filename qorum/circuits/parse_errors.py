"""What the parsers complain of, in words of what was expected, what was found and what to do."""

from __future__ import annotations

import re


class Unreadable(ValueError):
    """What our own reader refuses, in words as `explain` gives them, with its 1-based line."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


_PLACE = re.compile(r"(?:<input>:|L)?(\d+)(?:,|:C)(\d+): (.*)", re.DOTALL)

_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"gate '(\w+)' is not defined|'(\w+)' is not defined in this scope",
            "a declared register, a library gate or a gate defined above expected, found {0!r}; "
            "define it or correct the name",
        ),
        (
            r"'(\w+)' is not a parameter or custom instruction|Undefined symbol '(\w+)'",
            "a number or a declared name expected, found {0!r}; give it a value",
        ),
        (r"'(\w+)' is already defined|register name \"(\w+)\" already exists",
         "every name to be defined once expected, found a second {0!r}; rename one"),
        (r"index (\d+) is out-of-range for register '(\w+)' of size (\d+)",
         "an index below {2} expected for {1}, found {0}; correct it"),
        (r"index out of range", "an index within the register expected, found a larger one; correct it"),
        (r"duplicate (?:qubits|bit arg)",
         "different qubits expected as operands, found one twice; correct them"),
        (r"'(\w+)' takes (\d+) (\w+) arguments?, but got (\d+)",
         "{1} {2} operands expected by {0}, found {3}; correct them"),
        (r"cannot resolve broadcast|register size error",
         "registers of one size expected, found different ones; index them or make them equal"),
        (r"divide by zero|division or modulo by zero", "a finite number expected, found a division by zero"),
        (r"missing (\d+) required positional argument",
         "as many parameters as the gate has expected, found {0} too few; add them"),
        (r"node of type (\w+) is not supported|declarations of type '(\w+)' are not supported",
         "registers, gates, measure, reset, barrier, if and for expected, found {0}, which cannot be read "
         "here; write it without"),
        (r"amount of qubit\((\d+)\)/clbit\(\d+\) arguments does not match the gate expectation \((\d+)\)",
         "{1} operands expected by the gate, found {0}; correct them"),
        (r"Symbol '(\w+)' already inserted",
         "every name to be defined once expected, found a second {0!r}; rename one"),
        (r"index must be int", "a plain number as index expected, found an expression; write the number"),
        (r"un(?:handled|supported) (?:binary|unary) operat(?:or|ion) '?(\S+?)'?$",
         "numbers joined by +, -, * and / expected, found {0!r}; write the result"),
        (r"token recognition error at: '(.{1,40})",
         "OpenQASM expected, found {0!r}, which is no part of it; correct the line"),
        (r"non-stdgates imports", 'include "stdgates.inc" expected, found another file'),
        (r"needed (.+), but instead saw (.+)", "{0} expected, found {1}; correct the line"),
    )
)  # fmt: skip


def explain(error: BaseException) -> tuple[str, int | None]:
    """Reason and 1-based line (None where the parser gave none) of what a parser raised."""
    if isinstance(error, RecursionError):
        return "a flatter text expected, found one nested too deeply to be read; flatten it", None
    if isinstance(error, Unreadable):
        return error.reason, error.line
    text = str(getattr(error, "message", "") or error).strip("'\"")
    found = _PLACE.match(text)
    line, message = (int(found[1]), found[3]) if found else (None, text)
    for pattern, words in _SAID:
        match = pattern.search(message)
        if match:
            return words.format(*(group for group in match.groups() if group is not None)), line
    if not message:
        return "OpenQASM expected, found something the parser cannot read; look for a missing `;`", line
    return f"the parser says: {message[:300]}", line
