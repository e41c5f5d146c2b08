"""OpenQASM 3 text as a tree, by recursive descent along the specification's grammar."""

from __future__ import annotations

from qorum.circuits.second_reading.openqasm3_grammar import TYPES, ExpressionParser, Node
from qorum.circuits.second_reading.tokens import Abstains, Token

_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=")
_TIMING = ("duration", "stretch")
_UNKNOWN = (
    *("extern", "defcal", "cal", "defcalgrammar", "input", "output", "array", "complex", "mutable"),
    *("readonly", "durationof", "sizeof", "port", "frame", "waveform", "opaque", "nop"),
)
"""Words of the language that this reader knows nothing to do with."""


class Parser(ExpressionParser):
    """Makes the tree of a text."""

    def program(self) -> list[Node]:
        """All statements.

        Raises:
            Abstains: something that is no OpenQASM 3, or beyond what this reader knows.
        """
        if self._words.accept("OPENQASM"):
            self._words.take()
            self._words.need(";")
        statements: list[Node] = []
        while self._words.now.kind != "end":
            statements.append(self._statement())
        return statements

    def _statement(self) -> Node:
        words, token = self._words, self._words.now
        read = getattr(self, f"_{token.text}_statement", None) if token.kind == "word" else None
        if read is not None:
            words.take()
            return read(token.line)
        if token.text in TYPES:
            return self._declaration(token.line, False)
        if token.text in ("inv", "pow", "ctrl", "negctrl", "gphase"):
            return self._gate_call(token.line)
        if token.kind == "word" and token.text in _TIMING:
            while not words.accept(";"):
                words.take()
            return Node("nothing", token.line)
        return self._with_name(token)

    def _with_name(self, token: Token) -> Node:
        """A gate call, a subroutine call or an assignment: all begin with a name."""
        words = self._words
        if token.text in _UNKNOWN or token.text == "pragma":
            raise Abstains(f"line {token.line}: {token.text}")
        if words.after.kind == "word" or words.after.text.startswith("$"):
            return self._gate_call(token.line)
        if words.after.text == "(":
            return self._call(token)
        target = self._operand()
        sign = words.take().text
        if sign not in _ASSIGNMENTS:
            raise Abstains(f"line {token.line}: {sign!r} after a name")
        value = self._value()
        words.need(";")
        return Node("assign", token.line, (target, sign[:-1], value))

    def _call(self, token: Token) -> Node:
        """A gate with parameters, or a subroutine."""
        name, arguments = self._words.name(), self._arguments()
        if self._words.accept(";"):
            return Node("expression", token.line, (Node("call", token.line, (name, arguments)),))
        return Node("gate call", token.line, ([], name, arguments, self._operands(";")))

    def _gate_call(self, line: int) -> Node:
        words, modifiers = self._words, list[tuple[str, Node | None]]()
        while words.sees("inv", "pow", "ctrl", "negctrl"):
            kind = words.take().text
            number = None
            if words.accept("("):
                number = self.expression()
                words.need(")")
            words.need("@")
            modifiers.append((kind, number))
        name = words.name()
        arguments = self._arguments() if words.sees("(") else []
        return Node("gate call", line, (modifiers, name, arguments, self._operands(";")))

    def _declaration(self, line: int, constant: bool) -> Node:
        words = self._words
        kind, name = self._type(words.take()), words.name()
        value = self._value() if words.accept("=") else None
        words.need(";")
        return Node("declare", line, (kind, name, value, constant))

    def block(self) -> list[Node]:
        """Statements in braces, or a single one."""
        if not self._words.accept("{"):
            return [self._statement()]
        statements: list[Node] = []
        while not self._words.accept("}"):
            if self._words.now.kind == "end":
                raise Abstains("a block without end")
            statements.append(self._statement())
        return statements

    def _include_statement(self, line: int) -> Node:
        file = self._words.take().text
        self._words.need(";")
        return Node("include", line, (file,))

    def _qubit_statement(self, line: int) -> Node:
        size, name = self._designator(), self._words.name()
        self._words.need(";")
        return Node("qubit", line, (name, size))

    def _qreg_statement(self, line: int) -> Node:
        name, size = self._words.name(), self._designator()
        self._words.need(";")
        return Node("qubit", line, (name, size))

    def _creg_statement(self, line: int) -> Node:
        name, size = self._words.name(), self._designator()
        self._words.need(";")
        return Node("declare", line, (Node("type", line, ("bit", size)), name, None, False))

    def _const_statement(self, line: int) -> Node:
        return self._declaration(line, True)

    def _let_statement(self, line: int) -> Node:
        name = self._words.name()
        self._words.need("=")
        parts = [self._operand()]
        while self._words.accept("++"):
            parts.append(self._operand())
        self._words.need(";")
        return Node("let", line, (name, parts))

    def _gate_statement(self, line: int) -> Node:
        words, name = self._words, self._words.name()
        parameters = self._names(")") if words.accept("(") else []
        operands = self._names("{", take=False)
        return Node("gate", line, (name, parameters, operands, self.block()))

    def _names(self, end: str, *, take: bool = True) -> list[str]:
        names: list[str] = []
        while not self._words.sees(end):
            names.append(self._words.name())
            self._words.accept(",")
        if take:
            self._words.need(end)
        return names

    def _def_statement(self, line: int) -> Node:
        words, name = self._words, self._words.name()
        words.need("(")
        parameters: list[tuple[Node, str]] = []
        while not words.accept(")"):
            token = words.take()
            if token.text not in (*TYPES, "qubit"):
                raise Abstains(f"line {line}: a parameter of type {token.text!r}")
            kind = self._type(token)
            parameters.append((kind, words.name()))
            words.accept(",")
        result = self._type(words.take()) if words.accept("->") else None
        outside, self.measures = self.measures, False
        body = self.block()
        self.routine_measures |= self.measures
        self.measures = outside
        return Node("def", line, (name, parameters, result, body))

    def _if_statement(self, line: int) -> Node:
        self._words.need("(")
        condition = self.expression()
        self._words.need(")")
        then = self.block()
        return Node("if", line, (condition, then, self.block() if self._words.accept("else") else []))

    def _for_statement(self, line: int) -> Node:
        words = self._words
        kind = self._type(words.take()) if words.sees(*TYPES) else Node("type", line, ("int", None))
        name = words.name()
        words.need("in")
        if words.accept("["):
            values = self._index()
            words.need("]")
        elif words.sees("{"):
            values = self._index()
        else:
            raise Abstains(f"line {line}: a loop over something else than a range or a set")
        return Node("for", line, (kind, name, values, self.block()))

    def _while_statement(self, line: int) -> Node:
        self._words.need("(")
        condition = self.expression()
        self._words.need(")")
        return Node("while", line, (condition, self.block()))

    def _switch_statement(self, line: int) -> Node:
        words = self._words
        words.need("(")
        target = self.expression()
        words.need(")")
        words.need("{")
        cases: list[tuple[list[Node] | None, list[Node]]] = []
        while not words.accept("}"):
            if words.accept("default"):
                cases.append((None, self.block()))
                continue
            words.need("case")
            labels = [self.expression()]
            while words.accept(","):
                if not words.sees("{"):
                    labels.append(self.expression())
            cases.append((labels, self.block()))
        return Node("switch", line, (target, cases))

    def _box_statement(self, line: int) -> Node:
        self._skip_duration()
        return Node("box", line, (self.block(),))

    def _skip_duration(self) -> None:
        if self._words.accept("["):
            while not self._words.accept("]"):
                self._words.take()

    def _delay_statement(self, line: int) -> Node:
        self._skip_duration()
        return Node("nothing", line, (self._operands(";"),))

    def _barrier_statement(self, line: int) -> Node:
        return Node("nothing", line, (self._operands(";"),))

    def _reset_statement(self, line: int) -> Node:
        return Node("reset", line, (self._operands(";"),))

    def _measure_statement(self, line: int) -> Node:
        source = self._operand()
        target = self._operand() if self._words.accept("->") else None
        self.measures |= target is not None
        self._words.need(";")
        value = Node("measure", line, (source,))
        return (
            Node("expression", line, (value,))
            if target is None
            else Node("assign", line, (target, "", value))
        )

    def _return_statement(self, line: int) -> Node:
        value = None if self._words.sees(";") else self._value()
        self._words.need(";")
        return Node("return", line, (value,))

    def _end_statement(self, line: int) -> Node:
        self._words.need(";")
        return Node("leave", line, ("end",))

    def _break_statement(self, line: int) -> Node:
        self._words.need(";")
        return Node("leave", line, ("break",))

    def _continue_statement(self, line: int) -> Node:
        self._words.need(";")
        return Node("leave", line, ("continue",))
