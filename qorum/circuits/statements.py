"""How much an OpenQASM text stands for, estimated from its statements alone.

From above: a call counts as often as its widest register broadcasts it, a gate as what its
definition expands to, a loop's body once (what loops unroll to is known after parsing).
"""

from __future__ import annotations

import math
import re

from qorum.circuits.definitions import MAX_DEFINITION_DEPTH, MAX_OPERATIONS
from qorum.circuits.spec import Language
from qorum.errors import CircuitRejected

MAX_QUBITS = 1_000
MAX_CLBITS = 10_000
MAX_NESTING = 64
"""How deep brackets may stand within one another."""

MAX_BLOCKS = 16
"""How deep blocks (`if`, `for`) may stand within one another, or how many `else if` in a row."""

MAX_EXPRESSION = 2_000
"""Characters of one parameter expression."""

_SET_BRACES = re.compile(r"(\[\s*|\bin\s*)\{([^{}]*)\}")
_STATEMENT = re.compile(r"[^;{}]*[;{}]")
_WORD = re.compile(r"\s*([A-Za-z_]\w*)", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_REGISTER_2 = re.compile(r"\s*[qc]reg\s+(\w+)\s*\[\s*([^\]]*?)\s*\]", re.ASCII)
_REGISTER_3 = re.compile(r"\s*(?:qubit|bit)\s*(?:\[\s*([^\]]*?)\s*\])?\s*(\w+)", re.ASCII)
_LITERAL = re.compile(r"-?\d\w*", re.ASCII)
_HARDWARE_QUBIT = re.compile(r"\$(\d+)", re.ASCII)
_INCLUDE = re.compile(r'\s*include\s+"([^"\n]*)"\s*;')
_LIBRARIES = {
    "openqasm2": ("qelib1.inc", "hqslib1.inc"),
    "openqasm3": ("stdgates.inc", "qelib1.inc", "hqslib1.inc"),
}
_NOT_CALLS = ("if", "else", "for", "while", "ctrl", "negctrl", "inv", "pow")
_HUGE_NUMBER = re.compile(  # possessive: a long run of digits is read once
    r"(?<![\w.])(?:\d{19,}+(?![\w.])|(?:\d[\d_]*+(?:\.[\d_]*+)?+|\.\d[\d_]*+)[eE][+-]?\d{3,})", re.ASCII
)
_CONTROLS = re.compile(r"ctrl\s*\(([^()]*)\)")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NOT_NEWLINE = re.compile(r"[^\n]")


def line_of(text: str, position: int) -> int:
    """1-based line of a position in the text."""
    return text.count("\n", 0, position) + 1


def statement_ends(text: str) -> list[int]:
    """Positions just after each statement that stands in no block, in order."""
    ends: list[int] = []
    blocks = 0
    for found in _STATEMENT.finditer(_SET_BRACES.sub(r"\1(\2)", without_comments(text))):
        last = found.group()[-1]
        blocks += (last == "{") - (last == "}")
        if blocks == 0:
            ends.append(found.end())
    return ends


def without_comments(text: str) -> str:
    """The text of the same length and lines, with blanks for comments."""
    if "//" not in text and "/*" not in text:
        return text
    return _COMMENT.sub(lambda found: _NOT_NEWLINE.sub(" ", found.group()), text)


class StatementScan:
    """One pass over the statements of a text without comments; `run` raises at the first that is too much."""

    def __init__(self, name: str, code: str, language: Language) -> None:
        self._name, self._language = name, language
        self._code = code
        if language == "openqasm3" and "{" in code:  # sets are no blocks; same length, so lines hold
            self._code = _SET_BRACES.sub(r"\1(\2)", code)
        self._at = 0
        self._registers: dict[str, int] = {}
        self._widest = 1
        self._qubits = self._clbits = 0
        self._sizes: dict[str, int] = {}
        self._depths: dict[str, int] = {}
        self._total = 0

    def run(self, start: int) -> None:
        self._check_numbers()
        self._check_hardware_qubits()
        blocks = chain = 0
        gate: str | None = None
        for found in _STATEMENT.finditer(self._code, start):
            statement = found.group()
            self._at = found.start()
            word = _WORD.match(statement)
            head = word[1] if word else ""
            if len(statement) > 4 * MAX_BLOCKS:
                self._check_shape(statement)
            end = statement[-1]
            if end == "{":
                blocks += 1
                chain = chain + 1 if head == "else" else 0
                if blocks + chain > MAX_BLOCKS:
                    self._reject(
                        f"blocks at most {MAX_BLOCKS} deep expected, found deeper ones; flatten them"
                    )
                if head == "gate":
                    gate = self._open_gate(statement)
            elif end == "}":
                blocks -= 1
                gate = None
            elif head in ("qreg", "creg", "qubit", "bit"):
                self._declare(head, statement)
            elif head == "include":
                self._check_include(statement)
            elif gate is not None:
                self._add_to_gate(gate, statement, head)
            elif word is not None and head not in ("let", "barrier", "opaque"):
                self._add(statement, head, word.end())

    def _reject(self, reason: str) -> None:
        start = len(self._code) - len(self._code[self._at :].lstrip())
        raise CircuitRejected(self._name, reason, line_of(self._code, start))

    def _check_numbers(self) -> None:
        for found in _HUGE_NUMBER.finditer(self._code):
            number = found.group()
            if number.isdecimal() or not math.isfinite(float(number)):
                self._at = found.start()
                self._reject(
                    f"whole numbers of at most 18 digits and finite ones expected, found {number[:20]}; "
                    "correct it"
                )

    def _check_hardware_qubits(self) -> None:
        for found in _HARDWARE_QUBIT.finditer(self._code) if "$" in self._code else ():
            if len(found[1]) > 20 or int(found[1]) >= MAX_QUBITS:
                self._at = found.start()
                self._reject(
                    f"at most {MAX_QUBITS:,} qubits expected, found ${found[1][:20]}; use lower numbers"
                )

    def _check_shape(self, statement: str) -> None:
        depth = deepest = 0
        for bracket in re.findall(r"[()\[\]]", statement):
            depth += 1 if bracket in "([" else -1
            deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            self._reject(f"brackets at most {MAX_NESTING} deep expected, found {deepest}; simplify it")
        if len(statement) > MAX_EXPRESSION and max(map(len, statement.split(","))) > MAX_EXPRESSION:
            self._reject(
                f"expressions of at most {MAX_EXPRESSION:,} characters expected, found a longer one; "
                "simplify it"
            )
        if max(statement.count("@"), len(re.findall(r"\b(?:if|for)\b", statement))) > MAX_BLOCKS:
            self._reject(
                f"at most {MAX_BLOCKS} modifiers or conditions on one operation expected, found more"
            )

    def _declare(self, head: str, statement: str) -> None:
        pattern = _REGISTER_2 if head in ("qreg", "creg") else _REGISTER_3
        found = pattern.match(statement)
        if found is None:
            return  # the parser will say what is wrong with it
        register, size = (found[1], found[2]) if pattern is _REGISTER_2 else (found[2], found[1])
        if size is not None and pattern is _REGISTER_3 and not _LITERAL.fullmatch(size):
            return  # worked out by the reader, which looks at the limits then
        bits = 1 if size is None else self._whole_number(register, size)
        quantum = head in ("qreg", "qubit")
        if quantum:
            self._qubits += bits
        else:
            self._clbits += bits
        limit, total = (MAX_QUBITS, self._qubits) if quantum else (MAX_CLBITS, self._clbits)
        if total > limit:
            kind = "qubits" if quantum else "classical bits"
            self._reject(
                f"at most {limit:,} {kind} expected, found {total:,} or more; make {register} smaller"
            )
        self._registers[register] = bits
        self._widest = max(self._widest, bits)

    def _whole_number(self, register: str, size: str) -> int:
        try:
            bits = int(size) if size.isdecimal() else int(size[:40], 0)
        except ValueError:
            bits = 0
        if bits < 1:
            self._reject(
                f"a whole number from 1 on expected as size of {register}, found {size[:20]!r}; "
                "write the number"
            )
        return bits

    def _check_include(self, statement: str) -> None:
        libraries = _LIBRARIES[self._language]
        found = _INCLUDE.match(statement)
        if found is None or found[1] not in libraries:
            path = repr(found[1][:80]) if found else "something else"
            self._reject(
                f'include "{libraries[0]}" expected, found {path}; copy the definitions you need into the '
                "text"
            )

    def _open_gate(self, statement: str) -> str:
        names = _NAME.findall(statement, 0)
        gate = names[1] if len(names) > 1 else ""
        self._sizes[gate], self._depths[gate] = 1, 1  # the call itself
        return gate

    def _add_to_gate(self, gate: str, statement: str, head: str) -> None:
        called = self._called(statement, head)
        self._sizes[gate] += self._sizes.get(called, 1)
        self._depths[gate] = max(self._depths[gate], self._depths.get(called, 0) + 1)
        self._check_total(self._sizes[gate], f"gate {gate}")
        if self._depths[gate] > MAX_DEFINITION_DEPTH:
            self._reject(
                f"gate definitions at most {MAX_DEFINITION_DEPTH} deep expected, found {gate} deeper; "
                "define it from standard gates"
            )

    def _called(self, statement: str, head: str) -> str:
        """The costliest defined gate named in the statement: the one called, perhaps behind modifiers."""
        if head in self._sizes or head not in _NOT_CALLS:
            return head
        for controls in _CONTROLS.findall(statement):
            if controls.strip().isdecimal() and len(controls.strip()) > 2:
                self._reject(f"at most 99 controls expected, found ctrl({controls[:20]}); write fewer")
        return max(_NAME.findall(statement), key=lambda name: self._sizes.get(name, 1))

    def _add(self, statement: str, head: str, after_head: int) -> None:
        bracket = statement.rfind(")")
        operands = statement[(bracket + 1 if bracket >= 0 else after_head) : -1]
        width = 1
        if ":" in operands or operands.count("[") <= operands.count(","):
            width = max(self._width(operand) for operand in operands.split(","))
        self._total += width * self._sizes.get(self._called(statement, head), 1)
        self._check_total(self._total, "the circuit up to here")

    def _width(self, operand: str) -> int:
        """How often a gate is applied for this operand: a register broadcasts it."""
        if "[" in operand and ":" not in operand:
            return 1
        return self._registers.get(operand.strip(), self._widest)

    def _check_total(self, total: int, what: str) -> None:
        if total > MAX_OPERATIONS:
            self._reject(
                f"at most {MAX_OPERATIONS:,} operations expected once gate definitions are expanded, "
                f"found {what} to stand for {total:,}; split it"
            )
