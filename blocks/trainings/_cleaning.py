"""Old checkpoints are removed; what a training needs to go on, and what that refers to, is kept."""

from __future__ import annotations

from datetime import datetime

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import find_definition, known_trainings, place_of
from blocks.trainings._chain import CheckpointChain, age_of
from blocks.trainings._orders import Orders
from qorum.errors import QorumError
from qorum.findings import Report


class Cleaning(Report):
    """What was done with one training.

    Attributes:
        training_id: which.
        removed: objects deleted, or that would be.
        kept: checkpoint objects that stay.
        note: why nothing was removed, or what was refused.
    """

    training_id: str
    removed: int
    kept: int
    note: str = ""


class CleaningReport(Report):
    """What was done with all trainings of a store."""

    trainings: tuple[Cleaning, ...]


def clean(store: ObjectStore, before: datetime, *, dry_run: bool = False) -> list[Cleaning]:
    """Remove checkpoints of trainings that were last heard of before a time.

    The newest good checkpoint of each training stays, with all that it refers to: a cleaned training can
    still be gone on with, and its history read. Definitions, results and answers that no checkpoint holds yet
    are never touched.

    Args:
        store: where the trainings are.
        before: with a time zone.
        dry_run: only tell.
    """
    return [_clean_one(store, training_id, before, dry_run) for training_id in known_trainings(store)]


def _clean_one(store: ObjectStore, training_id: str, before: datetime, dry_run: bool) -> Cleaning:
    place = place_of(training_id)
    # First: what a process that goes on meanwhile writes is not among them.
    keys = _checkpoint_keys(store, place)
    beat = Orders(store, training_id).last_beat()
    if beat is None or beat.is_live or beat.at >= before.timestamp():
        return Cleaning(training_id=training_id, removed=0, kept=len(keys), note="younger")
    try:
        chain = CheckpointChain(store, training_id, find_definition(training_id, store).digest)
        snapshot, refused = chain.newest_good()
    except QorumError as error:
        return _left_alone(training_id, str(error))
    if snapshot is None:
        return _left_alone(training_id, "no good checkpoint to keep")
    manifest = snapshot.manifest
    needed = {snapshot.part.key, manifest.state.key, *(part.key for part in manifest.history)}
    removed = [key for key in keys if key not in needed]
    if refused:
        # By a newer release, maybe, which can still read what it has written since.
        removed = [key for key in removed if age_of(key) < age_of(snapshot.part.key)]
    # Manifests first: none may stand without its parts.
    for key in sorted(removed, key=lambda key: not key.endswith("manifest.json")):
        if not dry_run:
            store.delete(key)
    return Cleaning(training_id=training_id, removed=len(removed), kept=len(keys) - len(removed))


def _left_alone(training_id: str, reason: str) -> Cleaning:
    return Cleaning(training_id=training_id, removed=0, kept=0, note=f"left alone: {reason}")


def _checkpoint_keys(store: ObjectStore, place: str) -> list[str]:
    """Of checkpoints' folders; not of definitions, runners and moves."""
    others = ("runners", "moves", "outcomes", "definition.json", "beat.json")
    return [key for key in store.list(f"{place}/") if key.split("/")[2] not in others]
