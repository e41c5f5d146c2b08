"""A JSON header and bytes in one object of our own store, with a hash that damage breaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from qorum.errors import QorumError


def seal(magic: bytes, header: Mapping[str, Any], body: bytes) -> bytes:
    """Magic line, sha256 of the rest, JSON header, body."""
    content = json.dumps(header).encode() + b"\n" + body
    return magic + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def unseal(magic: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and body of what `seal` made.

    Raises:
        QorumError: another format or version, or damaged; nothing of it was interpreted.
    """
    if not data.startswith(magic):
        raise QorumError(f"{magic!r} expected, found {data[: len(magic)]!r}; delete it")
    digest, _, content = data[len(magic) :].partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise QorumError(
            f"{magic!r} with the sha256 of its content expected, found another; delete it from the store"
        )
    header, _, body = content.partition(b"\n")
    return json.loads(header), body
