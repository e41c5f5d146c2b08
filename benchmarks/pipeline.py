"""The whole pipeline against a plain loop that loads, compiles and runs the same circuits.

Both run in one process, in turn, with the same backend classes, targets, optimization level and shots,
on the same cores; neither pins threads (what the libraries do by themselves, both get). The pipeline is
the flow `run_circuits` with everything it does besides: guards, routing, storage, consensus, analysis,
MLflow, Prefect. Not counted, but told: starting the Prefect server, importing the libraries, making
MLflow's tables, starting the child processes.

The loop comes in two kinds: `compiles once` for all backends (the stronger one, which goals are held
to), and `compiles for each` backend, as one writes it with three libraries.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks._processes import cpu_seconds, peak_gib
from benchmarks._report import Row, emit, parser
from benchmarks._server import prefect_server
from benchmarks._workload import circuit_texts
from qorum.runs.report import RunReport

SHOTS = 1024
COLD_GOAL, WARM_GOAL = 1.10, 0.70
LOOP_ONCE, LOOP_EACH, COLD, WARM = "loop that compiles once", "loop that compiles for each", "cold", "warm"
GROWTH = (100, 5000)
WARMING = 200
"""Circuits that warm up both sides: as many as start every process that a large run uses."""


@dataclass
class Measured:
    """Seconds of each round, by what was run, and what else the pipeline told."""

    circuits: int
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    stages: dict[str, list[dict[str, float]]] = field(default_factory=dict[str, list[dict[str, float]]])
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    shots: int = 0
    cpu_seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    peak_gib: dict[str, float] = field(default_factory=dict[str, float])

    def note(self, what: str, seconds: float, cpu: float, stages: dict[str, float]) -> None:
        self.seconds.setdefault(what, []).append(seconds)
        self.cpu_seconds.setdefault(what, []).append(cpu)
        self.stages.setdefault(what, []).append(stages)
        spent = "  ".join(f"{stage} {value:.2f}" for stage, value in stages.items())
        told = f"{self.circuits} circuits, {what}: {seconds:.2f} s, CPU {cpu:.2f} s  ({spent})"
        print(told, file=sys.stderr, flush=True)

    def ratio(self, one: str, other: str) -> list[float]:
        """Of each round: the two were run one after the other."""
        return [a / b for a, b in zip(self.seconds[one], self.seconds[other], strict=True)]


def measure(circuits: int, names: Sequence[str], rounds: int, home: Path) -> Measured:
    """All four in turn, `rounds` times; every other round the other way round."""
    from benchmarks._plain_loop import plain_loop
    from blocks.backends import load_backend

    texts, backends = circuit_texts(circuits), [load_backend(name) for name in names]
    found = Measured(circuits)
    for number in range(rounds):
        store = home / f"store-{circuits}-{number}"
        loops: list[Callable[[], None]] = []
        for what, share in ((LOOP_ONCE, True), (LOOP_EACH, False)):

            def loop(what: str = what, share: bool = share) -> None:
                cpu = cpu_seconds()
                run = plain_loop(texts, backends, SHOTS, share=share)
                found.note(what, run.total, cpu_seconds() - cpu, run.seconds)

            loops.append(loop)
        loops = loops if number % 2 == 0 else loops[::-1]
        loops[0]()
        _pipeline(found, COLD, texts, names, store, f"cold-{circuits}-{number}")
        loops[1]()
        _pipeline(found, WARM, texts, names, store, f"warm-{circuits}-{number}")
    found.peak_gib = peak_gib()
    return found


def _pipeline(
    found: Measured, what: str, texts: list[str], names: Sequence[str], store: Path, experiment_id: str
) -> None:
    from blocks.inputs import store_inputs
    from blocks.object_store import open_store

    os.environ["QORUM_STORE"] = str(store)
    started, cpu = time.perf_counter(), cpu_seconds()
    named = {f"circuit-{number}.qasm": text for number, text in enumerate(texts)}
    report = _run_flow(store_inputs(named, open_store()), names, experiment_id)
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    found.statuses = dict(report.totals.statuses)
    found.shots = report.totals.shots
    found.note(what, seconds, cpu, _stages(experiment_id))


def _run_flow(circuits: list[str], names: Sequence[str], experiment_id: str) -> RunReport:
    from flows.run_circuits import run_circuits

    findings = asyncio.run(
        run_circuits(
            circuits,
            shots=SHOTS,
            replicas=len(names),
            backends=list(names),
            experiment="benchmark",
            experiment_id=experiment_id,
            dispatch="inline",
        )
    )
    return findings.report


def _stages(experiment_id: str) -> dict[str, float]:
    """Seconds by stage, as MLflow has them."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=os.environ["MLFLOW_TRACKING_URI"])
    known = client.get_experiment_by_name("benchmark")
    assert known is not None
    (run,) = client.search_runs(
        [known.experiment_id], filter_string=f"tags.`qorum.experiment_id` = '{experiment_id}'"
    )
    metrics = run.data.metrics
    return {
        name.removeprefix("seconds."): value for name, value in metrics.items() if name.startswith("seconds.")
    }


