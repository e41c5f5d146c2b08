"""`python -m tests.faults.doomed_trainings KILLS SEED`: trainings killed by SIGKILL at random moments.

Each case is trained once without interruption and once by processes that are killed at random moments, each
going on where the last one was. Processes are forked from this one, so that a death costs milliseconds.
Prints one JSON object: a list of cases with what was found.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from blocks.datasets import load_dataset
from blocks.object_store import LocalFolder
from blocks.objectives import on_engine
from blocks.training_loop import Loop
from blocks.trainings import CheckpointChain, store_definition
from blocks.workloads import open_workload
from qorum.training.ansatze import build_ansatz
from qorum.training.definitions import TrainingDefinition
from qorum.training.graphs import graph_to_json, read_graph
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.history import History
from qorum.training.objective import Answer, Objective, Request

VQE = hamiltonian_to_json(read_hamiltonian("tfim:n=4,J=1,g=1"))
QAOA = graph_to_json(read_graph("ring:n=5"))
QNN_DATA = "moons?samples=60&noise=0.1&seed=0"
SETTINGS = {
    **{"components": 0, "batch_size": 16, "microbatches": 2, "precision": "float32"},
    **{"weight_decay": 0.001, "clip_norm": 1.0, "linear_layer": False},
}
OPTIMIZERS = {
    "adam?learning_rate=0.05": 120,
    "spsa?learning_rate=0.1": 120,
    "natural-gradient": 60,
    "rotosolve": 4,
    "lbfgs": 40,
    "scipy-cobyla": 120,
    "scipy-lbfgsb": 40,
}
"""Each optimizer with how many steps it is given."""

UNABLE = {("qnn", "rotosolve"), ("qnn", "natural-gradient")}
"""A classifier's loss is no trigonometric polynomial, and has no metric."""


