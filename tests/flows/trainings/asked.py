"""What the tests of training flows ask for, and what they compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blocks.object_store import open_store
from blocks.training_loop import Loop
from blocks.trainings import find_definition
from blocks.workloads import open_workload

CHAIN = "tfim:n=2,J=1,g=1"


EXACT = -(5**0.5)
"""Of an open chain of two spins: -√(1 + 4)."""


SMALL = {"hamiltonian": CHAIN, "ansatz": "hardware-efficient?layers=1", "checkpoint_every": 1}


ADAM = {**SMALL, "optimizer": "adam?learning_rate=0.1"}


SPSA = {**SMALL, "optimizer": "spsa", "shots": 64}


def sequence(report: Any) -> list[tuple[Any, ...]]:
    """Steps, energies and gradients of a report, with all their digits."""
    return [(row["step"], row["energy"], row["gradient_norm"], row["shots"]) for row in report["history"]]


def without_appraisal(rest: Any, part: Any, *, estimated: bool) -> list[tuple[Any, ...]]:
    """The sequence without the estimate of the result that ended its first part."""
    last = len(part["history"]) - 1
    return [row for place, row in enumerate(sequence(rest)) if not estimated or place != last]


def opened(training_id: str, warn: Callable[[str], None] = lambda _: None) -> Loop:
    """A process that runs a training."""
    store = open_store()
    definition = find_definition(training_id, store)
    workload = open_workload(definition, store)
    return Loop(definition, workload, store, warn)
