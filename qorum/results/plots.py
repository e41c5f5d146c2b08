"""Pictures of a verdict as PNG bytes: distributions side by side, and who agrees with whom.

Matplotlib is imported on the first plot and drawn through its object-oriented interface, so that
plots may be made in any thread and no window system is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from qorum.results.analysis import wilson_interval
from qorum.results.verdict import Replica, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_OUTCOMES = 16
_ACCEPTED = ("#2a6f97", "#52a3a0", "#e9a23b", "#7b6ba8", "#8a9a5b")
_CONSENSUS, _REJECTED, _INK, _GRID = "#16202c", "#c8553d", "#26303b", "#dfe4ea"
_STATUS = {"agreed": "#2f7d4f", "disputed": "#b23a2e", "unverified": "#8a6d1d"}


def histogram_png(verdict: Verdict, replicas: Sequence[Replica], title: str) -> bytes:
    """The consensus distribution against each replica: the most likely outcomes, the rest as one.

    Bars stand in groups by outcome: the consensus, if there is one, then the replicas as given.
    Rejected replicas are hatched red. Whiskers are 95 % Wilson intervals of the shots.

    Args:
        verdict: of these replicas.
        replicas: as handed to `agree`.
        title: above the plot, e.g. the circuit's name.

    Returns:
        A PNG image.
    """
    shown = _outcomes(verdict, replicas)
    series = len(replicas) + bool(verdict.merged)
    longest = max(len(replica.name) for replica in replicas)
    legend = 1.9 + 0.082 * longest
    below = 0.35 + 0.075 * max([6, *(len(_short(key)) for key in shown)])
    breadth = min(11.0, max(4.6, 0.42 * (len(shown) + 1) * max(1.0, series / 4)))
    figure = _figure(0.85 + breadth + legend, 4.0 + below)
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0.75 / width, below / height, breadth / width, 3.3 / height))
    groups = np.arange(len(shown) + 1)
    bar = 0.82 / series
    offsets = (np.arange(series) - (series - 1) / 2) * bar
    bars: list[tuple[float, float]] = []
    tallest = 0.0
    if verdict.merged:
        heights = [verdict.merged.get(key, 0.0) for key in shown]
        tallest = max(heights)
        heights.append(max(0.0, 1 - sum(heights)))
        axes.bar(groups + offsets[0], heights, bar * 0.92, color=_CONSENSUS, label="consensus", zorder=2)
        bars.append((float(groups[-1] + offsets[0]), heights[-1]))
    for place, (replica, offset) in enumerate(zip(replicas, offsets[series - len(replicas) :], strict=True)):
        look = _look(verdict, replica, place)
        heights = _replica_bars(axes, replica, shown, groups + offset, bar * 0.92, look)
        tallest = max(tallest, *heights[:-1])
        bars.append((float(groups[-1] + offset), heights[-1]))
    _cut_others(axes, bars, 1.25 * tallest)
    _dress(axes, verdict, title, shown)
    return _png(figure)


def agreement_png(verdict: Verdict, names: Sequence[str]) -> bytes:
    """The overlap of every two replicas as a matrix with its values; a dash where none is known.

    Args:
        verdict: of these replicas.
        names: backends in the order handed to `agree`.

    Returns:
        A PNG image.

    Raises:
        ValueError: not one name for each replica.
    """
    k = len(verdict.agreement)
    if len(names) != k:
        raise ValueError(f"{k} names expected, found {len(names)}")
    longest = 0.4 + 0.085 * max(map(len, names))
    left, below = max(longest, 0.9), 0.3 + 0.5 * longest
    figure = _figure(left + 0.95 * k + 0.9, below + 0.7 * k + 0.55)
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, below / height, 0.95 * k / width, 0.7 * k / height))
    values = np.array([[np.nan if a is None else min(a, 1.0) for a in row] for row in verdict.agreement])
    axes.imshow(np.ma.masked_invalid(values), cmap=_overlap_colors(), vmin=0, vmax=1, aspect="auto")
    for i, row in enumerate(verdict.agreement):
        for j, value in enumerate(row):
            ink = "white" if value is not None and (value > 0.85 or value < 0.25) else _INK
            text = "–" if value is None else f"{value:.2f}"
            axes.text(j, i, text, ha="center", va="center", color=ink, fontsize=11)
    rejected = {rejection.backend for rejection in verdict.rejected}
    labels = [f"{name} ✗" if name in rejected else name for name in names]
    axes.set_xticks(range(k), labels, rotation=25, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(k), labels)
    for tick, name in zip([*axes.get_xticklabels(), *axes.get_yticklabels()], [*names, *names], strict=True):
        tick.set_color(_REJECTED if name in rejected else _INK)
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("overlap between replicas", loc="left", fontsize=11, color=_INK, pad=10)
    return _png(figure)


def _outcomes(verdict: Verdict, replicas: Sequence[Replica]) -> list[str]:
    """The most likely outcomes over consensus and replicas, in the order of the bit strings."""
    best: dict[str, float] = dict(verdict.merged)
    for replica in replicas:
        for key, count in replica.counts.top(MOST_OUTCOMES):
            best[key] = max(best.get(key, 0.0), count / replica.counts.shots)
    likely = sorted(best, key=lambda key: (-best[key], key))[:MOST_OUTCOMES]
    return sorted(likely)


def _look(verdict: Verdict, replica: Replica, place: int) -> dict[str, Any]:
    rejected = {rejection.backend for rejection in verdict.rejected}
    label = f"{replica.name} ({replica.counts.shots} shots)"
    if replica.name in rejected and verdict.status != "disputed":
        return {
            "facecolor": "white",
            "edgecolor": _REJECTED,
            "hatch": ("//////", "xxxxxx", "......", "\\\\\\\\")[place % 4],
            "linewidth": 0.8,
            "label": f"{label}, rejected",
        }
    return {"color": _ACCEPTED[place % len(_ACCEPTED)], "label": label}


def _replica_bars(
    axes: Any, replica: Replica, shown: Sequence[str], places: Any, width: float, look: dict[str, Any]
) -> list[float]:
    """Draw one replica's bars with whiskers on those seen; returns the ends of these, `others` last."""
    shots = replica.counts.shots
    seen = [replica.counts.histogram.get(key, 0) for key in shown]
    seen.append(shots - sum(seen))
    heights = np.array(seen) / shots
    ends = np.array([wilson_interval(count, shots) for count in seen])
    whiskers = np.abs(np.stack([heights - ends[:, 0], ends[:, 1] - heights]))
    axes.bar(places, heights, width, zorder=2, **look)
    some = heights > 0
    style: dict[str, Any] = {"fmt": "none", "ecolor": _INK, "elinewidth": 0.8, "alpha": 0.75, "zorder": 3}
    axes.errorbar(places[some], heights[some], whiskers[:, some], **style)
    return [*ends[:-1, 1].tolist(), float(heights[-1])]


