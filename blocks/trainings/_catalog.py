"""Which trainings there are, and what each of them is."""

from __future__ import annotations

import json

from pydantic import ValidationError

from blocks.object_store import ObjectStore
from qorum.errors import CheckpointCorrupt, QorumError
from qorum.training.definitions import TrainingDefinition

ROOT = "checkpoints"


def place_of(training_id: str) -> str:
    """Prefix of all keys of a training."""
    return f"{ROOT}/{training_id}"


def store_definition(definition: TrainingDefinition, store: ObjectStore) -> bool:
    """Store what a training is, or check that it is the one which is stored.

    What may change when a training goes on, such as its last step, is stored anew.

    Returns:
        Whether it is new.

    Raises:
        QorumError: the id is taken by another training; told in which ways.
        StorageUnfit: the store cannot be reached.
    """
    key = f"{place_of(definition.training_id)}/definition.json"
    data = json.dumps(definition.model_dump(mode="json"), indent=1).encode()
    if store.create_only(key, data):
        return True
    stored = find_definition(definition.training_id, store)
    if differences := stored.differences(definition):
        raise QorumError(
            f"training {definition.training_id} is stored with other settings ({'; '.join(differences)});"
            " ask for the same, choose another training id, or have migrate_training change its backend"
        )
    if stored != definition:
        store.put(key, data)
    return False


def is_known(training_id: str, store: ObjectStore) -> bool:
    """Whether there is a training of that name."""
    return store.exists(f"{place_of(training_id)}/definition.json")


def find_definition(training_id: str, store: ObjectStore) -> TrainingDefinition:
    """What a training is.

    Raises:
        QorumError: there is no such training; the known ones are listed.
        CheckpointCorrupt: its definition cannot be read.
    """
    key = f"{place_of(training_id)}/definition.json"
    found = store.get_many([key])
    if key not in found:
        known = ", ".join(known_trainings(store)[:20]) or "none"
        raise QorumError(f"{store.url} has no training {training_id!r}; known: {known}")
    try:
        return TrainingDefinition.model_validate_json(found[key])
    except ValidationError as error:
        raise CheckpointCorrupt(key, f"a definition of this release expected, found: {error}") from None


def known_trainings(store: ObjectStore) -> list[str]:
    """Ids of all trainings, in alphabetical order."""
    keys = store.list(f"{ROOT}/")
    return sorted({key.split("/")[1] for key in keys if key.endswith("/definition.json")})
