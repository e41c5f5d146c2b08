"""`make docs`: the map of rooms in docs/architecture.md, drawn from what the code imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/architecture.md"
BEGIN, END = "<!-- map: written by `make docs` -->\n", "<!-- end of the map -->\n"
CORE = "qorum"
OTHERS = ("blocks", "tasks", "flows")
ENTRANCE = "qorum.__main__"

Rooms = Mapping[str, frozenset[str]]
"""What each room imports; a room is a package or file right under `qorum`, or another layer as a whole."""


def rooms() -> dict[str, frozenset[str]]:
    """As the code is now. The entrance `python -m qorum` leads into `flows` and is no room."""
    graph = grimp.build_graph(CORE, *OTHERS)
    names = sorted({*graph.find_children(CORE), *OTHERS} - {ENTRANCE})
    for name in names:
        if graph.find_children(name):
            graph.squash_module(name)
    return {
        name: frozenset(graph.find_modules_directly_imported_by(name)) & {*names} - {name} for name in names
    }


def floors(found: Rooms) -> dict[str, int]:
    """How high each room stands: one above the highest that it imports, 0 for those that import none.

    Raises:
        ValueError: rooms stand on one another in a circle.
    """
    heights: dict[str, int] = {}
    while len(heights) < len(found):
        ready = [name for name in found if name not in heights and found[name] <= heights.keys()]
        if not ready:
            raise ValueError(f"no circle expected, found one among {sorted({*found} - {*heights})}")
        heights |= {name: 1 + max((heights[one] for one in found[name]), default=-1) for name in ready}
    return heights


def page(text: str, found: Rooms) -> str:
    """The page with the map in its place."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{_drawn(found)}{END}{tail}"


def _drawn(found: Rooms) -> str:
    heights = floors(found)
    arrows = [(name, one) for name in sorted(found) for one in sorted(_direct(name, found))]
    lines = [
        "```mermaid",
        "flowchart TD",
        *(f"    {_label(name)} --> {_label(one)}" for name, one in arrows),
        "```",
        "An arrow leads to what a room imports; those that follow from others are left out.",
        "",
        "| floor | rooms |",
        "|---|---|",
    ]
    for height in sorted({*heights.values()}, reverse=True):
        there = sorted(name for name, one in heights.items() if one == height)
        lines.append(f"| {height} | {', '.join(f'`{_label(name)}`' for name in there)} |")
    return "\n".join(lines) + "\n"


def _direct(name: str, found: Rooms) -> set[str]:
    """What it imports and what none of these imports, at whatever remove."""
    return {one for one in found[name] if one not in _reached(found[name] - {one}, found)}


def _reached(start: Iterable[str], found: Rooms) -> set[str]:
    reached: set[str] = set()
    ahead = [*start]
    while ahead:
        for one in found[ahead.pop()] - reached:
            reached.add(one)
            ahead.append(one)
    return reached


def _label(name: str) -> str:
    return name.removeprefix(f"{CORE}.")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), rooms()))
    print(f"written: {PAGE}")
