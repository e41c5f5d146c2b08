"""Conditions of OpenQASM 3 on measured bits, as Qiskit represents them.

The importer behind `formats.parse_openqasm3` takes a bit, its negation and a register compared with a
number. People also write `c[0] == 1`, `a && b`, `c != 3` or `c > 1`, and so does Qiskit's own exporter.
"""

# The importer and Qiskit's expressions carry few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from openqasm3 import ast
from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types
from qiskit_qasm3_import.expression import ValueResolver

from qorum.circuits.parse_errors import Unreadable

PlainCondition = tuple[Clbit, bool] | tuple[ClassicalRegister, int]
Value = expr.Expr | int | list[Clbit]
"""An expression over measured bits, a constant (a bool is an int too), or part of a register."""

_COMPARISONS: Mapping[str, Callable[[Any, Any], expr.Expr]] = {
    "==": expr.equal,
    "!=": expr.not_equal,
    "<": expr.less,
    "<=": expr.less_equal,
    ">": expr.greater,
    ">=": expr.greater_equal,
}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LOGIC: Mapping[str, Callable[[Any, Any], expr.Expr]] = {"&&": expr.logic_and, "||": expr.logic_or}
_BITWISE: Mapping[str, Callable[[Any, Any], expr.Expr]] = {
    "&": expr.bit_and,
    "|": expr.bit_or,
    "^": expr.bit_xor,
}
_WIDEST = 64
_MOST_TERMS = 40


def read_condition(node: ast.Expression, context: Any) -> expr.Expr | PlainCondition:
    """What `QuantumCircuit.if_test` takes, from an expression in a scope of the importer.

    Raises:
        Unreadable: it is no condition on measured bits, or one that Qiskit cannot represent.
        qiskit_qasm3_import.ConversionError: an unknown name or a wrong index.
    """
    return _plain(_ConditionReader(context).truth(node))


def read_case(
    target: ast.Expression, labels: Sequence[ast.Expression], context: Any
) -> expr.Expr | PlainCondition:
    """The condition that `target` equals one of the labels of a `switch`'s case.

    Raises:
        Unreadable, qiskit_qasm3_import.ConversionError: see `read_condition`.
    """
    reader = _ConditionReader(context)
    equalities: list[expr.Expr] = []
    for label in labels:
        equality = ast.BinaryExpression(ast.BinaryOperator["=="], target, label)
        equality.span = label.span
        equalities.append(reader.truth(equality))
    return _plain(reduce(expr.logic_or, equalities))


def _plain(condition: expr.Expr) -> expr.Expr | PlainCondition:
    """The form that every Qiskit version knows, where there is one: equal conditions then look equal."""
    if isinstance(condition, expr.Var):
        return condition.var, True
    if isinstance(condition, expr.Unary) and isinstance(condition.operand, expr.Var):
        return condition.operand.var, False
    if isinstance(condition, expr.Binary) and condition.op is expr.Binary.Op.EQUAL:
        register, number = condition.left, condition.right
        if (
            isinstance(register, expr.Var)
            and isinstance(register.var, ClassicalRegister)
            and isinstance(number, expr.Value)
        ):
            return register.var, int(number.value)
    return condition


