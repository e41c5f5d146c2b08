"""What it costs that a training can be killed at any moment: time for checkpoints, bytes, time to resume."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks._interleaved import Options, load, say
from benchmarks._report import Row
from benchmarks._training_runs import define, hamiltonian
from blocks.object_store import LocalFolder
from blocks.training_loop import Loop
from blocks.trainings import CheckpointChain, store_definition
from blocks.workloads import open_workload
from qorum.errors import TrainingHalted
from qorum.training.definitions import TrainingDefinition

FOREVER = 1_000_000
UNTIRING = "adam?value_tolerance=0&gradient_tolerance=0"


def cost(options: Options) -> Iterator[Row]:
    """The share of wall time that checkpoints take in a local folder, by default and every 10 evaluations."""
    seconds = 3.0 if options.quick else 15.0
    problem = hamiltonian("tfim:n=12,g=1")
    for every, goal in ((0, 0.02), (10, None)):
        definition = define(problem, "hardware-efficient?layers=4", UNTIRING, max_steps=FOREVER)
        with tempfile.TemporaryDirectory() as folder:
            loop, wall = _run_for(seconds, definition, Path(folder), every)
        evaluating = float(loop.history.column("seconds_quantum").sum())
        note = (
            f"{loop.checkpoint_seconds:.3f} s of {wall:.1f} s, {len(loop.history)} evaluations of TFIM-12"
            f" (wall, {load()}); {100 * evaluating / wall:.1f} % of the time went into evaluations, the rest"
            " into the optimizer, the look for orders and the signs of life"
        )
        how = f"every {every} evaluations" if every else "by default"
        yield Row(
            f"checkpoints {how} / share of the time", loop.checkpoint_seconds / wall, goal, "most", note=note
        )


def _run_for(seconds: float, definition: TrainingDefinition, folder: Path, every: int) -> tuple[Loop, float]:
    paced = definition.model_copy(update={"checkpoint_every": every})
    loop = _loop(paced, LocalFolder(path=folder))
    timer = threading.Timer(seconds, loop.stop.set)
    start = time.perf_counter()
    timer.start()
    with suppress(TrainingHalted):  # as a user's SIGTERM ends it
        loop.run()
    return loop, time.perf_counter() - start


def _loop(definition: TrainingDefinition, store: LocalFolder) -> Loop:
    store_definition(definition, store)
    workload = open_workload(definition, store)
    return Loop(definition, workload, store, say)


def growth(options: Options) -> Iterator[Row]:
    """For information: how checkpoints, their store and the time to resume grow with the evaluations."""
    problem = hamiltonian("tfim:n=4,g=1")
    with tempfile.TemporaryDirectory() as folder:
        store = LocalFolder(path=Path(folder))
        for evaluations in (100, 1000) if options.quick else (1000, 10_000):
            definition = define(
                problem, "hardware-efficient?layers=1", UNTIRING, max_steps=evaluations, training_id="growth"
            )
            start = time.perf_counter()
            _loop(definition, store).run()
            wall = time.perf_counter() - start
            yield from _sizes(definition, store, Path(folder), f"ran for {wall:.1f} s")
            start = time.perf_counter()
            loop = _loop(definition, store)
            note = (
                f"from the store to a training that goes on, {loop.resumed_at:,} evaluations in its history"
            )
            name = f"after {evaluations:,} evaluations / time to resume"
            yield Row(name, 1e3 * (time.perf_counter() - start), unit="ms", note=note)


def _sizes(definition: TrainingDefinition, store: LocalFolder, folder: Path, note: str) -> Iterator[Row]:
    snapshot, refused = CheckpointChain(store, definition.training_id, definition.digest).newest_good()
    assert snapshot is not None
    assert not refused
    manifest, evaluations = snapshot.manifest, snapshot.manifest.evaluations
    whole = snapshot.part.size + manifest.state.size + sum(part.size for part in manifest.history)
    parameters = len(snapshot.history.rows[-1].point)
    told = f"manifest, state and {len(manifest.history)} segments of history; {whole / evaluations:.0f} bytes"
    told += f" an evaluation of {parameters} parameters"
    yield Row(f"after {evaluations:,} evaluations / checkpoint", whole / 1024, unit="KiB", note=told)
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    name = f"after {evaluations:,} evaluations / store"
    yield Row(name, sum(files) / 1024, unit="KiB", note=f"{len(files)} objects; {note}")
