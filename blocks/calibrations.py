"""Calibrations in the object store: asked of backends and kept when they changed, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from blocks.asking import ask_given, shown_name, side_by_side, why_not
from blocks.backends import SAVED, backend_types, load_backend
from blocks.object_store import ObjectStore
from qorum.errors import QorumError
from qorum.routing.calibration_changes import Comparison
from qorum.routing.calibration_report import CalibrationsReport, Refreshed
from qorum.routing.calibration_snapshots import (
    ROOM,
    Snapshot,
    by_room,
    decode,
    distinct,
    encode,
    has_calibration,
    place,
    places_since,
    room,
    snapshot,
)


def refresh_given(seconds: float, store: ObjectStore) -> list[Refreshed]:
    """`refresh` of everything for which the environment holds credentials.

    Args:
        seconds: that each may take.
        store: see `refresh`.
    """
    return ask_given(partial(refresh, seconds=seconds, store=store), _failed, seconds)


def refresh(names: Sequence[str], seconds: float, store: ObjectStore) -> list[Refreshed]:
    """Ask backends for their calibrations, all at once; store those that are not the newest stored.

    Args:
        names: as in `load_backend`, each once.
        seconds: that each may take.
        store: where calibrations are.
    """
    backend_types()  # importing them is not what backends are waited for
    found = side_by_side({name: partial(_asked, name) for name in names}, seconds)
    return [
        _failed(name, told) if isinstance(told, BaseException) else _kept(name, told, store)
        for name, told in found.items()
    ]


def read(store: ObjectStore, names: Sequence[str], since: datetime | None, most: int) -> CalibrationsReport:
    """What is stored; of backends that are named the newest is compared with the one before. Asks no vendor.

    Args:
        store: where calibrations are.
        names: as in `load_backend`; empty: all, compared with nothing.
        since: compare with what held then, and tell only of what came later; None: of all.
        most: snapshots that are told of each backend, the newest.
    """
    wanted = {name: room(_stored_name(name)) for name in names}
    rooms = by_room(key for prefix in wanted.values() or [ROOM] for key in store.list(prefix))
    taken, comparisons, older = list[Snapshot](), list[Comparison](), 0
    for places in rooms.values():
        kept = places_since(places, since) if since else places
        older += max(0, len(kept) - most)
        # What is compared with is read even if it is too old to be told.
        keys = dict.fromkeys([*(kept[:1] if since else kept[-most - 1 : -most]), *kept[-most:]])
        stored = store.get_many(keys)
        found = distinct(decode(data, key) for key, data in stored.items())
        taken += [one.summary for one in reversed(found)][:most]
        if names and len(found) > 1:
            comparisons.append(Comparison.of(found[0 if since else -2], found[-1]))
    return CalibrationsReport(
        snapshots=tuple(taken),
        comparisons=tuple(comparisons),
        missing=tuple(name for name, prefix in wanted.items() if prefix not in rooms),
        older=older,
    )


def _stored_name(name: str) -> str:
    """As its profile has it: two spellings of one backend are one; a saved one keeps its own name."""
    return name if name.startswith(SAVED) else load_backend(name).backend_name


def _asked(name: str) -> Snapshot | None:
    profile = load_backend(name).profile()
    if name.startswith(SAVED):
        profile = replace(profile, name=name)
    return snapshot(profile, datetime.now(UTC)) if has_calibration(profile) else None


def _kept(name: str, found: Snapshot | None, store: ObjectStore) -> Refreshed:
    shown = shown_name(name)
    if found is None:
        return Refreshed(backend=shown, outcome="none", reason="it tells of none: ideal, or not measured")
    try:
        if newest := store.list(room(found.backend))[-1:]:
            known = decode(store.get(newest[0]), newest[0])
            if known.is_same(found):
                return Refreshed(backend=shown, outcome="unchanged", snapshot=known.summary)
        key = place(found)
        is_new = store.create_only(key, encode(found, key))
    except QorumError as error:
        return _failed(name, error)
    return Refreshed(backend=shown, outcome="stored" if is_new else "unchanged", snapshot=found.summary)


def _failed(name: str, error: BaseException) -> Refreshed:
    return Refreshed(backend=shown_name(name), outcome="failed", reason=why_not(name, error))
