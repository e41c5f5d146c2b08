"""What stops the reading of a program, and what the reader is asked to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qorum.circuits.parse_errors import Unreadable


class Split(Exception):
    """The statement needs the value of a measured bit: it is to be read once for each value of it."""

    def __init__(self, bit: int) -> None:
        super().__init__(bit)
        self.bit = bit


class TooSmall(Exception):
    """Branches differ in more than can be joined again here; they are to be joined further on."""


def unreadable(reason: str, node: Any = None) -> Unreadable:
    """The refusal of a part of the syntax tree, with its line."""
    span = getattr(node, "span", None)
    return Unreadable(reason, span.start_line if span else None)


def need(bits: Iterable[int]) -> Split:
    """The wish to know the first of the measured bits."""
    return Split(min(bits))
