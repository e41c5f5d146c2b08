"""The trend of calibrations as a picture. Matplotlib as in `qorum.results.plots`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from io import BytesIO

from qorum.results.energy_plot import Form
from qorum.routing.calibration_changes import duration
from qorum.routing.calibration_snapshots import Snapshot

_COLORS = ("#2a6f97", "#c8553d", "#52a3a0", "#e9a23b", "#7b6ba8", "#8a9a5b")
_DASHES = ("-", "--", ":")
_INK, _GRID = "#26303b", "#dfe4ea"

WIDE = 20
"""Values that are so many times apart are drawn on a logarithmic axis: ions last longer than circuits."""

FEW = 60
"""Calibrations up to which each of them is a dot, too."""

_PANELS: Mapping[str, Callable[[Snapshot], float | None]] = {
    "two-qubit error": lambda one: one.two_qubit and one.two_qubit.median,
    "readout error": lambda one: one.readout and one.readout.median,
    "T1": lambda one: one.t1,
    "T2": lambda one: one.t2,
}


def trend_plot(snapshots: Sequence[Snapshot], form: Form) -> bytes:
    """Medians of errors and times by when each calibration was made, a line for each backend.

    Args:
        snapshots: of any backends, in any order, at least one.
        form: of the file.

    Returns:
        The file's content.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    lines: dict[str, list[Snapshot]] = {}
    for one in sorted(snapshots, key=lambda one: one.at):
        lines.setdefault(one.backend, []).append(one)
    figure = Figure(figsize=(9.6, 5.8 + 0.22 * len(lines)), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True).flat
    for axes, (name, figure_of) in zip(panels, _PANELS.items(), strict=True):
        for place, (backend, taken) in enumerate(lines.items()):
            known = [(one.at, value) for one in taken if (value := figure_of(one)) is not None]
            axes.plot(
                [when for when, _ in known],
                [value for _, value in known],
                color=_COLORS[place % len(_COLORS)],
                ls=_DASHES[place // len(_COLORS) % len(_DASHES)],
                lw=1.6,
                marker="o" if len(taken) <= FEW else "",
                ms=4,
                label=backend,
            )
        values = [value for one in snapshots if (value := figure_of(one))]
        if values and max(values) > WIDE * min(values):
            axes.set_yscale("log")
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_title(f"median {name}", color=_INK, loc="left", fontsize=11)
        axes.grid(color=_GRID, lw=0.6)
        axes.set_axisbelow(True)
        if name in ("T1", "T2"):
            axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    locator = AutoDateLocator(tz=UTC, maxticks=6)
    axes = figure.axes[-1]
    days = [float(date2num(one.at)) for one in snapshots]
    if max(days) - min(days) < 1:  # a lone dot would else stand among years
        axes.set_xlim(min(days) - 0.5, max(days) + 0.5)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
    figure.supxlabel("calibrated (UTC)", color=_INK, fontsize=10)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", frameon=False, ncols=1, fontsize=9)
    image = BytesIO()
    figure.savefig(image, format=form, dpi=110)
    return image.getvalue()


def _tick(seconds: float, place: int | None = None) -> str:
    del place
    return duration(seconds, 4) if seconds > 0 else "0"
