"""`python -m tests.servers.moving TRAINING BACKEND…` moves a training to one backend after the other."""

from __future__ import annotations

import asyncio
import json
import sys

from flows.migrate_training import migrate_training
from qorum.errors import QorumError


async def told(training_id: str, backend: str) -> str:
    """What whoever gives the order is told."""
    try:
        return (await migrate_training(training_id, backend, go_on=False))["moved"]
    except QorumError as error:
        return str(error)


async def main(training_id: str, *backends: str) -> None:
    """One after the other, in one process, so that an order comes at any moment between two signs of life."""
    print(json.dumps([await told(training_id, backend) for backend in backends]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
