"""Amazon Braket's devices: their names, when they are open, and what they say they take.

Source: amazon-braket-schemas 1.32, braket/device_schema; amazon-braket-sdk 1.127, braket/devices/devices.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel, Field, Json

from blocks.backends._aws_calibration import Standardized
from blocks.backends._aws_circuits import PROGRAM, PROGRAM_SET, WireCircuit
from blocks.backends._aws_tasks import first_number
from blocks.backends._http import is_loopback

ARNS: Mapping[str, str] = {
    **{name: f"arn:aws:braket:::device/quantum-simulator/amazon/{name}" for name in ("sv1", "dm1", "tn1")},
    "forte-1": "arn:aws:braket:us-east-1::device/qpu/ionq/Forte-1",
    "forte-enterprise-1": "arn:aws:braket:us-east-1::device/qpu/ionq/Forte-Enterprise-1",
    "garnet": "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet",
    "emerald": "arn:aws:braket:eu-north-1::device/qpu/iqm/Emerald",
    "ibex-q1": "arn:aws:braket:eu-north-1::device/qpu/aqt/Ibex-Q1",
    "ankaa-3": "arn:aws:braket:us-west-1::device/qpu/rigetti/Ankaa-3",
    "cepheus-1-108q": "arn:aws:braket:us-west-1::device/qpu/rigetti/Cepheus-1-108Q",
}
"""By the name that a user may write. Any other device is named by its ARN."""

ARN = re.compile(
    r"arn:aws:braket:(?P<region>([a-z]{2}(-[a-z]+)+-[0-9]+)?)::device/(?P<kind>qpu|quantum-simulator)/"
    r"(?P<maker>[a-z0-9-]+)/(?P<name>[0-9A-Za-z_.-]+)"
)

REGION = r"[a-z]{2}(-[a-z]+)+-[0-9]+"
"""Of AWS: it becomes a part of addresses."""

SECONDS_A_TASK = 30.0
"""That a task before ours is taken to last: Braket tells how many there are, not how long they take."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def known_device(device: str) -> str:
    """A device's short name or ARN, as given.

    Raises:
        ValueError: it is neither.
    """
    if device not in ARNS and not ARN.fullmatch(device):
        raise ValueError(f"one of {', '.join(ARNS)}, or the ARN of a device expected")
    return device


def region_of(arn: str) -> str:
    """Where a QPU is; empty for a simulator, which is in several regions."""
    found = ARN.fullmatch(arn)
    return found["region"] if found else ""


def maker_of(arn: str) -> str:
    """Who made a device: `ionq`, `iqm`, …; `amazon` for a simulator."""
    found = ARN.fullmatch(arn)
    return found["maker"] if found else ""


def simulator_of(arn: str) -> str:
    """The name of a simulator; empty for a QPU."""
    found = ARN.fullmatch(arn)
    return found["name"].lower() if found and found["kind"] == "quantum-simulator" else ""


def this_machine(url: str) -> str:
    """Only Amazon's own hosts, which are known, or an imitation on this machine are asked.

    Raises:
        ValueError: the address is of neither.
    """
    if url and not is_loopback(url):
        raise ValueError("nothing, for Amazon's own address, or an address of this machine expected")
    return url.rstrip("/")


class Window(BaseModel):
    """When a device carries tasks out; UTC."""

    day: str = Field(alias="executionDay")
    start: time = Field(alias="windowStartHour")
    end: time = Field(alias="windowEndHour")

    def opens_on(self, weekday: int) -> bool:
        """Whether it is on this day, 0 for Monday; a day that is not known may be any."""
        match self.day:
            case "Weekdays":
                return weekday < 5
            case "Weekend" | "Weekends":
                return weekday > 4
            case day:
                return day not in DAYS or DAYS[weekday] == day

    def wait(self, now: datetime) -> float:
        """Seconds until it is open, 0 while it is; infinite where it never is."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(-1, 8):
            day = midnight + timedelta(days=ahead)
            start = day.replace(hour=self.start.hour, minute=self.start.minute, second=self.start.second)
            end = day.replace(hour=self.end.hour, minute=self.end.minute, second=self.end.second)
            if end <= start:  # past midnight, or all day
                end += timedelta(days=1)
            if self.opens_on(day.weekday()) and now <= end:
                return max(0.0, (start - now).total_seconds())
        return math.inf


class Cost(BaseModel):
    """What a device says it costs, in USD for each unit."""

    price: float = Field(ge=0, allow_inf_nan=False)
    unit: str


class Service(BaseModel):
    """What is common to all devices."""

    windows: list[Window] = Field(default_factory=list[Window], alias="executionWindows")
    shots: tuple[int, int] = Field(alias="shotsRange")
    cost: Cost | None = Field(default=None, alias="deviceCost")
    updated_at: datetime | None = Field(default=None, alias="updatedAt")


class Action(BaseModel):
    """One thing that a device takes: programs, or sets of them."""

    operations: list[str] = Field(default_factory=list[str], alias="supportedOperations")
    most_executables: int | None = Field(default=None, alias="maximumExecutables")
    most_shots: int | None = Field(default=None, alias="maximumTotalShots")
    least_shots: int | None = Field(default=None, alias="minimumTotalShots")


class Connectivity(BaseModel):
    """Which qubits are connected, by the device's own numbers, which may have gaps."""

    full: bool = Field(default=True, alias="fullyConnected")
    graph: dict[str, list[str]] = Field(default_factory=dict[str, list[str]], alias="connectivityGraph")