def _cut_others(axes: Any, bars: Sequence[tuple[float, float]], top: float) -> None:
    """Where the lumped rest towers over every outcome, cut it off and write its heights on it."""
    if not bars or max(height for _, height in bars) <= top:
        return
    axes.set_ylim(0, top)
    for place, height in bars:
        if height > top:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
            text = f"{height:.2f} ↑"
            axes.text(
                place, top * 0.98, text, rotation=90, ha="center", va="top", fontsize=8, color=_INK, bbox=box
            )


def _dress(axes: Any, verdict: Verdict, title: str, shown: Sequence[str]) -> None:
    labels = [_short(key) for key in shown]
    axes.set_xticks(
        range(len(labels) + 1), [*labels, "others"], rotation=60, ha="right", rotation_mode="anchor"
    )
    axes.tick_params(axis="x", length=0, labelsize=9)
    for tick in axes.get_xticklabels()[:-1]:
        tick.set_fontfamily("monospace")
    axes.tick_params(axis="y", length=0, labelsize=9, colors=_INK)
    axes.set_ylabel("probability", color=_INK)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.axvline(len(labels) - 0.5, color=_GRID, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    axes.grid(axis="y", color=_GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    axes.set_title(title, loc="left", fontsize=12, color=_INK, pad=26, fontweight="bold")
    confidence = f", confidence {verdict.confidence:.3f}" if verdict.status == "agreed" else ""
    axes.text(
        0,
        1.03,
        f"{verdict.status}{confidence}",
        transform=axes.transAxes,
        color=_STATUS[verdict.status],
        fontsize=10,
    )
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9, labelcolor=_INK)


def _short(key: str) -> str:
    return key if len(key) <= 12 else f"{key[:5]}…{key[-5:]}"


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _overlap_colors() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    stops = [(0.0, "#b23a2e"), (0.5, "#f0d9b5"), (0.8, "#cfe0e8"), (1.0, "#2a6f97")]
    colors = LinearSegmentedColormap.from_list("overlap", stops)
    colors.set_bad("#eceff3")
    return colors


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", pil_kwargs={"compress_level": 3})
    return image.getvalue()
