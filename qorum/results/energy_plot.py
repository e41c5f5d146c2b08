"""The energy of a training as a picture. Matplotlib as in `qorum.results.plots`."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Literal, get_args

import numpy as np

_LINE, _BEST, _REFERENCE, _MOVE, _INK, _GRID = (
    "#9db8c9",
    "#2a6f97",
    "#c8553d",
    "#e9a23b",
    "#26303b",
    "#dfe4ea",
)

Form = Literal["png", "pdf", "svg"]
FORMS: tuple[Form, ...] = get_args(Form)
"""Formats of a picture; each is the suffix of its files, too."""

FEWEST_FOR_ERRORS = 2
LEAST_ERROR = 1e-12
"""Errors below are drawn there: on a logarithmic axis, zero has no place."""

FEW = 40
"""Evaluations up to which each of them is a dot, too."""


def energy_png(
    energies: np.ndarray,
    title: str,
    *,
    reference: float | None = None,
    moves: Sequence[tuple[int, str]] = (),
    ylabel: str = "energy",
) -> bytes:
    """The picture of `energy_plot` as PNG."""
    return energy_plot(energies, title, "png", reference=reference, moves=moves, ylabel=ylabel)


def energy_plot(
    energies: np.ndarray,
    title: str,
    form: Form,
    *,
    reference: float | None = None,
    moves: Sequence[tuple[int, str]] = (),
    ylabel: str = "energy",
) -> bytes:
    """Energies by evaluation with the lowest so far and the reference line; below it, the error.

    The lowest begins anew on each backend: energies of two of them do not compare.

    Args:
        energies: of all evaluations, in order; shape [evaluations], at least one.
        title: above the plot.
        form: of the file.
        reference: the energy to compare with; without one, no error is drawn.
        moves: evaluation and name of each backend moved to.
        ylabel: what is minimized, with its unit.

    Returns:
        The file's content.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8.0, 5.6 if reference is not None else 3.8), layout="constrained")
    count = np.arange(1, len(energies) + 1)
    stretches = np.split(energies, [evaluation for evaluation, _ in moves])
    lowest = np.concatenate([np.minimum.accumulate(stretch) for stretch in stretches])
    if reference is None:
        above, below = figure.subplots(1, 1), None
    else:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    above.plot(count, energies, color=_LINE, lw=1.0, label="each evaluation")
    label = "lowest so far on this backend" if moves else "lowest so far"
    dots = "o" if len(energies) <= FEW else ""
    above.plot(count, lowest, color=_BEST, lw=1.8, marker=dots, ms=4, label=label)
    if reference is not None and below is not None:
        above.axhline(reference, color=_REFERENCE, lw=1.2, ls="--", label=f"reference {reference:.8f}")
        errors = np.maximum(np.abs(lowest - reference), LEAST_ERROR)
        below.semilogy(count, errors, color=_BEST, lw=1.8, marker=dots, ms=4)
        below.set_ylabel("|lowest − reference|", color=_INK)
    for evaluation, name in moves:
        for axes in figure.axes:
            axes.axvline(evaluation + 1, color=_MOVE, lw=1.0)
        above.annotate(
            name.partition("?")[0],
            (evaluation + 1, 1.0),
            xycoords=("data", "axes fraction"),
            fontsize=7,
            rotation=90,
            va="top",
            ha="right",
            color=_INK,
        )
    above.set_title(title, color=_INK)
    above.set_ylabel(ylabel, color=_INK)
    above.legend(frameon=False, loc="upper right")
    figure.axes[-1].set_xlabel("evaluation", color=_INK)
    figure.axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in figure.axes:
        axes.grid(color=_GRID, lw=0.6)
        axes.set_axisbelow(True)
    image = BytesIO()
    figure.savefig(image, format=form, dpi=110)
    return image.getvalue()
