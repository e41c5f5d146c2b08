"""Random programs whose meaning is known, read as users' are: what is read must be what was meant.

Each program is made of statements that know what they do, so the right distribution needs no reader.
Where the reading differs, the program is cut down to the least one that still differs, and printed.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal

from numpy.random import default_rng

from benchmarks import (
    _reading_objects,
    _reading_objects_cirq,
    _reading_objects_pennylane,
    _reading_objects_qiskit,
    _reading_openqasm2,
    _reading_openqasm3,
)
from benchmarks._reading_libraries import LIBRARIES, Reader
from benchmarks._reading_trees import Meaningless, Program, shrink
from benchmarks._report import Row, emit, parser
from qorum.circuits.intake import accept_text
from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.machine import TooLarge, distribution
from qorum.errors import InputRejected

LARGEST_DIFFERENCE = 1e-7
"""Probability by which two readings of one text may differ: arithmetic, not meaning."""

Outcome = Literal["right", "wrong", "refused", "too large"]


@dataclass(frozen=True)
class Tried:
    """What became of one program."""

    outcome: Outcome
    reason: str = ""

    @property
    def kind(self) -> str:
        """The reason without names and numbers."""
        return re.sub(r"'[^']*'|\d+", "…", self.reason)


def write(language: str, seed: int) -> Program:
    """The program of a seed."""
    return WRITERS[language](seed)


WRITERS: Mapping[str, Callable[[int], Program]] = {
    "openqasm2": lambda seed: _meaningful(_reading_openqasm2.Writer, 2, seed),
    "openqasm3": lambda seed: _meaningful(_reading_openqasm3.Writer, 3, seed),
    "cirq": lambda seed: _reading_objects_cirq.Writer(default_rng([4, seed])).program(),
    "pennylane": lambda seed: _reading_objects_pennylane.Writer(default_rng([5, seed])).program(),
    "qiskit": lambda seed: _reading_objects_qiskit.Writer(default_rng([6, seed])).program(),
}


def _meaningful(writer: Any, language: int, seed: int) -> Program:
    """The first program of this seed that means something: not one qubit twice, not a number too large."""
    for again in count():
        program = writer(default_rng([language, seed, again])).program()
        try:
            program.distribution()
        except (Meaningless, OverflowError):
            continue
        except TooLarge:
            pass
        return program
    raise AssertionError


def difference(right: Mapping[str, float], found: Mapping[str, float]) -> float:
    """Total variation distance."""
    return sum(abs(right.get(key, 0.0) - found.get(key, 0.0)) for key in {*right, *found}) / 2


def accepted(text: str) -> dict[str, float]:
    """What a text samples as a run reads it.

    Raises:
        CircuitRejected: it cannot be run.
    """
    return distribution(circuit_program(accept_text("program", text).circuit), 1e6)


FIRST: Mapping[str, Reader] = {
    "openqasm2": accepted,
    "openqasm3": accepted,
    "cirq": _reading_objects.read,
    "pennylane": _reading_objects.read,
    "qiskit": _reading_objects.read,
}
"""What reads the programs of each language in a run."""


def attempt(program: Program, read: Reader = accepted) -> Tried:
    """Read a program and compare what it samples with what it means.

    Raises:
        Meaningless: it lacks something that was cut away.
    """
    try:
        right = program.distribution()
    except TooLarge as error:
        return Tried("too large", str(error))
    try:
        found = read(program.text())
    except _reading_objects.Disputed as error:
        return Tried("wrong", f"right {_shown(right)}, {error}")
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        reason = error.reason if isinstance(error, InputRejected) else f"{type(error).__name__}: {error}"
        return Tried("refused", reason[:300])
    if difference(right, found) > LARGEST_DIFFERENCE:
        return Tried("wrong", f"right {_shown(right)}, read as {_shown(found)}")
    return Tried("right")


def _shown(values: Mapping[str, float]) -> str:
    best = sorted(values.items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{outcome}: {probability:.4f}" for outcome, probability in best)


def like(tried: Tried, program: Program, read: Reader = accepted) -> bool:
    """Whether a program, perhaps one that was cut, ends that way: wrong, or refused for that reason."""
    try:
        found = attempt(program, read)
        return found.outcome == tried.outcome and (found.outcome == "wrong" or found.kind == tried.kind)
    except (Meaningless, ValueError, KeyError, IndexError, ZeroDivisionError, OverflowError):
        return False


def main() -> int:
    """The command."""
    command = parser("reading", __doc__ or "")
    command.add_argument("--seeds", type=int, default=1000, help="programs of each language")
    command.add_argument("--first", type=int, default=0, help="the first seed")
    command.add_argument("--language", choices=WRITERS, action="append", help="default: all")
    command.add_argument("--finds", type=int, default=5, help="wrong programs shown, cut to their least")
    command.add_argument("--readers", action="store_true", help="other libraries' readers in turn, too")
    command.add_argument("--refused", action="store_true", help="show programs that are refused, too")
    asked = command.parse_args()
    rows: list[Row] = []
    seeds = range(asked.first, asked.first + asked.seeds)
    for language in asked.language or WRITERS:
        rows += examine(language, "", FIRST[language], seeds, asked.finds, asked.refused)
        for name, read in LIBRARIES.get(language, {}).items() if asked.readers else ():
            rows += examine(language, f" by {name}", read, seeds, asked.finds, asked.refused)
    return emit(rows, asked.json)


def examine(language: str, by: str, read: Reader, seeds: range, finds: int, show_refused: bool) -> list[Row]:
    """Try the programs of these seeds and print what is found."""
    counts, reasons = Counter[str](), Counter[str]()
    for seed in seeds:
        program = write(language, seed)
        tried = attempt(program, read)
        counts[tried.outcome] += 1
        first = tried.outcome == "refused" and show_refused and tried.kind not in reasons
        if tried.outcome == "refused":
            reasons[tried.kind] += 1
        if (tried.outcome == "wrong" and counts["wrong"] <= finds) or first:
            least = shrink(program, partial(like, tried, read=read))
            found = attempt(least, read).reason
            print(f"--- {language}{by}, seed {seed}: {tried.outcome}, {found}", file=sys.stderr)
            print(least.text(), file=sys.stderr)
    for reason, how_many in reasons.most_common(12):
        print(f"{how_many:6} refused: {reason}", file=sys.stderr)
    read_at_all = counts["right"] + counts["wrong"]
    goal = None if by else 0
    return [
        Row(f"{language}{by} / read wrongly", counts["wrong"], goal, "most", "programs", samples=read_at_all),
        Row(f"{language}{by} / refused", counts["refused"], None, "most", "programs", samples=len(seeds)),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
