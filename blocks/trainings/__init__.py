"""Trainings in an object store: what they are, how far they are, and what they are told while they run."""

from blocks.trainings._catalog import find_definition, is_known, known_trainings, store_definition
from blocks.trainings._chain import CheckpointChain, Snapshot
from blocks.trainings._cleaning import Cleaning, clean
from blocks.trainings._ends import find_end
from blocks.trainings._journal import Journal
from blocks.trainings._orders import SILENT_SECONDS, Beat, MoveOrder, Orders, Outcome

__all__ = [
    "SILENT_SECONDS",
    "Beat",
    "CheckpointChain",
    "Cleaning",
    "Journal",
    "MoveOrder",
    "Orders",
    "Outcome",
    "Snapshot",
    "clean",
    "find_definition",
    "find_end",
    "is_known",
    "known_trainings",
    "store_definition",
]
