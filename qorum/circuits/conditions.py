"""Conditions on classical bits as plain functions of those bits."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import Clbit
from qiskit.circuit.classical import expr, types

Condition = Callable[[int], bool]
"""Given all classical bits of the circuit as one integer (bit i is clbit i), whether it holds."""

_Value = Callable[[int], int]

_BINARY: dict[Any, Callable[[int, int], int]] = {
    expr.Binary.Op.BIT_AND: operator.and_,
    expr.Binary.Op.BIT_OR: operator.or_,
    expr.Binary.Op.BIT_XOR: operator.xor,
    expr.Binary.Op.LOGIC_AND: lambda left, right: bool(left) and bool(right),
    expr.Binary.Op.LOGIC_OR: lambda left, right: bool(left) or bool(right),
    expr.Binary.Op.EQUAL: operator.eq,
    expr.Binary.Op.NOT_EQUAL: operator.ne,
    expr.Binary.Op.LESS: operator.lt,
    expr.Binary.Op.LESS_EQUAL: operator.le,
    expr.Binary.Op.GREATER: operator.gt,
    expr.Binary.Op.GREATER_EQUAL: operator.ge,
    expr.Binary.Op.SHIFT_LEFT: operator.lshift,
    expr.Binary.Op.SHIFT_RIGHT: operator.rshift,
}


def compile_condition(condition: Any, clbit_index: Mapping[Any, int]) -> Condition:
    """The condition of an `if_else` as a function.

    Args:
        condition: `(clbit, value)`, `(register, value)` or an expression over them.
        clbit_index: place of each `Clbit` that it may name in the whole circuit.

    Raises:
        TypeError: it uses something else than the circuit's bits and registers.
    """
    if isinstance(condition, expr.Expr):
        value = _compile(condition, clbit_index)
        return lambda bits: bool(value(bits))
    target, wanted = condition
    read = _read(target, clbit_index)
    return lambda bits: read(bits) == int(wanted)


def _read(target: Any, clbit_index: Mapping[Any, int]) -> _Value:
    """The value of a bit or a register; the register's first bit is the least significant."""
    if isinstance(target, Clbit):
        place = clbit_index[target]
        return lambda bits: bits >> place & 1
    places = [clbit_index[clbit] for clbit in target]
    return lambda bits: sum((bits >> place & 1) << bit for bit, place in enumerate(places))


def _compile(node: Any, clbit_index: Mapping[Any, int]) -> _Value:
    if isinstance(node, expr.Value):
        constant = int(node.value)
        return lambda _: constant
    if isinstance(node, expr.Var) and not node.standalone:
        return _read(node.var, clbit_index)
    if isinstance(node, expr.Unary | expr.Cast):
        return _one_operand(node, _compile(node.operand, clbit_index))
    if isinstance(node, expr.Binary) and node.op in _BINARY:
        left, right = _compile(node.left, clbit_index), _compile(node.right, clbit_index)
        function, mask = _BINARY[node.op], _mask(node.type)
        return lambda bits: int(function(left(bits), right(bits))) & mask
    if isinstance(node, expr.Index):
        whole, place = _compile(node.target, clbit_index), _compile(node.index, clbit_index)
        return lambda bits: whole(bits) >> place(bits) & 1
    raise TypeError(f"a condition on measured bits and registers expected, found {node}")


def _one_operand(node: Any, operand: _Value) -> _Value:
    mask = _mask(node.type)
    if isinstance(node, expr.Cast):
        if isinstance(node.type, types.Bool):
            return lambda bits: int(operand(bits) != 0)
        return lambda bits: operand(bits) & mask
    if node.op is expr.Unary.Op.LOGIC_NOT:
        return lambda bits: int(not operand(bits))
    if node.op is expr.Unary.Op.BIT_NOT:
        return lambda bits: ~operand(bits) & mask
    raise TypeError(f"a condition on measured bits and registers expected, found {node.op}")


def _mask(kind: Any) -> int:
    """All ones in the width of a type."""
    if isinstance(kind, types.Bool):
        return 1
    if isinstance(kind, types.Uint):
        return (1 << kind.width) - 1
    raise TypeError(f"conditions on bool and uint expected, found {kind}")
