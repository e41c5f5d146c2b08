"""What a device's calibration says of one operation: its error, its length, and how fast qubits forget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, Protocol, cast

from qiskit.circuit import Delay, Operation
from qiskit.transpiler import InstructionProperties, Target

Properties = Mapping[tuple[int, ...] | None, InstructionProperties | None]
Placed = tuple[tuple[int, ...], InstructionProperties]

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "ps": 1e-12}


class Calibration(Protocol):
    """Errors and lengths of operations as a walk over a circuit needs them."""

    def cost(self, operation: Operation, qubits: Sequence[int]) -> tuple[float, float]:
        """Error probability in [0, 1] and duration in seconds of one operation."""
        ...

    def delay(self, operation: Delay) -> float:
        """Length in seconds of a delay."""
        ...

    def relaxation(self, qubit: int) -> tuple[float, float]:
        """T1 and T2 of a qubit in seconds; infinite where unknown."""
        ...


def is_noiseless(target: Target) -> bool:
    """Whether the target states no error and no T1 or T2 at all."""
    if any(qubit and (qubit.t1 or qubit.t2) for qubit in target.qubit_properties or ()):
        return False
    return not any(
        known is not None and known.error
        for name in target.operation_names
        for known in properties_of(target, name).values()
    )


class Measured:
    """The calibration of the very qubits and couplers that a compiled circuit uses."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[str, Properties] = {}

    def cost(self, operation: Operation, qubits: Sequence[int]) -> tuple[float, float]:
        """See `Calibration.cost`; an error or length that the target leaves out counts as 0.

        Raises:
            ValueError: the target has no such operation on these qubits.
        """
        name = operation.name
        if name not in self._known:
            known = name in self._target.operation_names
            self._known[name] = properties_of(self._target, name) if known else {}
        properties = self._known[name]
        place = tuple(qubits) if tuple(qubits) in properties else None
        if place is None and None not in properties:
            raise ValueError(
                f"the target has no {name} on qubits {list(qubits)}: compile the circuit to this target first"
            )
        found = properties[place]
        return (found.error or 0.0, found.duration or 0.0) if found else (0.0, 0.0)

    def delay(self, operation: Delay) -> float:
        """See `Calibration.delay`."""
        return delay_seconds(operation, self._target.dt)

    def relaxation(self, qubit: int) -> tuple[float, float]:
        """See `Calibration.relaxation`."""
        known = self._target.qubit_properties
        found = known[qubit] if known and qubit < len(known) else None
        return ((found.t1 or math.inf), (found.t2 or math.inf)) if found else (math.inf, math.inf)


@dataclass(frozen=True)
class Typical:
    """The medians of a device, for circuits that are not compiled yet.

    Attributes:
        one_qubit, two_qubit, readout: median error and median duration (s) of working operations.
        free: names of one-qubit gates that take no time and have no error, e.g. a virtual `rz`.
        native: names of all operations.
        t1, t2: medians in seconds.
        neighbours: how many neighbours each connected qubit has; empty where all are connected.
        dt: the device's time step in seconds.
    """

    one_qubit: tuple[float, float]
    two_qubit: tuple[float, float]
    readout: tuple[float, float]
    free: frozenset[str]
    native: frozenset[str]
    t1: float
    t2: float
    neighbours: tuple[int, ...]
    dt: float | None


@dataclass(frozen=True)
class Working:
    """What works on a device, with where; operations with an error of 1 are out of use, and not among them.

    Attributes:
        one_qubit, two_qubit, readout: each gate on each of its places.
        free: names of one-qubit gates that take no time and have no error, e.g. a virtual `rz`.
    """

    one_qubit: Sequence[Placed]
    two_qubit: Sequence[Placed]
    readout: Sequence[Placed]
    free: frozenset[str]


def working(target: Target) -> Working:
    """The target's operations that are of use, by what they act on; delays and resets left aside."""
    one: list[Placed] = []
    two: list[Placed] = []
    readout: list[Placed] = []
    free: set[str] = set()
    for name in target.operation_names:
        known = [
            (place, found)
            for place, found in properties_of(target, name).items()
            if place is not None and found is not None and not (found.error or 0.0) >= 1.0
        ]
        if not known or name in ("delay", "reset"):
            continue
        if name == "measure":
            readout += known
        elif len(known[0][0]) == 2:
            two += known
        elif not any(properties.error or properties.duration for _, properties in known):
            free.add(name)
        else:
            one += known
    return Working(one, two, readout, frozenset(free))


@lru_cache(maxsize=64)
def typical(target: Target) -> Typical:
    """Medians over the target's qubits and couplers; those with an error of 1 are out of use."""
    found = working(target)
    coupling = target.build_coupling_map()
    pairs = {frozenset(edge) for edge in coupling.get_edges()} if coupling else set[frozenset[int]]()
    degrees = Counter(qubit for pair in pairs for qubit in pair)
    qubits = [qubit for qubit in target.qubit_properties or () if qubit]
    return Typical(
        one_qubit=_medians(found.one_qubit),
        two_qubit=_medians(found.two_qubit),
        readout=_medians(found.readout),
        free=found.free,
        native=frozenset(target.operation_names),
        t1=median([qubit.t1 for qubit in qubits if qubit.t1] or [math.inf]),
        t2=median([qubit.t2 for qubit in qubits if qubit.t2] or [math.inf]),
        neighbours=tuple(degrees.values()),
        dt=target.dt,
    )


def _medians(found: Sequence[Placed]) -> tuple[float, float]:
    errors = [properties.error for _, properties in found if properties.error is not None]
    durations = [properties.duration for _, properties in found if properties.duration is not None]
    return median(errors or [0.0]), median(durations or [0.0])


def properties_of(target: Target, name: str) -> Properties:
    """Of an operation, by place; `{None: None}` where it is everywhere alike."""
    return cast("Properties", target[name] or {None: None})


def delay_seconds(operation: Any, dt: float | None) -> float:
    length, unit = operation.duration, operation.unit
    if unit == "dt" and dt is not None:
        return float(length) * dt
    if unit not in SECONDS:
        raise ValueError(
            f"a delay in {', '.join(SECONDS)} (or dt, where the target has one) expected, found {unit}"
        )
    return float(length) * SECONDS[unit]
