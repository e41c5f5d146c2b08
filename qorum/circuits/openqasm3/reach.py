"""Which variables may still be read: what is kept when classical bits are written again."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openqasm3 import ast

from qorum.circuits.openqasm3.state import Node

_NOTHING: frozenset[str] = frozenset()
_DECLARING = (
    ast.ClassicalDeclaration,
    ast.ConstantDeclaration,
    ast.IODeclaration,
    ast.ForInLoop,
    ast.AliasStatement,
    ast.ClassicalArgument,
    ast.QuantumArgument,
)


class Reach:
    """Names that may be read from some point of a program on, from above.

    Args:
        statements: the program.
    """

    def __init__(self, statements: Sequence[Any]) -> None:
        self._program = statements
        self._outputs = frozenset(
            statement.identifier.name
            for statement in statements
            if isinstance(statement, ast.ClassicalDeclaration | ast.IODeclaration)
            and isinstance(statement.type, ast.BitType)
        )
        self._unique: frozenset[str] | None = None
        self._aliased: frozenset[str] = _NOTHING

    def reads(self, node: Node | None) -> frozenset[str]:
        """The names that may be read from this point on."""
        chain: list[Node] = []
        while node is not None and node.reads is None:
            chain.append(node)
            node = node.next
        found = node.reads if node is not None and node.reads is not None else _NOTHING
        for link in reversed(chain):
            found = self._with(link, found)
            link.reads = found
        return found

    def _with(self, node: Node, later: frozenset[str]) -> frozenset[str]:
        if node.kind == "finish":
            return self._outputs
        if node.kind in ("block", "enter"):
            for statement in reversed(node.data[node.position :]):
                later = self._before(statement, later)
            return later
        if node.kind in ("for", "while", "switch"):
            return later | _names(node.data[0])
        return later | node.keeps

    def _before(self, statement: Any, later: frozenset[str]) -> frozenset[str]:
        killed, read = self._effect(statement)
        return (later - {killed}) | read if killed else later | read

    def _effect(self, statement: Any) -> tuple[str | None, frozenset[str]]:
        """The variable that a statement sets as a whole, if it does, and the names that it reads."""
        target, source = None, None
        if isinstance(statement, ast.QuantumMeasurementStatement):
            target, source = statement.target, statement.measure
        elif isinstance(statement, ast.ClassicalAssignment) and statement.op.name == "=":
            target, source = statement.lvalue, statement.rvalue
        if isinstance(target, ast.Identifier):
            read = frozenset(_walk(source))
            return (target.name if self._single(target.name) and target.name not in read else None), read
        return None, _names(statement)

    def _single(self, name: str) -> bool:
        """Whether the name stands for one variable wherever it is, and no alias does for it."""
        if self._unique is None:
            declared: Counter[str] = Counter()
            aliased: set[str] = set()
            for node in _nodes(self._program):
                if isinstance(node, _DECLARING):
                    declared[_declared_name(node)] += 1
                if isinstance(node, ast.AliasStatement):
                    aliased |= set(_walk(node.value))
            self._unique = frozenset(name for name, count in declared.items() if count == 1)
            self._aliased = frozenset(aliased)
        return name in self._unique and name not in self._aliased


def _declared_name(node: Any) -> str:
    if isinstance(node, ast.AliasStatement):
        return node.target.name
    if isinstance(node, ast.ClassicalArgument | ast.QuantumArgument):
        return node.name.name
    return node.identifier.name


def _names(node: Any) -> frozenset[str]:
    return frozenset(_walk(node))


def _walk(node: Any) -> Iterator[str]:
    for inner in _nodes([node]):
        if isinstance(inner, ast.Identifier):
            yield inner.name


def _nodes(roots: Iterable[Any]) -> Iterator[Any]:
    """All nodes of the syntax tree below."""
    stack = list(roots)
    while stack:
        node = stack.pop()
        if isinstance(node, list | tuple):
            stack += node
        elif isinstance(node, ast.QASMNode):
            yield node
            stack += [value for name, value in vars(node).items() if name != "span"]
