"""Graphs as problems: the maximum cut."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Graph:
    """A weighted graph whose maximum cut is sought.

    Attributes:
        name: as reports call it.
        num_vertices: vertices 0 … num_vertices - 1, one qubit each.
        edges: (low, high, weight), each once, low < high, ascending.
    """

    name: str
    num_vertices: int
    edges: tuple[tuple[int, int, float], ...]
