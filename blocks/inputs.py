"""Circuits, problems and data handed over by their place in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from blocks.object_store import ObjectStore


def store_inputs(circuits: Mapping[str, str | bytes], store: ObjectStore) -> list[str]:
    """Put circuits into the store; a run takes their keys in place of them.

    Prefect takes parameters of at most 512 KB in all: some hundred texts, or ten thousand keys.

    Args:
        circuits: OpenQASM by name; the name is the key's last part, hence the circuit's name in reports.
        store: the run's own.

    Returns:
        Keys in the order given. The same circuits under the same names have the same keys.
    """
    texts = {name: text.encode() if isinstance(text, str) else text for name, text in circuits.items()}
    digests = [hashlib.sha256(text).hexdigest() for text in texts.values()]
    together = hashlib.sha256("\n".join([*texts, *digests]).encode()).hexdigest()[:16]
    keys = {name: f"inputs/{together}/{name}" for name in texts}
    store.put_many({keys[name]: text for name, text in texts.items()})
    return list(keys.values())


def store_file(file: Path, store: ObjectStore) -> str:
    """Put a file into the store.

    Returns:
        Its key; the same content under the same name has the same key.
    """
    data = file.read_bytes()
    key = f"inputs/{hashlib.sha256(data).hexdigest()[:16]}/{file.name}"
    store.put(key, data)
    return key
