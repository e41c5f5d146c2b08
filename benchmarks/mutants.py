"""What share of small faults the core's own tests find, in the files that a result or a payment hangs on.

Each mutant is one fault; the tests of its room are run against it in a copy of the tree. It is killed when
one of them fails or does not end. Mutants that behave as the original are listed by hand, with the reason,
and are told apart.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks._mutant_runs import ROOT, Runner
from benchmarks._mutants_equivalent import reason_of
from benchmarks._mutating import mutants
from benchmarks._report import Row, emit, parser
from qorum.results.analysis import wilson_interval

GOAL = 0.95
SEED = 20261130


@dataclass(frozen=True)
class Room:
    """A file, the tests that answer for it, and the one function that counts, where it is one."""

    file: str
    tests: tuple[str, ...]
    within: str = ""


def _room(file: str, *tests: str, within: str = "") -> Room:
    return Room(f"qorum/{file}.py", tuple(f"tests/qorum/{test}.py" for test in tests), within)


ROOMS = (
    _room(
        "results/consensus", *("results/test_majorities", "results/test_merging", "results/test_consensus")
    ),
    _room("results/overlap", "results/test_overlap"),
    _room(
        "runs/circuit_progress",
        *("runs/test_next_orders", "runs/test_circuit_progress", "runs/test_failures_told"),
    ),
    _room("ledger/budget", "ledger/test_budget"),
    _room("ledger/jobs", "ledger/test_jobs"),
    _room("ledger/limits", "ledger/test_monthly"),
    _room("ledger/monthly", "ledger/test_monthly"),
    _room("ledger/tokens", "ledger/test_tokens"),
    _room("training/checkpoints", "training/test_checkpoints"),
    _room("routing/ranking", "routing/test_slow_engines", "routing/test_ranking"),
    _room("routing/assignments", "routing/test_assignments", "routing/test_ranking"),
    _room(
        "circuits/digest",
        *("circuits/test_canonical_steps", "circuits/test_template_digest", "circuits/test_digest"),
    ),
    _room("backends", "test_seeds", within="derive_seed"),
    _room("statevector/shift_rules", "statevector/test_shift_rules"),
)


def measure(runner: Runner, room: Room, most: int, seed: int) -> Row:
    """The share of a seeded sample of a room's mutants that its tests kill; `extra` lists the others.

    Raises:
        RuntimeError: the tests fail without a fault, so that they would kill everything.
    """
    source = (ROOT / room.file).read_text()
    outcome, seconds = runner.run(room.file, source, room.tests, timeout=600)
    if outcome != "survived":
        raise RuntimeError(f"{room.file}: tests that pass expected, found {outcome} without a mutant")
    every = [mutant for mutant in mutants(source) if mutant.place.startswith(room.within)]
    chosen = sorted(random.Random(f"{seed}/{room.file}").sample(range(len(every)), min(most, len(every))))
    killed, timeouts, equivalent, survivors = 0, 0, list[dict[str, object]](), list[dict[str, object]]()
    for mutant in (every[i] for i in chosen):
        outcome, _ = runner.run(room.file, mutant.source, room.tests, timeout=60 + 5 * seconds)
        shown = {"line": mutant.line, "place": mutant.place, "before": mutant.before, "after": mutant.after}
        if outcome != "survived":
            killed += 1
            timeouts += outcome == "timeout"
        elif reason := reason_of(room.file, mutant):
            equivalent.append({**shown, "reason": reason})
        else:
            survivors.append(shown)
            print(f"survives: {room.file}:{mutant.line} {shown}", file=sys.stderr, flush=True)
    note = f"of {len(every)} mutants; {len(equivalent)} equivalent, {timeouts} killed by the time limit"
    extra = {"killed": killed, "survivors": survivors, "equivalent": equivalent}
    return _share(room.file, killed, killed + len(survivors), note, extra)


def _share(name: str, killed: int, counted: int, note: str, extra: dict[str, Any]) -> Row:
    value, interval = (killed / counted, wilson_interval(killed, counted, 0.95)) if counted else (None, None)
    return Row(name, value, GOAL, "least", "", interval, counted, note, extra)


def measured(rooms: Sequence[Room], most: int, seed: int) -> Iterator[Row]:
    """A row for each room, and one for all of them together."""
    killed, counted = 0, 0
    with Runner() as runner:
        for room in rooms:
            row = measure(runner, room, most, seed)
            print(f"{room.file}: {row.extra['killed']} of {row.samples} killed", file=sys.stderr, flush=True)
            killed += row.extra["killed"]
            counted += row.samples or 0
            yield row
    yield _share("all files", killed, counted, "", {"seed": seed})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rooms; the exit code tells whether every goal is met."""
    command = parser("mutants", __doc__ or "")
    command.add_argument("--mutants", type=int, default=40, help="at most so many of each file (40)")
    command.add_argument("--seed", type=int, default=SEED, help=f"of the sample ({SEED})")
    command.add_argument("--only", default="", help="parts of files' names, with commas between them")
    options = command.parse_args(arguments)
    rooms = [room for room in ROOMS if any(part in room.file for part in options.only.split(","))]
    if not rooms:
        files = ", ".join(room.file for room in ROOMS)
        command.error(f"--only: a part of one of {files} expected, found {options.only!r}")
    return emit(list(measured(rooms, 3 if options.quick else options.mutants, options.seed)), options.json)


if __name__ == "__main__":
    sys.exit(main())
