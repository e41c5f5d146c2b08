"""What pydantic finds wrong with given values, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError


@dataclass(frozen=True)
class Fault:
    """One value that cannot be.

    Attributes:
        place: names and indices that lead to it; empty where it is of the whole.
        kind: pydantic's name of the fault, e.g. `extra_forbidden`.
        expected: what was expected, as a sentence that is not ended.
        found: what was given.
        bounds: figures of the fault, by name, e.g. `min_length`.
    """

    place: tuple[int | str, ...]
    kind: str
    expected: str
    found: Any
    bounds: Mapping[str, Any]

    @property
    def is_unknown(self) -> bool:
        """Whether nothing of that name is known."""
        return self.kind == "extra_forbidden"


def faults_of(error: ValidationError) -> list[Fault]:
    """All that is wrong, in pydantic's order."""
    return [
        Fault(
            place=fault["loc"],
            kind=fault["type"],
            expected=_expected(fault["type"], fault["msg"]),
            found=fault["input"],
            bounds=fault.get("ctx", {}),
        )
        for fault in error.errors(include_url=False)
    ]


def _expected(kind: str, message: str) -> str:
    return "no such setting" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
