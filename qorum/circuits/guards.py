"""What is looked at in a text before any parser sees it: size, characters, and how much it stands for.

The parsers behind this take what they are given: a register of 10^9 qubits, gates that double
thirty times, brackets 10^4 deep end in minutes, gigabytes or a dead process. The guards estimate
from above and from the text alone, in one pass over its statements.
"""

from __future__ import annotations

import re

from qorum.circuits.spec import Language
from qorum.circuits.statements import StatementScan, line_of, without_comments
from qorum.errors import CircuitRejected

MAX_BYTES = {"openqasm2": 4 << 20, "openqasm3": 384 << 10}
"""Largest text; the parser of OpenQASM 3 takes about 17 µs for each byte, that of 2 about 0.2 µs."""

_HEADER = re.compile(r"\s*OPENQASM\s+(\d+)(?:\.(\d+))?\s*;", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # surrogates: no characters
_INVISIBLE = re.compile(r"[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def decode_text(name: str, data: str | bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file with `\\n` between lines, and warnings about what was taken off.

    Raises:
        CircuitRejected: too long for any language, not UTF-8, empty, or control characters in it.
    """
    limit = max(MAX_BYTES.values())
    if len(data) > limit:
        raise CircuitRejected(name, _too_long(limit, len(data)))
    if isinstance(data, bytes):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise CircuitRejected(name, "OpenQASM text in UTF-8 expected, found other bytes", line) from None
    else:
        text = data
    warnings: tuple[str, ...] = ()
    if text.startswith("\ufeff"):
        text, warnings = text[1:], ("the byte order mark at the start was ignored",)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise CircuitRejected(name, "OpenQASM text expected, found an empty file")
    _check_characters(name, text)
    return text, warnings


def _check_characters(name: str, text: str) -> None:
    found = _CONTROL.search(text)
    if found:
        code = f"U+{ord(found.group()):04X}"
        reason = f"text expected, found the control character {code}; is this a binary file?"
        raise CircuitRejected(name, reason, line_of(text, found.start()))
    found = None if text.isascii() else _INVISIBLE.search(text)
    if found:
        code = f"U+{ord(found.group()):04X}"
        reason = f"visible text expected, found {code}, which can hide or reorder what is shown; remove it"
        raise CircuitRejected(name, reason, line_of(text, found.start()))


def check_text(name: str, text: str) -> tuple[Language, str]:
    """The language of a text that is small and flat enough, and what of it to give to the parser.

    A text without a first line that says so is OpenQASM 3, as its specification has it.

    Raises:
        CircuitRejected: an unknown header, or one of the limits of this module is passed.
    """
    code = without_comments(text)
    if not code.strip():
        raise CircuitRejected(name, "OpenQASM text expected, found nothing but comments")
    header = _HEADER.match(code)
    if header is None:
        if len(text) > MAX_BYTES["openqasm3"]:
            raise CircuitRejected(name, _too_long(MAX_BYTES["openqasm3"], len(text)))
        StatementScan(name, code, "openqasm3").run(0)
        return "openqasm3", text
    version = f"{header[1]}.{header[2] or 0}"
    languages: dict[str, Language] = {"2.0": "openqasm2", "3.0": "openqasm3", "3.1": "openqasm3"}
    if version not in languages:
        reason = f"OpenQASM 2.0, 3.0 or 3.1 expected, found {version}"
        raise CircuitRejected(name, reason, line_of(code, header.start(1)))
    language = languages[version]
    if len(text) > MAX_BYTES[language]:
        raise CircuitRejected(name, _too_long(MAX_BYTES[language], len(text)))
    StatementScan(name, code, language).run(header.end())
    return language, text


def _too_long(limit: int, found: int) -> str:
    return f"at most {limit / 2**20:g} MiB of text expected, found {found / 2**20:.1f}; split the circuit"
