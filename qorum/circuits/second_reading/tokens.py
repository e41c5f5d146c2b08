"""OpenQASM text cut into words, numbers and signs."""

from __future__ import annotations

import re
from typing import NamedTuple


class Abstains(Exception):
    """What the second reader does not know, or does not know for certain; the message names it."""


class Token(NamedTuple):
    """One word of a text.

    Attributes:
        kind: `word`, `number`, `time`, `string`, `sign` or `end`.
        text: as written; of a string, without quotes.
        line: 1-based.
    """

    kind: str
    text: str
    line: int


_PATTERN = re.compile(
    r"""[^\S\n]*(?:
        (?P<word>\$\d+|[^\W\d]\w*)
      | (?P<time>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ ]*(?:dt|ns|us|µs|ms|s)\b)
      | (?P<number>0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
          |(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
      | (?P<string>"[^"\n]*"|'[^'\n]*')
      | (?P<skip>\n\s*(?:@[ \t]*[^\W\d][^\n]*)?|//[^\n]*|/\*.*?\*/|\Z)
      | (?P<sign>\*\*=|<<=|>>=|->|\+\+|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~]=
          |[-+*/%&|^~!<>=()\[\]{},;:@.])
    )""",
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    """The words of a text; comments and annotations are left out.

    Raises:
        Abstains: a character or a pragma whose meaning is not known.
    """
    found: list[Token] = []
    place, line = 0, 1
    new, add = tuple.__new__, found.append  # half the time of a reading is spent here
    for match in _PATTERN.finditer(text):
        if match.start() != place:
            break
        kind, place = match.lastgroup, match.end()
        word = match[match.lastindex or 0]
        if kind == "skip":
            line += word.count("\n")
        elif kind == "string":
            add(new(Token, (kind, word[1:-1], line)))
        else:
            add(new(Token, (kind, word, line)))
    if place < len(text):
        raise Abstains(f"line {line}: {text[place : place + 20].strip()!r}")
    found.append(Token("end", "", line))
    return found


class Words:
    """The words of a text in turn.

    Attributes:
        now: the word that comes next.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._place = 0
        self.now = self._tokens[0]

    @property
    def after(self) -> Token:
        """The word behind the next one."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The next word, which is left behind."""
        token = self.now
        if token.kind != "end":
            self._place += 1
            self.now = self._tokens[self._place]
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these."""
        return self.now.text in texts and self.now.kind != "string"

    def accept(self, *texts: str) -> bool:
        """Leave the next word behind if it is one of these."""
        if self.now.text in texts and self.now.kind != "string":
            self.take()
            return True
        return False

    def need(self, text: str) -> None:
        """Leave behind a word that must come.

        Raises:
            Abstains: another comes.
        """
        if not self.accept(text):
            raise Abstains(f"line {self.now.line}: {self.now.text!r} where {text!r} was expected")

    def name(self) -> str:
        """The next word, which must be a name."""
        token = self.take()
        if token.kind != "word":
            raise Abstains(f"line {token.line}: {token.text!r} where a name was expected")
        return token.text
