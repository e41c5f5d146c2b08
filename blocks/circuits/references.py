"""How circuit objects travel: as references to what they were read as, in the store.

A flow's parameters are text. So an object is read where it is handed over, and its accepted circuit, or the
reason why there is none, is kept under the sha256 of its bytes. The reference names that hash: what is read
back is checked against it before anything of it is interpreted, and nothing of a caller's own ever is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from blocks.circuits.objects import read_object
from blocks.object_store import ObjectStore, open_store
from qorum.circuits.accepted import AcceptedCircuit, decode, encode
from qorum.circuits.sealing import seal, unseal
from qorum.errors import CircuitRejected, InputRejected, QorumError
from qorum.runs.experiments import object_reference, reference_parts

_REJECTED = b"qorum rejected circuit 1\n"

Found = AcceptedCircuit | InputRejected


def by_reference(circuits: Any) -> Any:
    """A run's circuits with every object replaced by a reference; text stays as it is.

    One that cannot be read becomes a reference too, to the reason: the others of the run go on.
    """
    if not isinstance(circuits, list | tuple) or all(isinstance(circuit, str) for circuit in circuits):
        return circuits
    store = open_store()
    return [circuit if isinstance(circuit, str) else keep(circuit, store) for circuit in circuits]


def keep(circuit: object, store: ObjectStore) -> str:
    """Puts an object into the store as it was read.

    Returns:
        Its reference; the same for an equal object under the same name, as long as the store is.
    """
    found = read_object(circuit)
    data = (
        encode(found)
        if isinstance(found, AcceptedCircuit)
        else seal(_REJECTED, {"reason": found.reason}, b"")
    )
    name = found.spec.name if isinstance(found, AcceptedCircuit) else found.source
    digest = hashlib.sha256(data).hexdigest()
    store.put_many({_place(digest): data})
    # QPY of equal circuits may differ in its bytes: the first reference to a circuit is the one that stays.
    index = f"objects/known/{_identity(found)}"
    if not store.create_only(index, digest.encode()):
        known = store.get(index).decode()
        digest = known if store.exists(_place(known)) else digest
    return object_reference(name, digest)


def fetch(references: Mapping[str, str], store: ObjectStore) -> dict[str, Found]:
    """What references stand for, by the name of each.

    What is missing or damaged is a rejection.
    """
    digests = {name: reference_parts(reference)[1] for name, reference in references.items()}
    stored = store.get_many({_place(digest) for digest in digests.values()})
    return {name: _read(name, digest, stored.get(_place(digest))) for name, digest in digests.items()}


def _read(name: str, digest: str, data: bytes | None) -> Found:
    if data is None:
        return CircuitRejected(
            name,
            f"a circuit object with the sha256 {digest} in the store expected, found none; hand it over anew",
        )
    if hashlib.sha256(data).hexdigest() != digest:
        return CircuitRejected(
            name, f"bytes with the sha256 {digest} expected, found others; hand it over anew"
        )
    try:
        if data.startswith(_REJECTED):
            return CircuitRejected(name, str(unseal(_REJECTED, data)[0]["reason"]))
        return decode(data).called(name)
    except QorumError as error:
        return CircuitRejected(name, f"a circuit object of this release expected: {error}; hand it over anew")


def _place(digest: str) -> str:
    return f"objects/{digest}"


def _identity(found: Found) -> str:
    """sha256 over what is sampled and what is told of it."""
    if isinstance(found, InputRejected):
        told = {"name": found.source, "rejected": found.reason}
    else:
        told = {name: value for name, value in vars(found.spec).items() if name != "source"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