class _ConditionReader:
    """Reads one condition in a scope of the importer."""

    def __init__(self, context: Any) -> None:
        self._names = ValueResolver(context)
        self._left = _MOST_TERMS

    def truth(self, node: ast.Expression) -> expr.Expr:
        """The expression as a bool; a register is true unless all its bits are 0."""
        value = self._value(node)
        if isinstance(value, list):
            return reduce(expr.logic_or, map(expr.lift, value))
        if isinstance(value, int):
            raise _unreadable(
                "a condition on measured bits expected, found a constant; write the statement without `if`",
                node,
            )
        return value if isinstance(value.type, types.Bool) else expr.not_equal(value, 0)

    def _value(self, node: ast.Expression) -> Value:
        self._left -= 1
        if self._left < 0:  # what reads expressions later, reads them recursively
            raise _unreadable(f"at most {_MOST_TERMS} terms in a condition expected, found more", node)
        if isinstance(node, ast.IntegerLiteral | ast.BooleanLiteral | ast.BitstringLiteral):
            return node.value
        if isinstance(node, ast.UnaryExpression):
            return self._unary(node)
        if isinstance(node, ast.BinaryExpression):
            return self._binary(node)
        if isinstance(node, ast.Cast):
            return self._cast(node)
        if isinstance(node, ast.Identifier | ast.IndexedIdentifier | ast.IndexExpression):
            return self._bits(node)
        raise _unreadable(
            f"measured bits, numbers and operators expected in a condition, found {type(node).__name__}; "
            "write it without",
            node,
        )

    def _bits(self, node: ast.Expression) -> Value:
        found, _ = self._names.visit(node)
        if isinstance(found, Clbit | ClassicalRegister):
            return expr.lift(found)
        if isinstance(found, list | tuple) and found and all(isinstance(bit, Clbit) for bit in found):
            return list(found)
        raise _unreadable(
            "measured bits expected in a condition, found something else; compare bits with numbers", node
        )

    def _unary(self, node: ast.UnaryExpression) -> Value:
        if node.op.name == "!":
            return _negated(self.truth(node.expression))
        operand = self._value(node.expression)
        if isinstance(operand, int):
            if node.op.name == "-":
                return -operand
        elif node.op.name == "~" and not isinstance(operand, list):
            return _negated(operand) if isinstance(operand.type, types.Bool) else expr.bit_not(operand)
        raise _unknown(node.op.name, node)

    def _binary(self, node: ast.BinaryExpression) -> Value:
        operator = node.op.name
        if operator in _LOGIC:
            return _LOGIC[operator](self.truth(node.lhs), self.truth(node.rhs))
        left = self._value(_unsigned(node.lhs, operator, node.rhs))
        right = self._value(_unsigned(node.rhs, operator, node.lhs))
        if isinstance(left, int):
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
        if isinstance(left, int):
            raise _unreadable(
                f"measured bits beside {operator!r} expected, found two constants; correct it", node
            )
        if isinstance(left, list) or isinstance(right, list):
            return _compare_part(left, operator, right, node)
        if operator in _COMPARISONS and isinstance(left.type, types.Bool) and isinstance(right, int):
            return _compare_bit(left, operator, right, node)
        build = _COMPARISONS.get(operator) or _BITWISE.get(operator)
        if build is None:
            raise _unknown(operator, node)
        beside = _number_beside(left, right, node) if isinstance(right, int) else right
        try:
            return build(left, beside)
        except TypeError as error:
            raise _unreadable(
                f"operands of one kind expected on both sides of {operator!r}, found a bit and a register or "
                "number; compare bits with bits and registers with numbers",
                node,
            ) from error

    def _cast(self, node: ast.Cast) -> Value:
        if isinstance(node.type, ast.BoolType):
            return self.truth(node.argument)
        value = self._value(node.argument)
        size = getattr(node.type, "size", None)
        width = size.value if isinstance(size, ast.IntegerLiteral) else None
        signed = isinstance(node.type, ast.IntType)
        if not isinstance(node.type, ast.UintType | ast.IntType) or (size is not None and width is None):
            raise _unreadable("a cast to bool or uint[number] expected, found another", node)
        if isinstance(value, int | list):
            return value
        if isinstance(value.type, types.Bool):
            value = expr.cast(value, types.Uint(1))
        if width is None:
            return value
        if width > _WIDEST or width < 1:
            raise _unreadable(f"integers of 1 to {_WIDEST} bits expected, found {width}", node)
        if signed and width <= value.type.width:
            raise _unreadable(
                f"a cast that keeps the sign bit 0 expected, found int[{width}] of {value.type.width} bits; "
                f"write uint[{width}]",
                node,
            )
        return expr.cast(value, types.Uint(width))


def _unsigned(node: ast.Expression, operator: str, other: ast.Expression) -> ast.Expression:
    """`int[n](bits)` as `uint[n](bits)` where it is compared with a number for which both mean the same."""
    if not (isinstance(node, ast.Cast) and isinstance(node.type, ast.IntType) and operator in ("==", "!=")):
        return node
    size = node.type.size
    if not (isinstance(size, ast.IntegerLiteral) and isinstance(other, ast.IntegerLiteral)):
        return node
    if not 0 <= other.value < 2 ** (min(size.value, _WIDEST) - 1):
        return node
    unsigned = ast.Cast(ast.UintType(size), node.argument)
    unsigned.span = node.span
    return unsigned


def _negated(condition: expr.Expr) -> expr.Expr:
    if isinstance(condition, expr.Unary) and condition.op is expr.Unary.Op.LOGIC_NOT:
        return condition.operand
    return expr.logic_not(condition)


def _compare_bit(bit: expr.Expr, operator: str, number: int, node: ast.QASMNode) -> expr.Expr:
    if number not in (0, 1) or operator not in ("==", "!="):
        raise _unreadable(
            f"one bit to be compared with 0 or 1 by == or != expected, found {operator} {number}; correct it",
            node,
        )
    return bit if bool(number) == (operator == "==") else _negated(bit)


def _compare_part(left: Value, operator: str, right: Value, node: ast.QASMNode) -> expr.Expr:
    """Part of a register, compared bit by bit, the first bit with the least significant one."""
    if operator not in ("==", "!=") or not isinstance(left, list) or not isinstance(right, int):
        raise _unreadable(
            "part of a register to be compared with a number by == or != expected, found something else; "
            "write it with single bits",
            node,
        )
    if not 0 <= right < 2 ** len(left):
        raise _unreadable(f"a number of {len(left)} bits expected, found {right}; correct it", node)
    bits = [expr.lift(bit) if right >> place & 1 else expr.logic_not(bit) for place, bit in enumerate(left)]
    equal = reduce(expr.logic_and, bits)
    return equal if operator == "==" else _negated(equal)


def _number_beside(value: expr.Expr, other: int, node: ast.QASMNode) -> expr.Expr:
    """The number in the width of the value beside it, or more if it needs more."""
    if other < 0 or other.bit_length() > _WIDEST:
        raise _unreadable(
            f"a whole number from 0 to 2^{_WIDEST} - 1 beside measured bits expected, found {other}", node
        )
    if isinstance(value.type, types.Bool):
        return expr.lift(bool(other)) if other in (0, 1) else expr.lift(other)
    return expr.lift(int(other), types.Uint(max(value.type.width, other.bit_length())))


def _unknown(operator: str, node: ast.QASMNode) -> Unreadable:
    return _unreadable(
        f"comparisons, &&, ||, !, &, |, ^ and ~ expected in a condition, found {operator!r}; "
        "write it without",
        node,
    )


def _unreadable(reason: str, node: ast.QASMNode) -> Unreadable:
    return Unreadable(reason, node.span.start_line if node.span else None)
