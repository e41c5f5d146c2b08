"""Trainings in an object store: what they are, how far they are, and what they are told while they run."""

from blocks.trainings._catalog import find_definition, is_known, known_trainings, store_definition
from blocks.trainings._chain import CheckpointChain, Snapshot
from blocks.trainings._cleaning import Cleaning, CleaningReport, clean
from blocks.trainings._ends import find_end, find_report
from blocks.trainings._orders import SILENT_SECONDS, Beat, MoveOrder, Orders, Outcome

__all__ = [
    "SILENT_SECONDS",
    "Beat",
    "CheckpointChain",
    "Cleaning",
    "CleaningReport",
    "MoveOrder",
    "Orders",
    "Outcome",
    "Snapshot",
    "clean",
    "find_definition",
    "find_end",
    "find_report",
    "is_known",
    "known_trainings",
    "store_definition",
]
