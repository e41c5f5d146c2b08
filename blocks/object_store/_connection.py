"""A client that is made at first use and never leaves its process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Client = TypeVar("Client")


class Connection(Generic[Client]):
    """Holds one client for each process; copies and pickles of it start unconnected.

    A block travels to workers and forked children; sockets, locks and event loops cannot.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[int, Client] | None = None

    def client(self, make: Callable[[], Client]) -> Client:
        """The client of this process, made by `make` if this is its first use."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), make())
            return self._made[1]

    def __eq__(self, other: object) -> bool:
        """Always, so that blocks are compared by their settings alone."""
        return isinstance(other, Connection)

    def __reduce__(self) -> tuple[type[Connection[Client]], tuple[()]]:
        return type(self), ()
