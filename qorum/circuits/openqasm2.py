"""OpenQASM 2 to Qiskit, with every name meaning what the file says.

Qiskit's parser knows some gates by name and tests a condition anew for each measurement of a register.
So names that a file defines itself are replaced before it, and such measurements put together after it.
"""

# Qiskit's parser and builders carry few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import Gate, IfElseOp
from qiskit.circuit.library import RGate, RZGate, RZZGate

from qorum.circuits.parse_errors import Unreadable
from qorum.circuits.statements import line_of, without_comments

_CUSTOM = {instruction.name: instruction for instruction in qasm2.LEGACY_CUSTOM_INSTRUCTIONS}
_KEYWORDS = frozenset(
    (
        *("OPENQASM", "include", "qreg", "creg", "gate", "opaque", "measure", "reset", "barrier", "if"),
        *("U", "CX", "pi", "sin", "cos", "tan", "exp", "ln", "sqrt"),
    )
)


def _quarter_turn() -> Gate:
    return RZZGate(math.pi / 2)


_HQS: Mapping[str, tuple[int, int, Any]] = {
    "U1q": (2, 1, RGate),
    "Rz": (1, 1, RZGate),
    "ZZ": (0, 2, _quarter_turn),
    "RZZ": (1, 2, RZZGate),
}
"""Gates of hqslib1.inc that qelib1.inc does not have: parameters, qubits and Qiskit's gate."""

_TOKEN = re.compile(
    r'"[^"\n]*"|[A-Za-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|->|==|[^\s\w]|\s+', re.ASCII
)
_INCLUDE = re.compile(r'\binclude\s+"([^"\n]*)"\s*;')
_REGISTER = re.compile(r"\b([qc])reg\s+([A-Za-z_]\w*)\s*\[\s*(\d+)\s*\]", re.ASCII)
_SPECIAL = re.compile(r"\b(?:gate|opaque|if)\b|[A-Z]|hqslib1", re.ASCII)
_MEASURED = re.compile(
    r"\bif\s*\(\s*([A-Za-z_]\w*)\s*==\s*(\d+)\s*\)\s*measure\s+([A-Za-z_]\w*)\s*->\s*([A-Za-z_]\w*)\s*;",
    re.ASCII,
)
_PLACE = re.compile(r"(?:<input>:)?(\d+),(\d+): (.*)", re.DOTALL)


