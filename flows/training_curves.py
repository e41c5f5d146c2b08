"""A training's curve as a user wants it in a file: its format is the file's suffix."""

from __future__ import annotations

from pathlib import Path

from qorum.errors import QorumError
from qorum.results.energy_plot import FORMS, Form, energy_plot
from qorum.training.report import TrainingReport


def refuse_unknown_format(plot: str | None) -> None:
    """Raises `QorumError` unless the file's suffix is that of a format that can be written."""
    if plot is not None and Path(plot).suffix.lower().removeprefix(".") not in FORMS:
        known = ", ".join(f".{form}" for form in FORMS)
        raise QorumError(f"--plot: a file that ends in one of {known} expected, found {plot!r}")


def form_of(file: Path) -> Form:
    """The format of a file that `refuse_unknown_format` takes."""
    suffix = file.suffix.lower().removeprefix(".")
    return next(known for known in FORMS if known == suffix)


def write_curve(report: TrainingReport, file: Path) -> None:
    """Draw what was minimized, by evaluation.

    Args:
        report: with at least one evaluation.
        file: one that `refuse_unknown_format` takes.

    Raises:
        OSError: it cannot be written.
    """
    drawn = energy_plot(
        report.energies,
        f"{report.name}: {report.model}, {report.optimizer}",
        form_of(file),
        reference=report.reference,
        moves=[(move.evaluation, move.target) for move in report.moves],
        ylabel=report.minimized,
    )
    file.write_bytes(drawn)