class Paradigm(BaseModel):
    """Of gates on qubits; simulators tell the number of qubits alone."""

    qubits: int = Field(ge=1, alias="qubitCount")
    native: list[str] = Field(default_factory=list[str], alias="nativeGateSet")
    connectivity: Connectivity = Connectivity()


class Capabilities(BaseModel):
    """`deviceCapabilities` of a device for circuits; an analog one is no such device."""

    service: Service
    action: dict[str, Action]
    paradigm: Paradigm
    provider: dict[str, object] | None = None
    standardized: Standardized | None = None


class Queue(BaseModel):
    """How many wait for a device."""

    queue: str
    size: str = Field(alias="queueSize")
    priority: str = Field(default="Normal", alias="queuePriority")


class DeviceRecord(BaseModel):
    """`GET /device/{arn}`."""

    arn: str = Field(alias="deviceArn")
    status: str = Field(alias="deviceStatus")
    capabilities: Json[Capabilities] = Field(alias="deviceCapabilities")
    queues: list[Queue] = Field(default_factory=list[Queue], alias="deviceQueueInfo")

    @property
    def operations(self) -> frozenset[str]:
        """Braket's names of the gates that it takes.

        Raises:
            ValueError: it takes no circuits in OpenQASM.
        """
        programs = self.capabilities.action.get(PROGRAM)
        if programs is None:
            raise ValueError(f"{self.arn} takes no circuits of gates in OpenQASM")
        return frozenset(name.lower() for name in programs.operations)

    @property
    def max_circuits(self) -> int:
        """Of one task; those of a set are so many that each may have the most shots."""
        sets = self.capabilities.action.get(PROGRAM_SET)
        if sets is None or not sets.most_executables:
            return 1
        by_shots = (sets.most_shots or 0) // self.capabilities.service.shots[1]
        return max(1, min(sets.most_executables, by_shots))

    def wait(self, now: datetime) -> float:
        """Seconds until a task that is sent now starts, as far as is told; infinite while it is offline."""
        if self.status != "ONLINE":
            return math.inf
        windows = self.capabilities.service.windows
        opens = min((window.wait(now.astimezone(UTC)) for window in windows), default=0.0)
        before = [
            one for one in self.queues if one.queue == "QUANTUM_TASKS_QUEUE" and one.priority == "Normal"
        ]
        return opens + SECONDS_A_TASK * sum(first_number(one.size) or 0 for one in before)

    def check(self, circuits: Sequence[WireCircuit], shots: int) -> None:
        """Passes if it takes a task with these circuits now.

        Raises:
            ValueError: it does not, with the reason.
        """
        if self.status != "ONLINE":
            raise ValueError(f"{self.arn} is {self.status.lower()}: take another device, or try again later")
        most_qubits = self.capabilities.paradigm.qubits
        if wide := [circuit.num_qubits for circuit in circuits if circuit.num_qubits > most_qubits]:
            raise ValueError(f"at most {most_qubits} qubits expected, found {max(wide)}")
        if unknown := frozenset[str]().union(*(circuit.gates for circuit in circuits)) - self.operations:
            raise ValueError(f"gates that {self.arn} takes expected, found {sorted(unknown)}")
        least, most = self.capabilities.service.shots
        if not least <= shots <= most:
            raise ValueError(f"{least} to {most} shots expected, found {shots}")
        if len(circuits) > self.max_circuits:
            raise ValueError(f"at most {self.max_circuits} circuits expected, found {len(circuits)}")
        sets = self.capabilities.action.get(PROGRAM_SET) if len(circuits) > 1 else None
        if sets and shots * len(circuits) < (sets.least_shots or 1):
            total = shots * len(circuits)
            raise ValueError(f"at least {sets.least_shots} shots of all circuits expected, found {total}")
