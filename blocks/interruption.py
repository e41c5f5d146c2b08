"""Work beside the event loop that ends when its task is cancelled, as SIGTERM and Ctrl-C cancel it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from qorum.circuits.sandbox import shared

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(
    stop: Callable[[], None], function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """`asyncio.to_thread`, where a cancellation also calls `stop`.

    A thread cannot be cancelled, and a process does not end before its threads do. So what it waits for,
    child processes that compute, is ended: `stop` must make the function return or raise soon. It is called
    until that is so, for the function may just have been about to start another.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            stop()
            await asyncio.wait([work], timeout=0.2)
        if not work.cancelled():
            work.exception()  # looked at, so that nobody is told of it: the work was ended on purpose
        raise


def stop_sandbox() -> None:
    """End what the sandbox of this process works on: readings, compilations, drawings."""
    shared().kill()
