"""Hybrid training: how near it comes to known answers, how fast a step is, what checkpoints cost.

Every training goes through what the flows use: a definition, its workload, an optimizer and our own engine,
on one thread. Speed is compared with PennyLane on lightning.qubit in turns within one process, by CPU time.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks._report import Row, emit, parser
from benchmarks.statevector import on_one_thread

FAMILIES = {
    "accuracy": "_training_accuracy:accuracy",
    "qaoa": "_training_accuracy:qaoa",
    "qnn": "_training_qnn:rows",
    "steps": "_training_steps:steps",
    "checkpoints": "_training_checkpoints:cost",
    "growth": "_training_checkpoints:growth",
}
"""Rows by the name that `--only` takes: where they are made."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the families asked for; the exit code tells whether every goal is met."""
    command = parser("training", __doc__ or "")
    command.add_argument("--only", metavar="NAME,…", help=f"some of {', '.join(FAMILIES)}")
    options = command.parse_args(arguments)
    chosen = options.only.split(",") if options.only else list(FAMILIES)
    if unknown := [name for name in chosen if name not in FAMILIES]:
        command.error(f"--only: some of {', '.join(FAMILIES)} expected, found {', '.join(unknown)}")
    rows = [row for name in chosen for row in _rows(name, quick=options.quick)]
    return emit(rows, options.json)


def _rows(name: str, *, quick: bool) -> list[Row]:
    from benchmarks._interleaved import Options, load, say

    module, _, function = FAMILIES[name].partition(":")
    start, before = time.perf_counter(), load()
    make = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    rows: list[Row] = list(make(Options(quick=quick)))
    say(f"{name}: {time.perf_counter() - start:.0f} s, {before} before, {load()} after")
    taken = {"taken": datetime.now(UTC).isoformat(timespec="seconds"), "load before": before}
    for row in rows:
        row.extra.update(taken)
    return rows


if __name__ == "__main__":
    on_one_thread("training")
    import torch

    torch.set_num_threads(1)
    sys.exit(main())