def read(text: str) -> QuantumCircuit:
    """The circuit of a text; gates such as sx, cp, swap and u count as part of qelib1.inc.

    `include` opens no file: it takes the two libraries that are known here.

    Raises:
        Unreadable, qiskit.qasm2.QASM2ParseError: no OpenQASM 2; with the line.
    """
    code = without_comments(text)
    registers = {found[2]: (found[1], int(found[3])) for found in _REGISTER.finditer(code)}
    own = _Names(code)
    measurements: list[tuple[str, str, str]] = []
    customs = list(qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    if "hqslib1.inc" in code:
        code = _with_library(code)
        customs += [
            qasm2.CustomInstruction(own.replacement(name), *signature, builtin=True)
            for name, signature in _HQS.items()
        ]
    if "if" in code and "measure" in code:
        code = _with_whole_measurements(code, registers, measurements, customs, own)
    if _SPECIAL.search(code, code.find(";") + 1) or not registers.keys().isdisjoint(_CUSTOM):
        code = "".join(_renamed(code, registers, own))
    try:
        circuit = qasm2.loads(code, include_path=(), custom_instructions=customs)
    except qasm2.QASM2ParseError as error:
        raise _explained(error, code, own) from None
    return _measured_whole(circuit, measurements) if measurements else circuit


class _Names:
    """Names that nobody else uses, for names of the file."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.originals: dict[str, str] = {}
        self._replacements: dict[str, str] = {}

    def replacement(self, name: str) -> str:
        """The name that stands for this one, the same each time."""
        if name not in self._replacements:
            new = f"own_{name}"
            while new in self._code:
                new += "_"
            self._replacements[name] = new
            self.originals[new] = name
        return self._replacements[name]


def _with_library(code: str) -> str:
    """qelib1.inc for hqslib1.inc, whose other gates are added apart; each library once."""
    seen = False

    def once(found: re.Match[str]) -> str:
        nonlocal seen
        if found[1] not in ("qelib1.inc", "hqslib1.inc"):
            return found[0]
        blank = "\n" * found[0].count("\n")
        text = blank if seen else f'include "qelib1.inc";{blank}'
        seen = True
        return text

    return _INCLUDE.sub(once, code)


def _with_whole_measurements(
    code: str,
    registers: Mapping[str, tuple[str, int]],
    measurements: list[tuple[str, str, str]],
    customs: list[Any],
    own: _Names,
) -> str:
    """One operation each for `if (c == 1) measure q -> c;`, which tests its condition once."""

    def replaced(found: re.Match[str]) -> str:
        condition, value, quantum, classical = found.groups()
        kind, size = registers.get(quantum, ("", 0))
        if kind != "q" or registers.get(classical) != ("c", size) or size < 2:
            return found[0]
        name = own.replacement(f"measure{len(measurements)}")
        customs.append(qasm2.CustomInstruction(name, 0, size, lambda *_: Gate(name, size, []), builtin=True))
        measurements.append((name, quantum, classical))
        operands = ",".join(f"{quantum}[{place}]" for place in range(size))
        return f"if({condition}=={value}) {name} {operands};" + "\n" * found[0].count("\n")

    return _MEASURED.sub(replaced, code)


def _measured_whole(circuit: QuantumCircuit, measurements: list[tuple[str, str, str]]) -> QuantumCircuit:
    """The circuit with measurements for the operations that stand for them."""
    classical = dict(zip((name for name, _, _ in measurements), (c for _, _, c in measurements), strict=True))
    registers = {register.name: register for register in circuit.cregs}
    whole = circuit.copy_empty_like()
    for step in circuit.data:
        operation: Any = step.operation
        body = operation.blocks[0] if isinstance(operation, IfElseOp) else None
        name = body.data[0].operation.name if body is not None and len(body.data) == 1 else ""
        if body is None or name not in classical:
            whole.append(step)
            continue
        target = registers.get(classical[name]) or registers[f"own_{classical[name]}"]
        bits = list(dict.fromkeys([*step.clbits, *target]))
        measured = QuantumCircuit(list(step.qubits), bits)
        measured.measure(list(step.qubits), list(target))
        whole.append(IfElseOp(operation.condition, measured), list(step.qubits), bits)
    return whole


def _renamed(code: str, registers: Mapping[str, tuple[str, int]], own: _Names) -> Iterator[str]:
    """The tokens, with other names for what the file defines and the parser would take for its own."""
    renaming = _Renaming(registers, own)
    statement: list[str] = []
    for found in _TOKEN.finditer(code):
        statement.append(found[0])
        if found[0] in ";{}":
            yield from renaming.statement(statement)
            statement = []
    yield from renaming.statement(statement)


class _Renaming:
    """Goes through the statements of a file.

    A gate stands first in a statement, a register elsewhere, so that both may have one name.
    """

    def __init__(self, registers: Mapping[str, tuple[str, int]], own: _Names) -> None:
        self._own = own
        self._gates: dict[str, str] = {}
        self._places = {name: own.replacement(name) for name in registers if name in _CUSTOM or _odd(name)}
        self._in_gate = False

    def statement(self, tokens: list[str]) -> list[str]:
        """One statement, its last character `;`, `{` or `}`."""
        words = [place for place, token in enumerate(tokens) if not token.isspace()]
        if not words:
            return tokens
        renamed = list(tokens)
        operands = words[1:]
        if tokens[words[0]] == "if":
            closing = next((k for k, place in enumerate(words) if tokens[place] == ")"), len(words) - 1)
            self._rename(tokens, renamed, words[1:closing])
            words = words[closing + 1 :]
            operands = words[1:]
        head = tokens[words[0]] if words else ""
        if head == "gate":
            self._define(tokens[words[1]] if len(words) > 1 else "")
        if head in ("gate", "opaque"):
            self._in_gate = head == "gate"
            self._rename_gate(tokens, renamed, words[1:2])
            operands = words[2:]
        elif head and head not in _KEYWORDS:
            self._rename_gate(tokens, renamed, words[:1])
        self._rename(tokens, renamed, operands)
        if tokens[-1] == "}":
            self._in_gate = False
        return renamed

    def _define(self, name: str) -> None:
        if name in _CUSTOM and name not in _KEYWORDS:
            self._gates[name] = self._own.replacement(name)

    def _rename_gate(self, tokens: list[str], renamed: list[str], places: list[int]) -> None:
        for place in places:
            name = tokens[place]
            if name in self._gates:
                renamed[place] = self._gates[name]
            elif _odd(name) and name not in _KEYWORDS:
                renamed[place] = self._own.replacement(name)

    def _rename(self, tokens: list[str], renamed: list[str], places: list[int]) -> None:
        """Registers, or within gates names of their own."""
        for place in places:
            name = tokens[place]
            if not self._in_gate and name in self._places:
                renamed[place] = self._places[name]
            elif _odd(name) and name not in _KEYWORDS:
                renamed[place] = self._own.replacement(name)


def _odd(name: str) -> bool:
    """Whether the parser refuses the name for its first letter."""
    return name[0].isupper() or name[0] == "_"


def _explained(error: Exception, code: str, own: _Names) -> Exception:
    message = str(getattr(error, "message", "") or error).strip("'\"")
    for new, old in own.originals.items():
        message = message.replace(new, old)
    found = _PLACE.match(message)
    if found is None:
        return qasm2.QASM2ParseError(message)
    line, column, reason = int(found[1]), int(found[2]), found[3]
    lines = code.split("\n")
    here = sum(len(text) + 1 for text in lines[: line - 1]) + column
    before = code[:here].rstrip()
    if "';'" in reason.partition("but instead")[0] and before and line_of(code, len(before) - 1) < line:
        return Unreadable(
            "`;` expected at the end of the statement, found none; add it", line_of(code, len(before) - 1)
        )
    return qasm2.QASM2ParseError(message)