@dataclass(frozen=True)
class Case:
    """One training."""

    kind: str
    optimizer: str
    shots: int
    checkpoint_every: int
    charges: bool

    def definition(self, training_id: str) -> TrainingDefinition:
        """Of this case, under some id."""
        problem: dict[str, Any] = {"vqe": VQE, "qaoa": QAOA}.get(self.kind) or {
            "source": QNN_DATA,
            "digest": load_dataset(QNN_DATA).digest,
            "settings": SETTINGS,
        }
        model = {"vqe": "hardware-efficient?layers=2", "qaoa": "qaoa?layers=2&start=random"}
        return TrainingDefinition(
            training_id=training_id,
            kind=self.kind,
            name=self.kind,
            problem=problem,
            model=model.get(self.kind, "reuploading?num_qubits=2&layers=2"),
            optimizer=self.optimizer,
            shots=self.shots,
            seed=7,
            max_steps=max(2, OPTIMIZERS[self.optimizer] // (4 if self.shots else 1)),
            backend="charging" if self.charges else "torch",
            max_cost_usd=1e6 if self.charges else 0.0,
            checkpoint_every=self.checkpoint_every,
        )


def cases() -> list[Case]:
    """Every kind with every optimizer, exact and sampled; checkpoints often or seldom, paid or free."""
    found = [
        (kind, optimizer, shots)
        for kind in ("vqe", "qaoa", "qnn")
        for optimizer in OPTIMIZERS
        for shots in (0, 64)
        if (kind, optimizer) not in UNABLE
    ]
    return [Case(*case, (0, 3)[place % 2], place % 4 in (0, 3)) for place, case in enumerate(found)]


class Noted:
    """An objective that notes each evaluation it has made; it evaluates as ever."""

    def __init__(self, objective: Objective, log: Path, delay: float) -> None:
        self._objective, self._log, self._delay = objective, log, delay

    @property
    def landscape(self) -> Any:
        return self._objective.landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        time.sleep(self._delay)  # so that deaths come in the midst of evaluations, too
        answer = self._objective.evaluate(request, seed)
        with self._log.open("a") as log:
            log.write(f"{os.getpid()} {seed}\n")
        return answer


def train(definition: TrainingDefinition, folder: Path, delay: float) -> None:
    """One process's part."""
    store = LocalFolder(path=folder / "store")
    workload = open_workload(definition, store)
    honest = workload._open
    log = folder / "evaluations.log"

    def noted(*asked: Any) -> Objective:
        backend, own = honest(*asked).answer.args  # what the executor asks unless the answer is stored
        return on_engine(Noted(own, log, delay), backend, workload.executor)

    object.__setattr__(workload, "_open", noted)
    store_definition(definition, store)
    loop = Loop(definition, workload, store, lambda _: None)
    loop.run()


def forked(work: Callable[[], None], is_due: Callable[[], bool]) -> bool:
    """Run in a child; kill it once that is due. Whether it was killed."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:  # a child returns nowhere, whatever happens
            os._exit(status)
    deadline = time.monotonic() + 300.0
    while not is_due() and time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if status:
                raise SystemExit(f"a training ended by itself with status {status}")
            return False
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def never() -> bool:
    """For a process that is left alone."""
    return False


def moment(chance: random.Random, folder: Path, total: int) -> Callable[[], bool]:
    """When to kill: some milliseconds after some evaluation, or some time after the start."""
    if chance.random() < 0.2:
        due = time.monotonic() + chance.uniform(0.0, 0.5)
        return lambda: time.monotonic() >= due
    first = made(folder)
    target, pause = chance.randrange(first, max(first + 1, 3 * total // 4)), chance.uniform(0.0, 0.004)
    reached: list[float] = []

    def is_due() -> bool:
        if not reached and made(folder) > target:
            reached.append(time.monotonic() + pause)
        return bool(reached) and time.monotonic() >= reached[0]

    return is_due


def stored(definition: TrainingDefinition, folder: Path) -> tuple[History, dict[str, Any]]:
    """History and state of the newest checkpoint."""
    store = LocalFolder(path=folder / "store")
    snapshot, refused = CheckpointChain(store, definition.training_id, definition.digest).newest_good()
    assert not refused, refused
    return (History(), {}) if snapshot is None else (snapshot.history, snapshot.state)


def kept(definition: TrainingDefinition, folder: Path) -> int:
    """Evaluations that must not be made again: those of the newest checkpoint, and all that were paid for."""
    history, _ = stored(definition, folder)
    paid = LocalFolder(path=folder / "store").list(f"results/{definition.training_id}/jobs/")
    return max(len(history), len(paid))


def seeds(folder: Path) -> list[int]:
    """Of the evaluations made so far, by all processes, in their order."""
    log = folder / "evaluations.log"
    return [int(line.split()[1]) for line in log.read_text().splitlines()] if log.exists() else []


def made(folder: Path) -> int:
    """How many evaluations so far, by all processes."""
    return len(seeds(folder))


def same(one: History, other: History) -> bool:
    """Whether two histories have the same bits in all but times."""
    return len(one) == len(other) and all(
        a.point.tobytes() == b.point.tobytes()
        and np.array([a.energy, a.variance, a.gradient_norm]).tobytes()
        == np.array([b.energy, b.variance, b.gradient_norm]).tobytes()
        and (a.step, a.shots, a.circuits) == (b.step, b.shots, b.circuits)
        for a, b in zip(one.rows, other.rows, strict=True)
    )


def try_case(case: Case, kills: int, chance: random.Random, folder: Path) -> dict[str, Any]:
    """Train with and without deaths, and compare."""
    definition = case.definition("doomed")
    whole, killed = folder / "whole", folder / "killed"
    whole.mkdir(parents=True)
    killed.mkdir()
    delay = 0.002
    start = time.monotonic()
    forked(lambda: train(definition, whole, delay), never)
    duration, order = time.monotonic() - start, seeds(whole)
    deaths, repeated, tries = 0, 0, 0
    while deaths < kills and tries < 5 * kills:
        tries += 1
        before, known = made(killed), set(order[: kept(definition, killed)])
        if before >= len(order):
            break
        deaths += forked(lambda: train(definition, killed, delay), moment(chance, killed, len(order)))
        repeated += sum(seed in known for seed in seeds(killed)[before:])
    before, known = made(killed), set(order[: kept(definition, killed)])
    forked(lambda: train(definition, killed, delay), never)
    repeated += sum(seed in known for seed in seeds(killed)[before:])
    history, state = stored(definition, killed)
    expected, final = stored(definition, whole)
    return {
        "case": f"{case.kind} {case.optimizer} {'sampled' if case.shots else 'exact'}",
        "deaths": deaths,
        "charged": case.charges,
        "same sequence": same(history, expected),
        "same result": repr(state["training"]["best"]) == repr(final["training"]["best"]),
        "evaluations": len(expected),
        "made": made(killed),
        "kept ones made again": repeated,
        "seconds": round(duration, 2),
    }


def main() -> None:
    """All cases with at least one death each, KILLS in all."""
    kills, seed = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    os.environ["QORUM_BACKEND_MODULES"] = "tests.charging_backend"
    chance, all_cases = random.Random(seed), cases()
    build_ansatz("hardware-efficient", read_hamiltonian("tfim:n=4"), 0)
    shares = [kills // len(all_cases) + (place < kills % len(all_cases)) for place in range(len(all_cases))]
    found = []
    for case, share in zip(all_cases, shares, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            found.append(try_case(case, share, chance, Path(folder)))
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
