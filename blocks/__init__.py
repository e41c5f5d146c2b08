"""What a user configures: settings, secrets and the translation to one SDK, as Prefect blocks.

`prefect block register -m blocks` registers all of them, those of new files too: the classes are
this module's attributes, found when somebody asks for them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.blocks.core import Block


@cache
def _block_types() -> dict[str, type[Block]]:
    from blocks.backends import backend_types
    from blocks.experiment_tracker import ExperimentTracker
    from blocks.object_store import CosBucket, LocalFolder, S3Bucket

    kinds = [*backend_types().values(), LocalFolder, S3Bucket, CosBucket, ExperimentTracker]
    return {kind.__name__: kind for kind in kinds}


def __getattr__(name: str) -> type[Block]:
    if name.startswith("_") or name not in _block_types():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _block_types()[name]


def __dir__() -> list[str]:
    return sorted(_block_types())
