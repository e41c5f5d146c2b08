"""Regions of a walk through a circuit: what is run as a whole, and how it is left early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qorum.circuits.flow_steps import Mark, Step
from qorum.circuits.refusal import NotCanonical

MAX_DEPTH = 40
"""Branches within one another; what reads circuits later, reads them recursively."""


class Leaves(Exception):
    """A loop is left from within a branch: what follows belongs into the branch."""


class Differs(Exception):
    """The ends of a branch differ in what cannot be told later: what follows belongs into it."""


@dataclass(frozen=True)
class Region:
    """What is run as a whole.

    Attributes:
        outermost: whether it is the circuit itself, outside all branches.
        after: all that follows it, as the regions around it have it.
        depth: branches around it.
    """

    outermost: bool = False
    after: tuple[Sequence[Step], ...] = ()
    depth: int = 0

    def branch(self, rest: Sequence[Step] = ()) -> Region:
        """A region within a branch, after which `rest` comes."""
        if self.depth >= MAX_DEPTH:
            raise NotCanonical(
                f"branches at most {MAX_DEPTH} deep expected once loops are written out, found deeper ones; "
                "leave loops earlier or compute fewer variables from measured bits"
            )
        return Region(False, (*self.after, list(rest)), self.depth + 1)


def skip(todo: list[Step], *, to_end: bool) -> None:
    """Goes on after the end of the round, or of the loop.

    Raises:
        Leaves: that lies outside this region.
    """
    while todo:
        step = todo.pop()
        if isinstance(step, Mark) and (step.ends_loop or not to_end):
            return
    raise Leaves
