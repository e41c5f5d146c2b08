"""How every benchmark reports: rows with goals, the machine and the versions, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

PACKAGES = (
    *("numpy", "scipy", "torch", "qiskit", "qiskit-aer", "cirq-core", "qsimcirq", "qulacs"),
    *("pennylane", "pennylane-lightning", "amazon-braket-sdk", "prefect", "mlflow"),
)


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured, e.g. `noisy trio / accepted whole`.
        value: the figure; None where it could not be taken (say why in `note`).
        goal: what it is held to; None where it is told for information.
        at: whether the goal is a least or a most.
        unit: of value and goal; a share of 1 where empty.
        interval: 95 % interval of the value, where it is an estimate.
        samples: trials or repetitions behind it.
        note: what a reader needs to judge it.
    """

    name: str
    value: float | None
    goal: float | None = None
    at: Literal["least", "most"] = "least"
    unit: str = ""
    interval: tuple[float, float] | None = None
    samples: int | None = None
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one. A figure that could not be taken misses it."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.goal if self.at == "least" else self.value <= self.goal

    def to_json(self) -> dict[str, Any]:
        """Plain data, `met` included."""
        return {**asdict(self), "met": self.met}


def machine() -> dict[str, Any]:
    """Processor, cores, memory (GiB) and system on which the figures were taken."""
    found: dict[str, Any] = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "processor": platform.processor() or platform.machine(),
    }
    information = Path("/proc/cpuinfo")
    if information.exists():
        models = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        found["processor"] = models[0].partition(":")[2].strip() if models else found["processor"]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found["memory_gib"] = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    return found


def versions() -> dict[str, str]:
    """Of the packages that may matter for a figure, those installed."""

    def installed() -> Iterator[tuple[str, str]]:
        for package in PACKAGES:
            try:
                yield package, version(package)
            except PackageNotFoundError:
                continue

    return dict(installed())


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """The command line that all benchmarks share: `--json FILE|-` and `--quick`."""
    command = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    command.add_argument("--json", metavar="FILE|-", help="write the report there; - is standard output")
    command.add_argument(
        "--quick", action="store_true", help="fewer samples: for a smoke test, not for figures"
    )
    return command


def emit(rows: Sequence[Row], destination: str | None) -> int:
    """Print the table to standard error and the report to `destination`.

    Returns:
        Exit code: 0 where every goal is met, else 1.
    """
    print(table(rows), file=sys.stderr)
    if destination:
        report = {"machine": machine(), "versions": versions(), "rows": [row.to_json() for row in rows]}
        text = json.dumps(report, indent=1)
        if destination == "-":
            print(text)
        else:
            Path(destination).write_text(text + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal, one line each."""
    cells = [("", "figure", "value", "goal", "95 %", "n", "")]
    for row in rows:
        mark = {True: "ok", False: "MISS", None: ""}[row.met]
        sign = "≥" if row.at == "least" else "≤"
        goal = "" if row.goal is None else f"{sign} {_number(row.goal, row.unit)}"
        interval = "" if row.interval is None else "–".join(_number(end, row.unit) for end in row.interval)
        samples = "" if row.samples is None else str(row.samples)
        cells.append((mark, row.name, _number(row.value, row.unit), goal, interval, samples, row.note))
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]) - 1)]
    pads: list[Callable[[str, int], str]] = [str.ljust, str.ljust, str.rjust, str.rjust, str.rjust, str.rjust]
    return "\n".join(
        "  ".join(
            [pad(cell, width) for pad, cell, width in zip(pads, line, widths, strict=False)] + [line[-1]]
        )
        for line in cells
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.2f} %" if not unit else f"{value:.4g} {unit}"
