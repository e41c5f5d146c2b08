"""Conditions on classical bits in the forms that Qiskit and the backends take."""

# Qiskit's expressions carry few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr

from qorum.circuits.openqasm3.formulas import Compared, Formula, Negated
from qorum.circuits.openqasm3.values import Value, fixed
from qorum.circuits.parse_errors import Unreadable

Condition = expr.Expr | tuple[Clbit, bool] | tuple[ClassicalRegister, int]

MAX_TERMS = 96
"""Most bits named in one condition; some of what reads conditions later is recursive."""


class Conditions:
    """Writes conditions for the bits of a circuit.

    Args:
        bits: by place in the circuit.
        registers: with the places of their bits.
    """

    def __init__(self, bits: Sequence[Clbit], registers: Mapping[tuple[int, ...], ClassicalRegister]) -> None:
        self._bits = bits
        self._registers = registers
        self._left = 0

    def write(self, formula: Formula, line: int | None) -> Condition:
        """The condition; equal ones look equal.

        Raises:
            Unreadable: it would name too many bits.
        """
        self._left = MAX_TERMS
        plain = self._plain(formula)
        if plain is not None:
            return plain
        try:
            return self._expression(formula)
        except _TooLong:
            raise Unreadable(
                f"a condition of at most {MAX_TERMS} bits expected once it is written with &&, || and !, "
                "found a longer one; measure fewer bits into it",
                line,
            ) from None

    def _plain(self, formula: Formula) -> Condition | None:
        """One bit, or a register equal to a number: what every version of Qiskit knows."""
        if isinstance(formula, Compared) and formula.sign == "==":
            return self._register(formula)
        if not isinstance(formula, Value):
            return None
        if len(formula.bits) == 1:
            return self._bits[formula.bits[0]], bool(formula.table[1])
        register = self._registers.get(formula.bits)
        if register is not None and sum(map(bool, formula.table)) == 1:
            return register, [bool(entry) for entry in formula.table].index(True)
        return None

    def _register(self, formula: Compared) -> tuple[ClassicalRegister, int] | None:
        if any(bit.bits and bit.table != (False, True) for bit in formula.bits):
            return None
        register = self._registers.get(tuple(bit.bits[0] if bit.bits else -1 for bit in formula.bits))
        return None if register is None else (register, formula.number)

    def _expression(self, formula: Formula) -> expr.Expr:
        if isinstance(formula, Value):
            return self._table(formula)
        if isinstance(formula, Negated):
            return expr.logic_not(self._expression(formula.part))
        if isinstance(formula, Compared):
            return self._compared(formula)
        parts = [self._expression(part) for part in formula.parts]
        return _balanced(expr.logic_and if formula.every else expr.logic_or, parts)

    def _compared(self, formula: Compared) -> expr.Expr:
        found = self._register(formula) if formula.sign == "==" else None
        if found is not None:
            self._take(1)
            return expr.equal(*found)
        literals = [self._table(bit) if bit.bits else bool(bit.table[0]) for bit in formula.bits]
        if formula.sign == "==":
            return _every(literals, formula.number)
        return _less(literals, formula.number)

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _TooLong

    def _table(self, value: Value) -> expr.Expr:
        """A truth table: as a product, a sum or a parity if it is one, else bit by bit."""
        rows = [row for row, entry in enumerate(value.table) if entry]
        if not value.bits:
            return expr.lift(bool(value.table[0]))
        if len(value.bits) == 1:
            self._take(1)
            bit = expr.lift(self._bits[value.bits[0]])
            return bit if value.table[1] else expr.logic_not(bit)
        if len(rows) == 1:
            return self._product(value, rows[0], expr.logic_and, True)
        if len(rows) == len(value.table) - 1:
            missing = next(row for row, entry in enumerate(value.table) if not entry)
            return self._product(value, missing, expr.logic_or, False)
        parity = self._parity(value)
        return self._by_bit(value) if parity is None else parity

    def _product(self, value: Value, row: int, join: Any, when: bool) -> expr.Expr:
        self._take(len(value.bits))
        parts: list[expr.Expr] = []
        for place, bit in enumerate(value.bits):
            literal = expr.lift(self._bits[bit])
            parts.append(literal if bool(row >> place & 1) == when else expr.logic_not(literal))
        return _balanced(join, parts)

    def _parity(self, value: Value) -> expr.Expr | None:
        odd = bool(value.table[0])
        if any(bool(entry) != (odd ^ bool(row.bit_count() & 1)) for row, entry in enumerate(value.table)):
            return None
        self._take(len(value.bits))
        sums = _balanced(expr.bit_xor, [expr.lift(self._bits[bit]) for bit in value.bits])
        return expr.logic_not(sums) if odd else sums

    def _by_bit(self, value: Value) -> expr.Expr:
        """Split by the most significant bit: (bit and this) or (not bit and that)."""
        bit = value.bits[-1]
        one, zero = fixed(value, {bit: True}), fixed(value, {bit: False})
        self._take(1)
        here = expr.lift(self._bits[bit])
        if one.known:
            rest = self._table(zero)
            return expr.logic_or(here, rest) if one.table[0] else expr.logic_and(expr.logic_not(here), rest)
        if zero.known:
            rest = self._table(one)
            return expr.logic_or(expr.logic_not(here), rest) if zero.table[0] else expr.logic_and(here, rest)
        self._take(1)
        return expr.logic_or(
            expr.logic_and(here, self._table(one)), expr.logic_and(expr.logic_not(here), self._table(zero))
        )


class _TooLong(Exception):
    pass


def _balanced(join: Any, parts: Sequence[expr.Expr]) -> expr.Expr:
    """All parts joined, as flat as can be."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return join(_balanced(join, parts[:half]), _balanced(join, parts[half:]))


def _every(literals: Sequence[expr.Expr | bool], number: int) -> expr.Expr:
    wanted = [bool(number >> place & 1) for place in range(len(literals))]
    parts = [
        literal if want else expr.logic_not(literal)
        for literal, want in zip(literals, wanted, strict=True)
        if not isinstance(literal, bool)
    ]
    fits = all(
        literal == want for literal, want in zip(literals, wanted, strict=True) if isinstance(literal, bool)
    )
    return _balanced(expr.logic_and, parts) if fits and parts else expr.lift(fits)


def _less(literals: Sequence[expr.Expr | bool], number: int) -> expr.Expr:
    """Whether the bits, the least significant first, are a number below this one."""
    less: expr.Expr | bool = False
    for place, literal in enumerate(literals):
        want = bool(number >> place & 1)
        if isinstance(literal, bool):
            less = less if literal == want else want
        elif want:
            less = (
                expr.logic_not(literal)
                if less is False
                else True
                if less is True
                else expr.logic_or(expr.logic_not(literal), less)
            )
        else:
            less = (
                False
                if less is False
                else expr.logic_not(literal)
                if less is True
                else expr.logic_and(expr.logic_not(literal), less)
            )
    return expr.lift(less) if isinstance(less, bool) else less
