"""A JSON header and bytes in one object of our own store, with a hash that damage breaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from qorum.errors import QorumError

_KEY = "stored as"


def seal(magic: bytes, header: Mapping[str, Any], body: bytes, key: str = "") -> bytes:
    """Magic line, sha256 of the rest, JSON header, body.

    Args:
        magic: format and version.
        header: plain data.
        body: anything.
        key: what it is found by, so that it is not taken for what belongs elsewhere.
    """
    content = json.dumps({**header, _KEY: key}).encode() + b"\n" + body
    return magic + with_sha256(content)


def unseal(magic: bytes, data: bytes, key: str = "") -> tuple[dict[str, Any], bytes]:
    """Header and body of what `seal` made for a key.

    Raises:
        QorumError: another format, version or key, or damaged; nothing of it was interpreted.
    """
    if not data.startswith(magic):
        raise QorumError(f"{magic!r} expected, found {data[: len(magic)]!r}; delete it")
    if (content := without_sha256(data[len(magic) :])) is None:
        raise QorumError(
            f"{magic!r} with the sha256 of its content expected, found another; delete it from the store"
        )
    line, _, body = content.partition(b"\n")
    header = json.loads(line)
    if (found := header.pop(_KEY, None)) != key:
        raise QorumError(f"{magic!r} of {key!r} expected, found that of {found!r}; delete it from the store")
    return header, body


def with_sha256(content: bytes) -> bytes:
    """A line with the content's sha256 (hex), and the content."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def without_sha256(data: bytes) -> bytes | None:
    """The content that `with_sha256` was given; None where it does not fit its line."""
    digest, _, content = data.partition(b"\n")
    return content if hashlib.sha256(content).hexdigest().encode() == digest else None
