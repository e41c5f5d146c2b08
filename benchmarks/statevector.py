"""Qorum's statevector engine side by side with qsim, lightning.qubit, qulacs and Aer.

One thread, medians of CPU time, all engines in turns within one run, and ratios taken within each
round. Our figure includes lowering of the `QuantumCircuit`, planning and binding unless the row
says `plan cached`. The peers are treated generously: each is given its own native circuit, built
beforehand, and leaves its own state in its own memory. States are compared before anything is timed.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks._report import Row, emit, parser

FAMILIES = {
    "qft": "_statevector_single:qft",
    "grover": "_statevector_single:search",
    "hea": "_statevector_single:ansatz",
    "volume": "_statevector_single:volume",
    "small": "_statevector_single:small",
    "batches": "_statevector_batches:batches",
    "gradient": "_training_energy:gradient",
    "memory": "_training_energy:memory",
    "threads": "_statevector_threads:threads",
    "router": "_statevector_router:router",
    "cuda": "_statevector_cuda:cuda",
}
"""Rows by the name that `--only` takes: where they are made."""

THREAD_SETTINGS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def on_one_thread(benchmark: str) -> None:
    """Start a benchmark again with one thread set, for libraries read these settings when they are loaded."""
    if any(os.environ.get(setting) != "1" for setting in THREAD_SETTINGS):
        environment = {**os.environ, **dict.fromkeys(THREAD_SETTINGS, "1")}
        command = [sys.executable, "-m", f"benchmarks.{benchmark}", *sys.argv[1:]]
        os.execve(sys.executable, command, environment)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the families asked for; the exit code tells whether every goal is met."""
    command = parser("statevector", __doc__ or "")
    command.add_argument("--only", metavar="NAME,…", help=f"some of {', '.join(FAMILIES)}")
    command.add_argument("--device", default="cpu", help="where the family cuda runs: cpu (skips it) or cuda")
    options = command.parse_args(arguments)
    chosen = options.only.split(",") if options.only else list(FAMILIES)
    if unknown := [name for name in chosen if name not in FAMILIES]:
        command.error(f"--only: some of {', '.join(FAMILIES)} expected, found {', '.join(unknown)}")
    rows = [row for name in chosen for row in _rows(name, quick=options.quick, device=options.device)]
    return emit(rows, options.json)


def _rows(name: str, *, quick: bool, device: str) -> list[Row]:
    from benchmarks._interleaved import Options, load, say

    module, _, function = FAMILIES[name].partition(":")
    start, before = time.perf_counter(), load()
    make = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    rows: list[Row] = list(make(Options(quick=quick, device=device)))
    say(f"{name}: {time.perf_counter() - start:.0f} s, {before} before, {load()} after")
    taken = {"taken": datetime.now(UTC).isoformat(timespec="seconds"), "load before": before}
    for row in rows:
        row.extra.update(taken)
    return rows


if __name__ == "__main__":
    on_one_thread("statevector")
    import torch

    torch.set_num_threads(1)
    sys.exit(main())
