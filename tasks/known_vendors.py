"""Backends of vendors that are known here: by credentials in the environment, and by saved blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from prefect import get_client

from blocks.asking import remote_slugs
from blocks.backends import SAVED

PAGE = 200
"""Blocks that the server tells in one answer, at most."""

Answer = TypeVar("Answer")


async def ask_named_or_known(
    names: Sequence[str],
    seconds: float,
    by_name: Callable[[Sequence[str], float], list[Answer]],
    by_environment: Callable[[float], list[Answer]],
) -> list[Answer]:
    """Ask those that are named; without names, all that are known, both ways at once.

    Args:
        names: who.
        seconds: that each may take.
        by_name: asks those.
        by_environment: asks what the environment has credentials for.
    """
    if names:
        return await asyncio.to_thread(by_name, names, seconds)
    saved = await _saved()
    found = await asyncio.gather(
        asyncio.to_thread(by_environment, seconds), asyncio.to_thread(by_name, saved, seconds)
    )
    return [one for part in found for one in part]


async def _saved() -> list[str]:
    """Names of the saved blocks of vendors' backends; what is in them is not asked for here."""
    slugs, names, offset = remote_slugs(), list[str](), 0
    async with get_client() as client:
        while page := await client.read_block_documents(offset=offset, limit=PAGE, include_secrets=False):
            offset += len(page)
            kinds = ((one.block_type.slug if one.block_type else "", one.name) for one in page)
            names += [f"{SAVED}{slug}/{name}" for slug, name in kinds if slug in slugs]
    return names
