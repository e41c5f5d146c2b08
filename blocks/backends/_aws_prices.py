"""What a task of Amazon Braket costs: a fee and a price for each shot on QPUs, seconds on simulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from blocks.backends._aws_circuits import WireCircuit
from blocks.backends._aws_devices import Cost
from blocks.backends._aws_tasks import TaskRecord
from blocks.backends._prices import listed_entry, not_known
from qorum.backends import Billed, Price, TimeBound

SOURCE = "aws.amazon.com/braket/pricing"

TASK_FEE = 0.30
"""USD, the same on all QPUs."""

MINIMUM_SECONDS = 3.0
"""That a simulator bills at least (amazon-braket-sdk, braket/tracking/tracker.py)."""

LONGEST_SECONDS = 6 * 3600.0
"""For which a simulator works on a task before it is stopped (Developer Guide, SV1, DM1, TN1)."""

START_SECONDS = 60.0
SECONDS_AN_AMPLITUDE = 1e-8
"""What is reserved for a gate on each amplitude. Braket tells of SV1 1 to 2 hours for 34 qubits and depth 34:
at least ten times faster."""


def task_price(device_arn: str, cost: Cost | None, max_circuits: int) -> Price:
    """Prices of the tables, or what the device itself says, whichever is more.

    Raises:
        ValueError: neither knows them, or the user's table cannot be read.
    """
    entry, told = listed_entry("braket", device_arn), _told(cost)
    if entry is None and told is None:
        raise ValueError(not_known(device_arn))
    price, own = entry.price if entry else told or Price(), told or Price()
    price = replace(
        price,
        per_shot=max(price.per_shot, own.per_shot),
        per_second=max(price.per_second, own.per_second),
        circuits_per_task=max_circuits,
    )
    if price.is_free:
        raise ValueError(f"a price of {device_arn} expected, found none: nothing at Braket is free")
    return price


def most_usd(price: Price, circuits: Sequence[WireCircuit], shots: int, device: str) -> float:
    """What a task with these circuits costs at most; `device` is a simulator's name, else empty."""
    bound = time_bound(device)
    sizes = [(circuit.num_qubits, len(circuit.program.gates)) for circuit in circuits]
    return price.of([Billed(shots, bound.seconds(*size) if bound else 0.0) for size in sizes])


def charged_usd(price: Price, record: TaskRecord, seconds: float | None) -> float:
    """What a final task was charged, as published; Braket itself tells no figure for one task.

    Args:
        price: of the device.
        record: the task's. All shots of one that is completed are charged; of another one those that
            succeeded, where any did: one that fails or is cancelled before that costs nothing.
        seconds: that a simulator worked on it; None for a QPU, and where it was not completed.
    """
    if price.per_second:
        return 0.0 if seconds is None else price.of([Billed(record.shots, seconds=seconds)])
    shots = record.shots if record.status == "COMPLETED" else record.successful_shots or 0
    return price.of([Billed(shots)]) if shots else 0.0


def time_bound(device: str) -> TimeBound | None:
    """How long a simulator works at most, generously; that of TN1 cannot be foretold. None for a QPU.

    Args:
        device: a simulator's name; empty for a QPU.
    """
    if not device:
        return None
    start = START_SECONDS if device in ("sv1", "dm1") else LONGEST_SECONDS
    return TimeBound(start, SECONDS_AN_AMPLITUDE, device == "dm1", LONGEST_SECONDS)


def _told(cost: Cost | None) -> Price | None:
    match cost:
        case Cost(unit="shot"):
            return Price(per_task=TASK_FEE, per_shot=cost.price)
        case Cost(unit="minute"):
            return Price(per_second=cost.price / 60, minimum_seconds=MINIMUM_SECONDS)
        case _:
            return None
