"""What all tests share: the S3 server, the examples of properties, and how they are spread over processes."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.contracts.s3_server"]

LONGEST_FIRST = ("tests/servers", "tests/faults", "tests/flows", "tests/contracts", "tests/blocks")

# Properties meet the same examples in every run, so that a change alone turns a test red; whoever looks for
# new ones sets QORUM_EXPLORE=1.
settings.register_profile("qorum", deadline=None, derandomize="QORUM_EXPLORE" not in os.environ)
settings.load_profile("qorum")


@pytest.hookimpl(tryfirst=True)  # xdist's own hook reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n 2 --dist loadgroup`, tests that share a server stay together; long ones start early."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_place)


def _group(item: pytest.Item) -> str:
    if "s3_server" in getattr(item, "fixturenames", ()):
        return "s3"
    place = item.nodeid.partition("::")[0]
    return "installation" if place.startswith("tests/servers") else place


def _place(item: pytest.Item) -> int:
    places = [rank for rank, folder in enumerate(LONGEST_FIRST) if item.nodeid.startswith(folder)]
    return places[0] if places else len(LONGEST_FIRST)
