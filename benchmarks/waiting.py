"""`python -m benchmarks.waiting`: what it takes to watch the jobs of runs that wait for vendors.

Runs have submitted their jobs and ended; one watch, imported as its deployment has it, asks four model
vendors about them, in this process. Then all jobs are done at once.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

import flows.watch_jobs  # noqa: F401 - counted: the process that watches has it
from benchmarks._report import Row, emit, parser
from benchmarks._waiting_jobs import VENDORS, prepare
from blocks.job_results import stored_keys
from blocks.object_store import LocalFolder
from blocks.watching import Watch

MEGABYTE = 2**20
LOOK_SECONDS = 1.0
PATIENCE = 900.0


def memory() -> float:
    """Resident memory of this process in MiB."""
    return psutil.Process().memory_info().rss / MEGABYTE


def _silent(line: str) -> None:
    del line


def until(watch: Watch, condition: Callable[[], bool]) -> float:
    """Seconds that the watch takes until the condition holds."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(f"not so within {PATIENCE:g} s")
        watch.ask()
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - start


def measure(home: Path, runs: int, jobs_each: int) -> Iterator[Row]:
    """The rows of one installation that waits."""
    child = multiprocessing.get_context("spawn").Process(target=prepare, args=(home, runs, jobs_each))
    child.start()  # its memory is not the watch's
    child.join()
    jobs = runs * jobs_each
    store, before = LocalFolder(path=home / "store"), memory()
    watch = Watch(store, _silent)
    start = time.monotonic()
    watch.update()
    read_seconds = time.monotonic() - start
    asked = until(watch, lambda: all(one.times for one in watch.jobs.values()))
    processor = psutil.Process().cpu_times().user
    start = time.monotonic()
    until(watch, lambda: time.monotonic() - start > 30)
    busy = (psutil.Process().cpu_times().user - processor) / (time.monotonic() - start)
    waiting = memory()
    for vendor in VENDORS:
        (home / vendor / "open").touch()
    done = until(watch, lambda: all(one.has_ended for one in watch.jobs.values()))
    watch.close()
    stored = sum(len(stored_keys(f"run-{number}", store)) for number in range(runs))
    assert all(map(watch.is_ready, watch.runs.values()))

    def row(figure: str, value: float, goal: float | None, unit: str) -> Row:
        return Row(f"{jobs} jobs of {runs} runs / {figure}", value, goal, "most", unit, samples=1)

    yield row("memory of the process", memory(), 600, "MiB")
    yield row("of it before there were jobs", before, None, "MiB")
    yield row("while all wait", waiting, 600, "MiB")
    yield row("to read them", read_seconds, None, "s")
    yield row("until each was asked for", asked, None, "s")
    yield row("processor while all wait", busy, None, "of one core")
    yield row("until all results are stored, once all are done", done, None, "s")
    yield row("results that are missing", jobs - stored, 0, "jobs")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 where every goal is met."""
    command = parser("waiting", __doc__ or "")
    command.add_argument("--runs", type=int, default=200, help="that wait (default 200)")
    command.add_argument("--jobs", type=int, default=5, help="of each (default 5)")
    asked = command.parse_args(argv)
    os.environ["QORUM_BACKEND_MODULES"] = "tests.remote_backend"
    with tempfile.TemporaryDirectory() as home:
        runs = 10 if asked.quick else asked.runs
        return emit(list(measure(Path(home), runs, asked.jobs)), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
