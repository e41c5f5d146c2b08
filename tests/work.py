"""Work measured in function calls, which no machine's speed changes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest


class Calls:
    """Calls of functions, Python's and C's, that were counted so far."""

    made = 0


@contextmanager
def at_most(calls: int) -> Iterator[Calls]:
    """This thread and those that it starts within may call `calls` functions; at the next one the test fails.

    Inside one C function nobody counts: what may hang there needs the timeout of pytest besides.
    """
    counted = Calls()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            counted.made += 1
            if counted.made > calls:
                sys.setprofile(None)
                pytest.fail(f"more than {calls} function calls")

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield counted
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
