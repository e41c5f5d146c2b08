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


class Words:
    """The words of a text in turn; comments and annotations are left out.

    Attributes:
        now: the word that comes next.

    Raises:
        Abstains: when a character or a pragma whose meaning is not known is reached, by any method.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = self._end = 0
        """Where the next word begins and ends, or the one after it, where that was looked at."""
        self._line = 1
        self._looked_at: Token | None = None
        self.now = self._scan()

    @property
    def after(self) -> Token:
        """The word behind the next one."""
        if self._looked_at is None:
            self._looked_at = self._scan()
        return self._looked_at

    def take(self) -> Token:
        """The next word, which is left behind."""
        token = self.now
        if token.kind != "end":
            self.now, self._looked_at = self._looked_at or self._scan(), None
        return token

    def ahead(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What a pattern finds of the text from the next word on."""
        return None if self._looked_at else pattern.match(self._text, self._start)

    def pass_over(self, found: re.Match[str]) -> None:
        """Leave all behind that `ahead` has found."""
        self._line += found[0].count("\n")
        self._end = found.end()
        self.now = self._scan()

    def _scan(self) -> Token:
        text = self._text
        while match := _PATTERN.match(text, self._end):
            kind, place = match.lastgroup, match.lastindex or 0
            word = match[place]
            self._end = match.end()
            if kind != "skip":
                self._start = match.start(place)
                return Token(kind or "", word[1:-1] if kind == "string" else word, self._line)
            self._line += word.count("\n")
            if not word:  # the end matches nothing again and again
                self._start = self._end
                return Token("end", "", self._line)
        raise Abstains(f"line {self._line}: {text[self._end : self._end + 20].strip()!r}")

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
