"""The map of rooms is that of the code, and has no circle."""

from __future__ import annotations

import pytest

from deployments.rooms import PAGE, floors, page, rooms


def test_the_page_has_the_map_of_the_code():
    text = PAGE.read_text()
    assert page(text, rooms()) == text, "make docs"


def test_a_room_stands_above_all_that_it_imports():
    found = rooms()
    heights = floors(found)
    assert all(heights[name] > heights[one] for name in found for one in found[name])
    assert heights["qorum.errors"] == 0
    assert {"qorum.counts", "qorum.backends"} <= found["qorum.ledger"]


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match=r"found one among \['a', 'b'\]"):
        floors({"a": frozenset({"b"}), "b": frozenset({"a", "c"}), "c": frozenset()})
