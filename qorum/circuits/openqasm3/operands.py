"""What becomes of operands: values, truths, other types, results of operators."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qorum.circuits.openqasm3.formulas import Formula, Operand, Register, compared, joined, number, opposite
from qorum.circuits.openqasm3.literals import shifted
from qorum.circuits.openqasm3.operators import COMPARISONS, binary
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.types import BOOL, BadValue, Type, convert
from qorum.circuits.openqasm3.values import MAX_SUPPORT, TooWide, Value, lift


class Operands:
    """Works on operands that are known as far as they can be."""

    def as_truth(self, operand: Operand, node: Any) -> Formula:
        """Whether the operand is not 0."""
        if isinstance(operand, Register):
            return compared(Register(operand.type, operand.bits), "!=", 0)
        if isinstance(operand, Value) and operand.type != BOOL:
            kind = operand.type
            return self._guarded(lift, node, BOOL, lambda value: convert(BOOL, kind, value), operand)
        return operand

    def converted(self, target: Type, operand: Operand, node: Any) -> Value:
        """The operand as a value of a type."""
        if isinstance(operand, Register) and target.kind in ("bool", "bit"):
            operand = compared(operand, "!=", 0)
        if isinstance(operand, Register) and target.width is not None and target.kind != "angle":
            operand = Register(operand.type, operand.bits[: target.width])
        value = self._value(operand, node)
        kind = value.type
        return self._guarded(lift, node, target, lambda one: convert(target, kind, one), value)

    def applied(self, sign: str, left: Value, right: Value, node: Any) -> Value:
        """The operator's result."""
        kind, function = self._guarded(binary, node, sign, left.type, right.type)
        return self._guarded(lift, node, kind, function, left, right)

    def _wide(self, sign: str, left: Operand, right: Operand, node: Any) -> Operand | None:
        """Registers bit by bit, or compared with a number, so that no table is needed."""
        if isinstance(left, Register) and isinstance(right, Register):
            if sign in ("&", "|", "^") and len(left.bits) == len(right.bits):
                pairs = zip(left.bits, right.bits, strict=True)
                return Register(left.type, tuple(self.applied(sign, a, b, node) for a, b in pairs))
            if sign in ("==", "!=") and len(left.bits) == len(right.bits):
                pairs = zip(left.bits, right.bits, strict=True)
                same = joined(True, *[self.applied("==", a, b, node) for a, b in pairs])
                return same if sign == "==" else opposite(same)
            return None
        if not isinstance(left, Register):
            if isinstance(right, Register) and sign in COMPARISONS:
                mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign)
                return self._wide(mirrored, right, left, node)
            return None
        if not isinstance(right, Value) or right.bits or not right.type.whole:
            return None
        other = int(right.table[0])
        if sign in COMPARISONS and left.type.kind != "int":
            return compared(left, sign, other)
        if sign in ("<<", ">>") and left.type.kind == "bits" and other >= 0:
            return Register(left.type, shifted(left.bits, other if sign == "<<" else -other))
        return None

    def _value(self, operand: Operand, node: Any) -> Value:
        if isinstance(operand, Register):
            try:
                return number(operand)
            except TooWide:
                raise self._too_wide(node) from None
        if not isinstance(operand, Value):
            raise self._too_wide(node)
        return operand

    def _guarded(self, function: Callable[..., Any], node: Any, *operands: Any) -> Any:
        try:
            return function(*operands)
        except BadValue as error:
            raise unreadable(str(error), node) from None
        except TooWide:
            raise self._too_wide(node) from None

    def _too_wide(self, node: Any) -> Exception:
        return unreadable(
            f"a value that depends on at most {MAX_SUPPORT} measured bits expected, found one on more; "
            "compare registers with numbers, or calculate with parts of them",
            node,
        )
