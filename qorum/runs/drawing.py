"""The plots of many circuits, drawn side by side in child processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qorum.circuits.sandbox import Sandbox
from qorum.errors import QorumError
from qorum.results.plots import agreement_png, histogram_png
from qorum.results.verdict import Replica, Verdict

DRAWING_SECONDS = 60.0


@dataclass(frozen=True)
class Drawing:
    """What is drawn of one circuit: its title, and a verdict on replicas in the order given."""

    title: str
    verdict: Verdict
    replicas: tuple[Replica, ...]


def draw(drawing: Drawing) -> dict[str, bytes]:
    """`histogram`, and `agreement` where there are two replicas or more, as PNG images."""
    plots = {"histogram": histogram_png(drawing.verdict, drawing.replicas, drawing.title)}
    if len(drawing.replicas) > 1:
        names = [replica.name for replica in drawing.replicas]
        plots["agreement"] = agreement_png(drawing.verdict, names)
    return plots


def draw_all(drawings: Mapping[str, Drawing], sandbox: Sandbox) -> dict[str, dict[str, bytes] | QorumError]:
    """`draw` of each, by the same keys; the reason where one could not be drawn.

    A plot takes a twelfth of a second and holds Python all the while, hence the processes.
    """
    found = sandbox.map(draw, list(drawings.values()), seconds=DRAWING_SECONDS)
    return dict(zip(drawings, found, strict=True))
