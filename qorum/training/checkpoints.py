"""Checkpoints as bytes: states as npz archives, manifests as sealed JSON that names and hashes its parts."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from qorum.errors import CheckpointCorrupt
from qorum.ledger.tokens import canonical_json

FORMAT, VERSION = "qorum-checkpoint", (2, 0)
"""A reader takes every minor version of its major one, and refuses all others."""

TREE, ARRAY = "tree.json", "$array"


class Part(BaseModel):
    """An object that belongs to a checkpoint; several checkpoints may share it."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # later minor versions may add fields

    key: str
    sha256: str
    size: int

    @classmethod
    def of(cls, key: str, data: bytes) -> Part:
        """The part that `data` under `key` is."""
        return cls(key=key, sha256=hashlib.sha256(data).hexdigest(), size=len(data))

    def verified(self, data: bytes | None) -> bytes:
        """`data` itself, if it is what was written.

        Raises:
            CheckpointCorrupt: it is missing, cut off or changed.
        """
        if data is None:
            raise CheckpointCorrupt(self.key, "an object was expected, found none")
        if len(data) != self.size:
            raise CheckpointCorrupt(self.key, f"{self.size} bytes expected, found {len(data)}")
        if (found := hashlib.sha256(data).hexdigest()) != self.sha256:
            raise CheckpointCorrupt(self.key, f"sha256 {self.sha256[:12]}… expected, found {found[:12]}…")
        return data


class Segment(Part):
    """A part that holds evaluations `start` to `end - 1`."""

    start: int
    end: int

    @property
    def rows(self) -> int:
        """How many evaluations it holds."""
        return self.end - self.start


class Manifest(BaseModel):
    """What makes up one checkpoint, and which training it is of.

    Attributes:
        training_id: whose it is.
        definition: digest of what that training is, so that another of the same name is recognised.
        epoch: counts the processes that have run the training; later ones stand above earlier ones.
        evaluations: how many had been answered.
        steps: optimizer steps that had been finished.
        state: all that is needed to go on.
        history: what was evaluated so far, in order and without gaps.
        previous: the manifest before this one; None for the first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")  # later minor versions may add fields

    training_id: str
    definition: str
    epoch: int
    evaluations: int
    steps: int
    state: Part
    history: tuple[Segment, ...]
    previous: Part | None

    def to_bytes(self) -> bytes:
        """As JSON that carries its format, version and own hash."""
        body = self.model_dump()
        sealed = {"format": FORMAT, "version": VERSION, "sha256": _seal(body), "body": body}
        return json.dumps(sealed).encode()

    @classmethod
    def from_bytes(cls, key: str, data: bytes) -> Manifest:
        """The manifest that `to_bytes` wrote.

        Raises:
            CheckpointCorrupt: it is none, was changed, or is of a version that is not known here.
        """
        try:
            read: Any = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise CheckpointCorrupt(
                key, f"JSON expected, found {len(data)} bytes of else ({error})"
            ) from None
        if not isinstance(read, dict) or cast("dict[str, Any]", read).get("format") != FORMAT:
            raise CheckpointCorrupt(key, f"a manifest of the format {FORMAT!r} expected, found another one")
        envelope = cast("dict[str, Any]", read)
        version = envelope.get("version")
        if not isinstance(version, list) or cast("list[Any]", version)[:1] != [VERSION[0]]:
            reason = f"version {VERSION[0]}.x expected, found {version}; use the release that wrote it"
            raise CheckpointCorrupt(key, reason)
        body = envelope.get("body")
        if not (seal := _seal(body)) or seal != envelope.get("sha256"):
            raise CheckpointCorrupt(key, "its own sha256 expected to fit, found it changed")
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise CheckpointCorrupt(key, f"a complete manifest expected, found: {error}") from None

    def refuse_foreign(self, key: str, training_id: str, definition: str) -> None:
        """Raises `CheckpointCorrupt` unless it is of that training."""
        if self.training_id != training_id:
            raise CheckpointCorrupt(key, f"training {training_id} expected, found {self.training_id}")
        if self.definition != definition:
            reason = f"definition {definition[:12]}… expected, found {self.definition[:12]}…"
            raise CheckpointCorrupt(key, f"{reason}: it is of another training of this name")


def _seal(body: object) -> str:
    """sha256 of a manifest's body; empty if it is none that was ever written."""
    try:
        return hashlib.sha256(canonical_json(body)).hexdigest()
    except (ValueError, TypeError):  # NaN or infinity
        return ""


def encode(tree: object) -> bytes:
    """A tree of JSON values and arrays as bytes that give the same bits again; no pickle.

    Args:
        tree: None, bool, int, float (finite or not), str, arrays of numbers, and lists, tuples and
            string-keyed dicts of these; tuples come back as lists.

    Raises:
        ValueError: an array of objects, or a dict whose only key is `$array`.
    """
    arrays: dict[str, np.ndarray] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            name = f"a{len(arrays)}"
            arrays[name] = value
            return {ARRAY: name}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, dict):
            mapping = cast("dict[str, Any]", value)
            if mapping.keys() == {ARRAY}:
                raise ValueError(f"a dict with more or other keys than {ARRAY!r} expected: it marks arrays")
            return {key: plain(each) for key, each in mapping.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in cast("list[Any]", value)]
        return value

    text = json.dumps(plain(tree)).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(TREE), text)
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name), member.getvalue())
    return file.getvalue()


def decode(key: str, data: bytes) -> Any:
    """What `encode` was given.

    Raises:
        CheckpointCorrupt: the bytes are of something else.
    """

    def full(value: Any) -> Any:
        if isinstance(value, dict):
            mapping = cast("dict[str, Any]", value)
            if mapping.keys() == {ARRAY}:
                return np.load(io.BytesIO(archive.read(mapping[ARRAY])), allow_pickle=False)
            return {name: full(each) for name, each in mapping.items()}
        if isinstance(value, list):
            return [full(each) for each in cast("list[Any]", value)]
        return value

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return full(json.loads(archive.read(TREE)))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError, RuntimeError) as error:
        # RuntimeError: members that are encrypted, or compressed in a way that is not known here
        raise CheckpointCorrupt(key, f"an archive of this release expected, found {error}") from None
