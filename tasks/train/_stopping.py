"""An end that was asked for: SIGTERM lets a training store a checkpoint first."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stopping_on_sigterm(stop: threading.Event) -> Generator[list[int]]:
    """Within, SIGTERM sets `stop`; afterwards the signal takes the effect that it had before.

    Only the main thread can do so: elsewhere, SIGTERM acts as ever.

    Yields:
        The signals received, to be cleared by who ends the process in another way.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def note(number: int, _: Any) -> None:
        received.append(number)
        stop.set()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)
        if received:
            os.kill(os.getpid(), signal.SIGTERM)
