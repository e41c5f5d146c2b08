"""What Braket's devices tell of their errors, in one form of three, and the target that comes of it.

Source: amazon-braket-schemas 1.32, braket/device_schema: standardized properties of versions 1 and 2
(Rigetti, IQM: qubit by qubit) and 3 (AQT, IonQ: of the whole device), and IonQ's own before that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from pydantic import BaseModel, Field
from qiskit.circuit import Measure
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import InstructionProperties, QubitProperties, Target

from blocks.backends._braket_gates import BRAKET_GATES

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

ENTANGLING: Mapping[str, tuple[str, ...]] = {
    "cz": ("cz", "cx"),
    "iswap": ("iswap",),
    "xx": ("rxx", "cx", "cz"),
    "ms": ("rxx", "cx", "cz"),
    "zz": ("rzz", "cx", "cz"),
}
"""Gates that cost one native gate on two qubits, by that. Only these are compiled to: what is estimated
from a circuit would else leave out that a swap, say, is three of them."""

Place = tuple[int, ...]


class Kind(BaseModel):
    """How a fidelity was measured."""

    name: str = ""


class Fidelity(BaseModel):
    """Of a gate or a readout."""

    fidelity: float = Field(ge=0, le=1)
    kind: Kind | None = Field(default=None, alias="fidelityType")


class Span(BaseModel):
    """A time."""

    value: float
    unit: str = "s"

    @property
    def seconds(self) -> float | None:
        """None where the unit is not known."""
        return self.value * UNITS[self.unit] if self.unit in UNITS else None


class OneQubit(BaseModel):
    """A qubit's own figures."""

    t1: Span | None = Field(default=None, alias="T1")
    t2: Span | None = Field(default=None, alias="T2")
    fidelities: list[Fidelity] = Field(default_factory=list[Fidelity], alias="oneQubitFidelity")


class TwoQubits(BaseModel):
    """A pair's own figures, one a gate."""

    fidelities: list[Fidelity] = Field(default_factory=list[Fidelity], alias="twoQubitGateFidelity")


class Standardized(BaseModel):
    """Versions 1 to 3: by qubit (`3`) and pair (`3-4`), or of the whole device."""

    one: dict[str, OneQubit] | None = Field(default=None, alias="oneQubitProperties")
    two: dict[str, TwoQubits] | None = Field(default=None, alias="twoQubitProperties")
    t1: Span | None = Field(default=None, alias="T1")
    t2: Span | None = Field(default=None, alias="T2")
    readouts: list[Fidelity] | None = Field(default=None, alias="readoutFidelity")
    singles: list[Fidelity] | None = Field(default=None, alias="singleQubitFidelity")
    pairs: list[Fidelity] | None = Field(default=None, alias="twoQubitGateFidelity")


class Mean(BaseModel):
    """Of a fidelity."""

    mean: float = Field(ge=0, le=1)


class Means(BaseModel):
    """IonQ's own figures: means over the device."""

    one: Mean | None = Field(default=None, alias="1Q")
    two: Mean | None = Field(default=None, alias="2Q")
    spam: Mean | None = None


def ionq_means(provider: Mapping[str, object] | None) -> Means:
    """IonQ's figures of what a device's maker tells; other makers write otherwise, and are not read."""
    try:
        return Means.model_validate((provider or {}).get("fidelity") or {})
    except ValueError:
        return Means()


class Errors:
    """Error rates by place, as far as they are told.

    Args:
        told: the standardized figures.
        means: IonQ's own, which count where those do not tell.
    """

    def __init__(self, told: Standardized | None, means: Means) -> None:
        self._told, self._means = told or Standardized(), means

    def gate(self, qubits: Sequence[str]) -> float | None:
        """Of the best gate on one qubit or on a pair, by the device's numbers."""
        if len(qubits) == 1:
            own = (self._told.one or {}).get(qubits[0])
            known = _not_readout(own.fidelities if own else []) or _not_readout(self._told.singles or [])
            return _error(known, self._means.one)
        pairs = self._told.two or {}
        own = pairs.get("-".join(qubits)) or pairs.get("-".join(reversed(qubits)))
        return _error([*(own.fidelities if own else [])] or self._told.pairs or [], self._means.two)

    def readout(self, qubit: str) -> float | None:
        """Of measuring a qubit."""
        own = (self._told.one or {}).get(qubit)
        known = [one for one in (own.fidelities if own else []) if one.kind and one.kind.name == "READOUT"]
        return _error(known or self._told.readouts or [], self._means.spam)

    def idle(self, qubit: str) -> tuple[float | None, float | None]:
        """T1 and T2 in seconds."""
        own = (self._told.one or {}).get(qubit) or OneQubit()
        t1, t2 = own.t1 or self._told.t1, own.t2 or self._told.t2
        return t1.seconds if t1 else None, t2.seconds if t2 else None


def device_target(
    num_qubits: int,
    graph: Mapping[str, Sequence[str]] | None,
    native: Sequence[str],
    operations: frozenset[str],
    errors: Errors,
) -> Target:
    """Gates that a QPU takes, with the errors it tells.

    Args:
        num_qubits: of the device.
        graph: neighbours of each qubit, by the device's numbers; None: all are connected.
        native: Braket's names of its native gates.
        operations: Braket's names of what it takes.
        errors: by the device's numbers.

    Returns:
        A target whose qubit i is the device's i-th one in use, by number.
    """
    names = _names(num_qubits, graph)
    index = {name: place for place, name in enumerate(names)}
    if graph is None:
        pairs = set(permutations(range(len(names)), 2))
    else:
        edges = [(index[a], index[b]) for a, others in graph.items() for b in others]
        pairs = {*edges, *((b, a) for a, b in edges)}
    idle = [QubitProperties(t1=t1, t2=t2) for t1, t2 in map(errors.idle, names)]
    target = Target(num_qubits=len(names), qubit_properties=idle)
    library = get_standard_gate_name_mapping()
    for gate in _gates(native, operations):
        places: list[Place] = [(q,) for q in range(len(names))]
        if library[gate].num_qubits == 2:
            places = sorted(pairs)
        known = {at: InstructionProperties(error=errors.gate([names[q] for q in at])) for at in places}
        target.add_instruction(library[gate], known)
    measured = {(q,): InstructionProperties(error=errors.readout(name)) for q, name in enumerate(names)}
    target.add_instruction(Measure(), measured)
    return target


def _names(num_qubits: int, graph: Mapping[str, Sequence[str]] | None) -> list[str]:
    """The device's numbers of its qubits, ascending; those without a neighbour are of no use."""
    if graph is None:
        return [str(qubit) for qubit in range(num_qubits)]
    return sorted({*graph, *(other for others in graph.values() for other in others)}, key=int)


def _gates(native: Sequence[str], operations: frozenset[str]) -> list[str]:
    library = get_standard_gate_name_mapping()
    taken = [name for name, theirs in BRAKET_GATES.items() if theirs in operations]
    one = [name for name in taken if library[name].num_qubits == 1]
    two = [name for name in taken if library[name].num_qubits == 2]
    cheap = {name for gate in native for name in ENTANGLING.get(gate.lower(), ())}
    return [*one, *([name for name in two if name in cheap] or two)]


def _not_readout(fidelities: Sequence[Fidelity]) -> list[Fidelity]:
    return [one for one in fidelities if one.kind is None or not one.kind.name.startswith("READOUT")]


def _error(known: Sequence[Fidelity], mean: Mean | None) -> float | None:
    if known:
        return 1 - max(one.fidelity for one in known)
    return None if mean is None else 1 - mean.mean
