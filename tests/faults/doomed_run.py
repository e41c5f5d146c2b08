"""`python -m tests.faults.doomed_run STAGE CIRCUIT…`: runs the flow and dies by SIGKILL after a stage.

Death comes through Prefect's own state hook: it fires when a task run of that stage has completed.
Every batch that a backend runs leaves its token in `$QORUM_HOME/executions.log`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit

import tasks.agree
import tasks.analyze
import tasks.checkpoint
import tasks.compile
import tasks.execute
import tasks.route
import tasks.track
import tasks.validate
from blocks.backends import backend_types
from flows.run_circuits import run_circuits
from qorum.counts import Counts

STAGES = {
    "define": tasks.checkpoint.define,
    "validate": tasks.validate.validate,
    "route": tasks.route.route,
    "compile": tasks.compile.compile_orders,
    "first batch": tasks.execute.execute,
    "execute": tasks.execute.execute,
    "agree": tasks.agree.agree,
    "analyze": tasks.analyze.analyze,
    "track": tasks.track.track,
    "checkpoint": tasks.checkpoint.checkpoint,
}


BATCHES = 3
"""Batches of the run: one for each backend."""


def die_after(completions: int) -> Callable[..., None]:
    """A state hook that kills this process the `completions`-th time that it is called."""
    called: list[None] = []

    def die(*_: Any) -> None:
        called.append(None)
        if len(called) == completions:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def count_executions(log: Path) -> None:
    """Have every backend note each batch that it runs; the batch itself runs as ever."""
    for kind in backend_types().values():
        honest = kind.run

        def noted(
            self: Any,
            circuits: Sequence[QuantumCircuit],
            shots: int,
            seeds: Sequence[int],
            honest: Any = honest,
        ) -> list[Counts]:
            with log.open("a") as file:
                file.write(f"{os.getpid()} {self.backend_name}:{'-'.join(map(str, seeds))}\n")
            return honest(self, circuits, shots, seeds)

        kind.run = noted


def main() -> None:
    stage, circuits = sys.argv[1], sys.argv[2:]
    home = Path(os.environ["QORUM_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    count_executions(home / "executions.log")
    if stage:
        STAGES[stage].on_completion_hooks.append(die_after(BATCHES if stage == "execute" else 1))
    report = asyncio.run(
        run_circuits(circuits, replicas=BATCHES, experiment_id="doomed", seed=7, shots=200, dispatch="inline")
    )
    json.dump(dict(report), sys.stdout)


if __name__ == "__main__":
    main()
