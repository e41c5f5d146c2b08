"""OpenQASM 3 expressions, operands and types as trees, by recursive descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qorum.circuits.second_reading.tokens import Abstains, Token, Words

_BINDS = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
"""How tightly the operators bind that group from the left."""

TYPES = ("bit", "int", "uint", "float", "bool", "angle")


@dataclass(frozen=True)
class Node:
    """A statement, expression or type: what it is, its line, and its parts in the grammar's order."""

    kind: str
    line: int
    parts: tuple[Any, ...] = ()


class ExpressionParser:
    """Reads expressions, operands and types of a text.

    Attributes:
        measures: whether a measurement into bits stood anywhere in what was read so far but subroutines.
        routine_measures: whether one stood in a subroutine, which may be called or not.
    """

    def __init__(self, text: str) -> None:
        self._words = Words(text)
        self.measures = False
        self.routine_measures = False

    def _arguments(self) -> list[Node]:
        self._words.need("(")
        arguments: list[Node] = []
        while not self._words.accept(")"):
            arguments.append(self.expression())
            self._words.accept(",")
        return arguments

    def _operands(self, end: str) -> list[Node]:
        operands: list[Node] = []
        while not self._words.accept(end):
            operands.append(self._operand())
            self._words.accept(",")
        return operands

    def _operand(self) -> Node:
        line = self._words.now.line
        return self._indexed(Node("name", line, (self._words.name(),)))

    def _indexed(self, base: Node) -> Node:
        while self._words.accept("["):
            items = [self._index()]
            while self._words.accept(","):
                items.append(self._index())
            self._words.need("]")
            base = Node("index", base.line, (base, items))
        return base

    def _index(self) -> Node:
        words, line = self._words, self._words.now.line
        if words.accept("{"):
            return Node("set", line, (self._list("}"),))
        ends: list[Node | None] = [None if words.sees(":") else self.expression()]
        while words.accept(":"):
            ends.append(None if words.sees(":", "]") else self.expression())
        if len(ends) == 1:
            return Node("one", line, (ends[0],))
        start, step, stop = (ends[0], None, ends[1]) if len(ends) == 2 else ends
        return Node("range", line, (start, step, stop))

    def _list(self, end: str) -> list[Node]:
        values: list[Node] = []
        while not self._words.accept(end):
            values.append(self.expression())
            self._words.accept(",")
        return values

    def _value(self) -> Node:
        line = self._words.now.line
        if self._words.accept("measure"):
            self.measures = True
            return Node("measure", line, (self._operand(),))
        return self.expression()

    def expression(self, least: int = 1) -> Node:
        """An expression of operators that bind at least so tightly."""
        left, words = self._signed(), self._words
        while words.now.kind == "sign" and _BINDS.get(words.now.text, 0) >= least:
            sign = words.take()
            right = self.expression(_BINDS[sign.text] + 1)
            left = Node("binary", sign.line, (sign.text, left, right))
        return left

    def _signed(self) -> Node:
        token = self._words.now
        if token.kind == "sign" and self._words.accept("-", "!", "~"):
            return Node("unary", token.line, (token.text, self._signed()))
        base = self._indexed(self._atom())
        if self._words.sees("**"):
            self._words.take()
            return Node("binary", token.line, ("**", base, self._signed()))
        return base

    def _atom(self) -> Node:
        words, token = self._words, self._words.take()
        if token.kind == "number":
            return Node("number", token.line, (token.text.replace("_", ""),))
        if token.kind == "string":
            return Node("string", token.line, (token.text.replace("_", ""),))
        if token.text == "(":
            inner = self.expression()
            words.need(")")
            return Node("brackets", token.line, (inner,))
        if token.kind != "word":
            raise Abstains(f"line {token.line}: {token.text!r} where a value was expected")
        if token.text in TYPES:
            kind = self._type(token)
            words.need("(")
            inner = self.expression()
            words.need(")")
            return Node("cast", token.line, (kind, inner))
        if words.sees("("):
            return Node("call", token.line, (token.text, self._arguments()))
        return Node("name", token.line, (token.text,))

    def _type(self, token: Token) -> Node:
        return Node("type", token.line, (token.text, self._designator()))

    def _designator(self) -> Node | None:
        if not self._words.accept("["):
            return None
        size = self.expression()
        self._words.need("]")
        return size