def warm_up(names: Sequence[str], home: Path) -> float:
    """Import everything and run a little of it, for loop and pipeline alike; the seconds it took."""
    started = time.perf_counter()
    measure(WARMING, names, 1, home)
    return time.perf_counter() - started


def rows(found: Measured, *, judged: bool) -> list[Row]:
    """The figures of one number of circuits."""
    count = found.circuits
    many = f"{count:,} circuits"
    rounds = len(found.seconds[COLD])

    def ratio(what: str, loop: str, goal: float | None) -> Row:
        ratios = found.ratio(what, loop)
        name = f"{many} / {what} cache over the {loop}"
        extra = {"rounds": [round(value, 4) for value in ratios]}
        return Row(name, median(ratios), goal, "most", "×", samples=rounds, extra=extra)

    def seconds(what: str) -> Row:
        pipeline = what in (COLD, WARM)
        name = f"{many} / {'pipeline, ' if pipeline else ''}{what}{' cache' if pipeline else ''}"
        stages = found.stages[what]
        mean = {stage: round(median(run.get(stage, 0.0) for run in stages), 3) for stage in stages[0]}
        took = median(found.seconds[what])
        told = ", ".join(f"{stage} {value:.2f}" for stage, value in mean.items())
        note = f"{count / took:.0f} circuits/s ({told})"
        return Row(
            name,
            took,
            unit="s",
            samples=rounds,
            note=note,
            extra={
                "seconds": [round(value, 3) for value in found.seconds[what]],
                "seconds_by_stage": mean,
                "circuits_per_second": round(count / took, 2),
                "cpu_seconds": [round(value, 3) for value in found.cpu_seconds[what]],
            },
        )

    agreed = ", ".join(f"{value} {status}" for status, value in found.statuses.items())
    return [
        ratio(COLD, LOOP_ONCE, COLD_GOAL if judged else None),
        ratio(WARM, LOOP_ONCE, WARM_GOAL if judged else None),
        ratio(COLD, LOOP_EACH, None),
        ratio(WARM, LOOP_EACH, None),
        *(seconds(what) for what in (LOOP_ONCE, LOOP_EACH, COLD, WARM)),
        *(
            Row(f"{many} / peak memory so far, {what}", value, unit="GiB", note=note)
            for (what, value), note in zip(
                found.peak_gib.items(),
                ("the loop and Prefect's client included", "the Prefect server included"),
                strict=True,
            )
        ),
        Row(
            f"{many} / circuits agreed",
            found.statuses.get("agreed", 0) / count,
            note=f"{agreed}; {found.shots:,} shots over all backends, {count * SHOTS:,} asked of each",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; the exit code tells whether every goal is met."""
    command = parser("pipeline", __doc__ or "")
    command.add_argument("--circuits", type=int, default=1000, metavar="N", help="(%(default)s)")
    command.add_argument("--backends", default="torch,aer,pennylane", metavar="A,B", help="(%(default)s)")
    command.add_argument("--rounds", type=int, default=3, metavar="N", help="(%(default)s)")
    command.add_argument("--growth", action="store_true", help="also 100 and 5,000 circuits, one round each")
    options = command.parse_args(arguments)
    names = options.backends.split(",")
    sizes = {options.circuits: 1 if options.quick else options.rounds}
    if options.growth:
        sizes |= {size: 1 for size in GROWTH if size not in sizes}
    with tempfile.TemporaryDirectory(prefix="qorum-benchmark-") as folder, prefect_server(Path(folder)) as up:
        home = Path(folder)
        os.environ["QORUM_HOME"] = str(home)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{home / 'mlflow.db'}"
        warming = warm_up(names, home)
        found = {size: measure(size, names, sizes[size], home) for size in sorted(sizes)}
    told = [row for size, one in found.items() for row in rows(one, judged=size == options.circuits)]
    told += [
        Row("not counted / Prefect server's start", up, unit="s"),
        Row("not counted / imports, MLflow's tables, children, first circuits", warming, unit="s"),
    ]
    return emit(told, options.json)


if __name__ == "__main__":
    sys.exit(main())
