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
    r"""(?P<skip>[^\S\n]+|\n[^\S\n]*(?:@[ \t]*[^\W\d][^\n]*)?|//[^\n]*|/\*.*?\*/)
      | (?P<pragma>\#?pragma\b)
      | (?P<time>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ ]*(?:dt|ns|us|µs|ms|s)\b)
      | (?P<number>0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
          |(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
      | (?P<string>"[^"\n]*"|'[^'\n]*')
      | (?P<word>\$\d+|[^\W\d]\w*)
      | (?P<sign>\*\*=|<<=|>>=|->|\+\+|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~]=
          |[-+*/%&|^~!<>=()\[\]{},;:@.])
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def tokens(text: str) -> list[Token]:
    """The words of a text; comments and annotations are left out.

    Raises:
        Abstains: a character or a pragma whose meaning is not known.
    """
    found: list[Token] = []
    place, line = 0, 1
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            raise Abstains(f"line {line}: {text[place]!r}")
        kind, word = str(match.lastgroup), match[0]
        if kind == "pragma":
            raise Abstains(f"line {line}: a pragma")
        if kind != "skip":
            found.append(Token(kind, word[1:-1] if kind == "string" else word, line))
        line += word.count("\n")
        place = match.end()
    found.append(Token("end", "", line))
    return found


class Words:
    """The words of a text in turn."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._place = 0

    @property
    def now(self) -> Token:
        """The word that comes next."""
        return self._tokens[self._place]

    @property
    def after(self) -> Token:
        """The one behind it."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The next word, which is left behind."""
        token = self.now
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these."""
        return self.now.kind != "string" and self.now.text in texts

    def accept(self, *texts: str) -> bool:
        """Leave the next word behind if it is one of these."""
        if self.sees(*texts):
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
