"""Indices, ranges and index sets."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openqasm3 import ast

from qorum.circuits.openqasm3.problems import unreadable


def places(index: Any, size: int, integer: Callable[[Any], int], node: Any) -> int | tuple[int, ...]:
    """The places that an index names in a register of a size: one number, or several.

    Negative ones count from the end, in ranges and sets as well.

    Raises:
        Unreadable: a place outside the register, or none at all.
    """
    if isinstance(index, list):
        if len(index) != 1:
            raise unreadable("one index expected, found several; correct them", node)
        index = index[0]
    if isinstance(index, ast.DiscreteSet):
        return tuple(_place(integer(part), size, part) for part in index.values)
    if isinstance(index, ast.RangeDefinition):
        return _slice(index, size, integer, node)
    return _place(integer(index), size, node)


def steps(index: Any, integer: Callable[[Any], int], node: Any) -> range:
    """The numbers of `[start:step:end]`, both ends included.

    Raises:
        Unreadable: an end is missing, or the step is 0.
    """
    if index.start is None or index.end is None:
        raise unreadable("both ends of the range expected, found one or none; write them", node)
    step = 1 if index.step is None else integer(index.step)
    return _range(integer(index.start), step, integer(index.end), node)


def _range(start: int, step: int, end: int, node: Any) -> range:
    if step == 0:
        raise unreadable("a step other than 0 expected, found 0; correct the range", node)
    return range(start, end + (1 if step > 0 else -1), step)


def _slice(index: Any, size: int, integer: Callable[[Any], int], node: Any) -> tuple[int, ...]:
    step = 1 if index.step is None else integer(index.step)
    first, last = (0, size - 1) if step > 0 else (size - 1, 0)
    start = first if index.start is None else _place(integer(index.start), size, node)
    end = last if index.end is None else _place(integer(index.end), size, node)
    found = tuple(_range(start, step, end, node))
    if not found:
        raise unreadable("a range that names at least one place expected, found an empty one", node)
    return found


def _place(place: int, size: int, node: Any) -> int:
    if not -size <= place < size:
        raise unreadable(
            f"an index from {-size} to {size - 1} into a register of {size} expected, found {place}; "
            "correct it",
            node,
        )
    return place % size
