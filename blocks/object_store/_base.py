"""The contract of every object store, its keys, and the proof that it can be a ledger."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Iterable, Mapping

from prefect.blocks.core import Block
from pydantic import ConfigDict

from qorum.errors import StorageUnfit

MAX_KEY_BYTES = 900
MAX_PART_BYTES = 255


class ObjectStore(Block):
    """Objects (bytes) under keys such as `results/42/report.json`.

    Keys are parts joined by `/`, relative, at most 900 bytes of UTF-8 (255 each part), without
    empty parts, `.`, `..` and control characters. All methods block; in a coroutine, call them
    through `asyncio.to_thread`. One store may be used from many threads.

    A saved block is deleted with `Block.delete("<type-slug>/<name>")`; `delete` of a store takes
    the key of an object.

    Raises, by every method: `StorageUnfit` where the store cannot be reached or refuses, without
    a secret in its message; `ValueError` for a key that is not one.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the objects lie, for people and for `open_store`; holds no secret."""

    @abstractmethod
    def put(self, key: str, data: bytes) -> None:
        """Store `data` under `key`, in place of what was there; readers see the old or the new whole."""

    @abstractmethod
    def create_only(self, key: str, data: bytes) -> bool:
        """Store `data` unless `key` exists.

        Returns:
            True if this call created the object, False if it existed. Of racing writers exactly
            one gets True.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """The object under `key`.

        Raises:
            KeyError: there is none.
        """

    @abstractmethod
    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The objects under `keys`, in the order of `keys`; missing ones are left out."""

    @abstractmethod
    def put_many(self, items: Mapping[str, bytes]) -> None:
        """`put` of each item, in no particular order; after an error some may be stored."""

    def put_cache(self, items: Mapping[str, bytes]) -> None:
        """`put_many` of what can be made again: after a power cut it may be missing or damaged."""
        self.put_many(items)

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether `key` holds an object."""

    @abstractmethod
    def list(self, prefix: str = "") -> list[str]:
        """All keys that start with the text `prefix`, sorted; always read afresh."""

    @abstractmethod
    # By this name classes of blocks delete saved ones, see above; a store has the word of all stores.
    def delete(self, key: str) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Remove the object under `key`; a missing one is no error."""

    def is_key(self, text: str) -> bool:
        """Whether an object of this store could lie under `text`."""
        try:
            checked_key(text)
        except ValueError:
            return False
        return True

    def probe(self) -> None:
        """Try whether the store can be trusted with the ledger: it must create an object only once.

        Raises:
            StorageUnfit: it cannot, with the reason and what to do.
        """
        key = f"probe/{uuid.uuid4().hex}"
        if not self.create_only(key, b"first"):
            raise StorageUnfit(self.url, f"the new object {key} was expected not to exist, but it did")
        try:
            if self.create_only(key, b"second") or self.get(key) != b"first":
                raise StorageUnfit(
                    self.url,
                    "it overwrites an object that was to be created only once (it ignores If-None-Match), "
                    "so two workers could pay for one job; use a local folder, or an S3 service with "
                    "conditional writes (AWS, MinIO, Ceph)",
                )
        except KeyError as error:
            raise StorageUnfit(self.url, f"the object {key} was stored but cannot be read back") from error
        finally:
            self.delete(key)


def checked_key(key: str) -> str:
    """`key` itself.

    Raises:
        ValueError: it is no key, see `ObjectStore`.
    """
    _check(key, key.split("/"))
    return key


def checked_prefix(prefix: str) -> str:
    """`prefix` itself, if it is empty or a key could start with it.

    Raises:
        ValueError: no key starts like this.
    """
    parts = prefix.split("/")
    _check(prefix, parts if parts[-1] else parts[:-1])
    return prefix


def _check(key: str, parts: Iterable[str]) -> None:
    expected = "an object key of parts joined by '/' was expected"
    for part in parts:
        if part in ("", ".", ".."):
            raise ValueError(f"{expected}, found the part {part!r} in {key!r}")
        if len(part.encode(errors="replace")) > MAX_PART_BYTES:
            raise ValueError(f"{expected}, of at most {MAX_PART_BYTES} bytes each, found {part!r}")
    if any(
        ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or _is_surrogate(character) for character in key
    ):
        raise ValueError(f"{expected}, found control characters in {key!r}")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise ValueError(f"{expected}, of at most {MAX_KEY_BYTES} bytes in all, found {key!r}")


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
