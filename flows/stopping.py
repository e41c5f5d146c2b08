"""How a command in a terminal ends early: at once in words, and never later than a few seconds after."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import partial
from types import TracebackType
from typing import Any, NoReturn

import psutil

GRACE_SECONDS = 3.5
"""What an orderly end may take: states told, a checkpoint written, a temporary server stopped."""

LAST_SECONDS = 0.5
"""What children get between SIGTERM and SIGKILL after that."""

_stopping = threading.Event()


def end_soon_when_told() -> None:
    """Have Ctrl-C and SIGTERM end this command and all that it has started within seconds.

    The first one ends it in order. What is not done by then, such as the start of a temporary server or an
    engine that computes, is killed; a second Ctrl-C kills it at once.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _stop)
        signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, _: Any) -> None:
    status = 128 + number
    if _stopping.is_set():
        _kill(status)
    _stopping.set()
    print("\nstopping: what is stored stays, and the same id goes on from there", file=sys.stderr, flush=True)
    threading.Thread(target=_kill_late, args=(status,), daemon=True).start()
    sys.excepthook = partial(_end, status)
    raise SystemExit(status)


def _end(status: int, kind: type[BaseException], _: BaseException, __: TracebackType | None) -> NoReturn:
    """No failure, whatever a library made of `SystemExit` on its way out: pydantic raises its own error."""
    print(f"stopped in the midst of something ({kind.__name__})", file=sys.stderr)
    raise SystemExit(status)


def _kill_late(status: int) -> None:
    time.sleep(GRACE_SECONDS)
    _kill(status)


def _kill(status: int) -> NoReturn:
    children = psutil.Process().children(recursive=True)
    for child in children:
        _send(child, signal.SIGTERM)
    _, alive = psutil.wait_procs(children, timeout=LAST_SECONDS)
    for child in alive:
        _send(child, signal.SIGKILL)
    os._exit(status)


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return  # it has ended by itself
