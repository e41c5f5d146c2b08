"""Blocks that somebody has saved on the Prefect server."""

from __future__ import annotations

from prefect.blocks.core import Block


def saved_block(name: str) -> Block:
    """The block saved as `type-slug/name`; its class must have been defined. Blocks, in a coroutine, too.

    Raises:
        ValueError: there is none.
    """
    # `_sync` is taken by Prefect's decorator, whose type does not say so.
    return Block.load(name, _sync=True)  # pyright: ignore[reportCallIssue]
