"""OpenQASM 3 to Qiskit: by the importer that Qiskit uses, with conditions as people write them."""

# The importer carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false
# ruff: noqa: N802 - the visitor's names follow those of the syntax tree

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import openqasm3
from openqasm3 import ast
from qiskit import QuantumCircuit
from qiskit_qasm3_import import types
from qiskit_qasm3_import.converter import ConvertVisitor
from qiskit_qasm3_import.state import LocalScope

from qorum.circuits.openqasm3_conditions import read_case, read_condition
from qorum.circuits.parse_errors import Unreadable
from qorum.circuits.statements import MAX_BLOCKS

_Case = tuple[Sequence[ast.Expression], ast.CompoundStatement]


def read_openqasm3(text: str) -> QuantumCircuit:
    """The circuit of a text.

    Raises:
        Unreadable, qiskit_qasm3_import.ConversionError, openqasm3.parser.QASM3ParsingError: not OpenQASM 3,
            or beyond what is read here; most know the line.
    """
    state: Any = _Importer().convert(openqasm3.parse(text))
    return state.circuit


class _Importer(ConvertVisitor):
    """Adds to Qiskit's importer: every condition on measured bits, and `switch` as a chain of `if`.

    Of integer variables it knows what Qiskit's exporter writes before a `switch`: `int n; n = bits;`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._integers: dict[str, ast.Expression | None] = {}
        self._cases = 0

    def visit(self, node: ast.QASMNode, context: Any = None) -> Any:
        if isinstance(node, ast.Statement) and not isinstance(
            node, ast.ClassicalAssignment | ast.SwitchStatement
        ):
            self._integers = dict.fromkeys(self._integers)  # the bits may change
        return super().visit(node, context)

    def _resolve_condition(self, node: ast.Expression, context: Any) -> Any:
        return read_condition(node, context)

    def visit_ClassicalDeclaration(self, node: ast.ClassicalDeclaration, context: Any) -> Any:
        if isinstance(node.type, ast.BitType) and node.type.size is None:
            return self._declare_bit(node, context)
        if not isinstance(node.type, ast.IntType | ast.UintType) or node.init_expression is not None:
            return super().visit_ClassicalDeclaration(node, context)
        self._integers[node.identifier.name] = None
        return context

    def _declare_bit(self, node: ast.ClassicalDeclaration, context: Any) -> Any:
        """A single bit as a register of one.

        A bit outside registers is another one in each branch that QPY brings back, where conditions miss it.
        """
        node.type = ast.BitType(ast.IntegerLiteral(1))
        context = super().visit_ClassicalDeclaration(node, context)
        symbol = context.symbol_table.get(node.identifier.name, node)
        symbol.data, symbol.type = symbol.data[0], types.Bit()
        return context

    def visit_ClassicalAssignment(self, node: ast.ClassicalAssignment, context: Any) -> Any:
        name = node.lvalue.name if isinstance(node.lvalue, ast.Identifier) else None
        if name not in self._integers or node.op is not ast.AssignmentOperator["="]:
            raise Unreadable(
                "measurements as the only assignments expected, found another; write it without", _line(node)
            )
        self._integers[name] = node.rvalue
        return context

    def visit_SwitchStatement(self, node: ast.SwitchStatement, context: Any) -> Any:
        target: ast.Expression | None = node.target
        if isinstance(target, ast.Identifier) and target.name in self._integers:
            target = self._integers[target.name]
        if target is None:
            raise Unreadable(
                "a `switch` over measured bits, or over an integer assigned from them just before, expected; "
                "write the register itself",
                _line(node),
            )
        self._cases += len(node.cases)
        if self._cases > MAX_BLOCKS:
            raise Unreadable(
                f"at most {MAX_BLOCKS} cases expected, those of enclosing switches included, found "
                f"{self._cases}; use fewer",
                _line(node),
            )
        self._branch(target, node.cases, node.default, context)
        self._cases -= len(node.cases)
        return context

    def _branch(
        self,
        target: ast.Expression,
        cases: Sequence[_Case],
        default: ast.CompoundStatement | None,
        context: Any,
    ) -> None:
        """One `if` for each case, each in the `else` of the one before."""
        if not cases:
            self._run(default, context)
            return
        (labels, body), rest = cases[0], cases[1:]
        condition = read_case(target, labels, context)
        with context.circuit.if_test(condition) as otherwise, LocalScope(context) as inner:
            self._run(body, inner)
        if rest or default:
            with otherwise, LocalScope(context) as inner:
                self._branch(target, rest, default, inner)

    def _run(self, body: ast.CompoundStatement | None, context: Any) -> None:
        for statement in body.statements if body else ():
            self.visit(statement, context)


def _line(node: ast.QASMNode) -> int | None:
    return node.span.start_line if node.span else None
