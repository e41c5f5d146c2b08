"""Vendors' backends asked side by side, within a time: which there are to ask, and why one did not answer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from blocks.addresses import HIDDEN
from blocks.backends import SAVED, backend_types
from blocks.backends._remote import Answered, RemoteBlock
from qorum.errors import NoEligibleBackend, QorumError, VendorUnreachable

NETWORK = "look at this machine's network and proxy, then at the vendor's status page"

Found = TypeVar("Found")
Answer = TypeVar("Answer")


def given_kinds() -> dict[str, type[RemoteBlock]]:
    """Kinds of vendors' backends for which the environment holds credentials, or a part of them, by name."""
    return {
        name: kind
        for name, kind in backend_types().items()
        if issubclass(kind, RemoteBlock) and any(map(_given, kind.credentials))
    }


def remote_slugs() -> frozenset[str]:
    """What Prefect calls the blocks of vendors' backends."""
    return frozenset(kind.get_block_type_slug() for kind in backend_types().values() if kind.is_remote)


def offered_names(seconds: float) -> dict[str, list[str] | BaseException]:
    """Names of everything for which the environment holds credentials: default settings, or all devices.

    Args:
        seconds: that each vendor may take to tell its devices.

    Returns:
        By kind; or what went wrong when it was asked.
    """
    return side_by_side({name: partial(_offered, kind) for name, kind in given_kinds().items()}, seconds)


def ask_given(
    ask: Callable[[Sequence[str]], Sequence[Answer]],
    refused: Callable[[str, BaseException], Answer],
    seconds: float,
) -> list[Answer]:
    """Ask everything that `offered_names` tells.

    Args:
        ask: one answer for each name, in order.
        refused: the answer for a kind whose names could not be had.
        seconds: see `offered_names`.
    """
    offered = offered_names(seconds)
    names = [name for found in offered.values() if isinstance(found, list) for name in found]
    asked = dict(zip(names, ask(names), strict=True))
    told = list[Answer]()
    for kind, found in offered.items():
        told += (
            [refused(kind, found)] if isinstance(found, BaseException) else [asked[name] for name in found]
        )
    return told


def side_by_side(
    calls: Mapping[str, Callable[[], Found]], seconds: float
) -> dict[str, Found | BaseException]:
    """What each call brings or raises within the time, in a thread of its own.

    The threads are daemons: one that still waits for a vendor keeps neither the caller nor the process.
    """
    begun = dict[str, Future[Found]]()
    for name, call in calls.items():
        begun[name] = Future[Found]()
        work = (_carry, call, begun[name])
        threading.Thread(target=copy_context().run, args=work, daemon=True).start()
    end = time.monotonic() + seconds
    found = dict[str, Found | BaseException]()
    for name, future in begun.items():
        try:
            found[name] = future.exception(max(0.0, end - time.monotonic())) or future.result()
        except TimeoutError:
            found[name] = VendorUnreachable(name, f"no answer within {seconds:g} s")
    return found


def _carry(call: Callable[[], Found], future: Future[Found]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - told in the table, whatever it is
        future.set_exception(error)


def why_not(name: str, error: BaseException) -> str:
    """Why a backend did not answer and what to do, in one line without secrets."""
    reason = " ".join(_reason(error).split()).replace(name, shown_name(name))
    advice = _advice(name, error)
    return f"{reason}; {advice}" if advice else reason


def _offered(kind: type[RemoteBlock]) -> list[str]:
    missing = [name for name in kind.credentials if not _given(name)]
    if missing:
        there = ", ".join(name for name in kind.credentials if _given(name))
        raise NoEligibleBackend(
            {kind.short_name: f"{there} is set without {', '.join(missing)}: set that, too"}
        )
    if reason := kind.not_installed():
        raise NoEligibleBackend({kind.short_name: reason})
    return kind.offered()


def _reason(error: BaseException) -> str:
    if isinstance(error, NoEligibleBackend):
        return "; ".join(error.reasons.values())
    if isinstance(error, QorumError):
        return str(getattr(error, "reason", error))
    # Nobody has looked through its words for secrets: the class and the place say what is to be mended.
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _advice(name: str, error: BaseException) -> str:
    """What to do, where the error does not say it."""
    answer = error.__context__  # the vendor's, of which the error is the translation
    if isinstance(answer, Answered):
        if answer.refuses_credentials:
            return f"the credentials are wrong or have expired: {_where(name)}"
        if answer.status == 404:
            return "the vendor has no such device for this account: correct its name"
        if isinstance(error, VendorUnreachable):
            return "the vendor is there, but cannot answer now: ask again later"
        return ""
    if isinstance(error, VendorUnreachable):
        return NETWORK
    if isinstance(error, QorumError):
        return ""
    return "save the block anew in the UI" if name.startswith(SAVED) else "tell who maintains this backend"


def _where(name: str) -> str:
    if name.startswith(SAVED):
        return "give the saved block new ones"
    kind = backend_types().get(name.partition("?")[0])
    variables = " and ".join(kind.credentials) if kind and issubclass(kind, RemoteBlock) else ""
    return f"set {variables} anew" if variables else "set them anew"


def shown_name(name: str) -> str:
    """A backend's name without what it tells of secret settings, which are refused there."""
    short_name, separator, options = name.partition("?")
    kind = backend_types().get(short_name)
    if not separator or kind is None:
        return name
    secret = kind.model_fields.keys() - set(kind.settable())
    parts = (part.partition("=") for part in options.split("&"))
    return f"{short_name}?" + "&".join(
        f"{field}={HIDDEN}" if field in secret else f"{field}{equals}{value}"
        for field, equals, value in parts
    )


def _given(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())
