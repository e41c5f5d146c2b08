"""`for` loops of OpenQASM 3 that index registers, written out in the text.

The parser behind this takes a loop's variable as an angle but not as an index. Loops without such an
index are unrolled after parsing (`loops`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qorum.circuits.statements import line_of
from qorum.errors import CircuitRejected

_FOR = re.compile(
    r"\bfor\s+\w+\s*(?:\[\s*\d+\s*\]\s*)?\b(\w+)\s+in\s*(?:\[([^\[\]]*)\]|\{([^{}]*)\})\s*\{", re.ASCII
)
_INTEGER = re.compile(r"\s*\(?\s*(-?\s*\d{1,18})\s*\)?\s*", re.ASCII)


def write_out_loops(name: str, code: str, limit: int) -> str:
    """The code, which holds no comments, with those loops replaced by their rounds.

    Lines keep their numbers: the rounds after the first stand on the line where the loop ends. Loops
    over anything but plain numbers, or left early, stay for the parser to judge.

    Args:
        name: what the user calls the circuit.
        code: OpenQASM 3.
        limit: most characters of the result.

    Raises:
        CircuitRejected: the result would be longer.
    """
    position = 0
    while loop := _FOR.search(code, position):
        position = loop.start()
        end = _closing(code, loop.end())
        body = code[loop.end() : end]
        values = _values(loop[2], loop[3])
        if values is None or not _indexes(body, loop[1]):
            position = loop.end()
            continue
        if _length(values) * (len(body) + 1) + len(code) > limit:
            reason = f"loops of at most {limit:,} characters once written out expected, found a longer one"
            raise CircuitRejected(name, f"{reason}; shorten it", line_of(code, position))
        variable = re.compile(rf"\b{loop[1]}\b", re.ASCII)
        rounds = [variable.sub(f"({value})" if value < 0 else str(value), body) for value in values]
        flat = [text.replace("\n", " ") for text in rounds[1:]] if rounds else []
        head = "\n" * loop.group().count("\n")
        kept = rounds[0] if rounds else "\n" * body.count("\n")
        code = code[:position] + head + " ".join([kept, *flat]) + code[end + 1 :]
    return code


def _closing(code: str, start: int) -> int:
    """Position of the brace that closes the block begun just before `start`; the end if none does."""
    depth = 1
    for brace in re.finditer(r"[{}]", code[start:]):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return start + brace.start()
    return len(code)


def _values(bounds: str | None, listed: str | None) -> Sequence[int] | None:
    """The values of `[first:last]`, `[first:step:last]` (last included) or `{a, b, ...}`."""
    found = [_INTEGER.fullmatch(part) for part in (bounds or listed or "").split("," if listed else ":")]
    numbers = [int(number[1].replace(" ", "")) for number in found if number]
    if len(numbers) < len(found):
        return None
    if listed is not None:
        return numbers
    if len(numbers) not in (2, 3) or 0 in numbers[1:-1]:
        return None
    step = numbers[1] if len(numbers) == 3 else 1
    return range(numbers[0], numbers[-1] + (1 if step > 0 else -1), step)


def _length(values: Sequence[int]) -> int:
    """`len`, which for ranges beyond the machine's words overflows."""
    if isinstance(values, range):
        return max(0, -((values.start - values.stop) // values.step))
    return len(values)


def _indexes(body: str, variable: str) -> bool:
    """Whether the variable stands in an index, and nothing in the body forbids to write it out."""
    if re.search(rf"\b(?:break|continue|for\s+\w+\s+{variable})\b", body, re.ASCII):
        return False
    return re.search(rf"\[[^\[\];]*\b{variable}\b", body, re.ASCII) is not None
