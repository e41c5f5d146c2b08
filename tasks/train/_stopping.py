"""An end that was asked for: SIGTERM lets a training store a checkpoint first."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stopping_on_sigterm(stop: threading.Event) -> Generator[None]:
    """Within, SIGTERM sets `stop`; afterwards the signal takes the effect that it had before.

    Only the main thread can do so: elsewhere, SIGTERM acts as ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def note(number: int, _: Any) -> None:
        received.append(number)
        stop.set()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if received:
            os.kill(os.getpid(), signal.SIGTERM)
