"""A circuit that passed intake, and its form in the store and between processes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import qiskit
from qiskit import QuantumCircuit

from qorum.circuits.formats import from_qpy, to_qpy
from qorum.circuits.reading import Inputs
from qorum.circuits.sealing import seal, unseal
from qorum.circuits.sizes import EMPTY, CircuitSize
from qorum.circuits.spec import CircuitSpec
from qorum.circuits.targets import NOT_GATES
from qorum.circuits.walks import steps_within

_MAGIC = b"qorum accepted circuit 3\n"


class AcceptedCircuit:
    """A circuit that passed intake: its identity, and the thing itself, packed or not.

    It is packed and unpacked when somebody asks: of a circuit whose compiled form is cached, nobody
    does.

    Attributes:
        spec: its identity.
    """

    def __init__(
        self,
        spec: CircuitSpec,
        circuit: QuantumCircuit | None = None,
        *,
        qpy: bytes = b"",
        gates: tuple[int, int] = (0, 0),
        size: CircuitSize = EMPTY,
    ) -> None:
        """Of a circuit, or of its QPY with its `gate_counts` and size."""
        self.spec = spec
        if circuit is not None:
            self.circuit = circuit
        else:
            self.qpy, self.gates, self.size = qpy, gates, size

    @cached_property
    def circuit(self) -> QuantumCircuit:
        """The circuit."""
        return from_qpy(self.qpy)

    @cached_property
    def qpy(self) -> bytes:
        """The circuit as `formats.to_qpy` writes it."""
        return to_qpy(self.circuit)

    @cached_property
    def gates(self) -> tuple[int, int]:
        """Its `gate_counts`."""
        return gate_counts(self.circuit)

    @cached_property
    def size(self) -> CircuitSize:
        """What its run time is predicted from."""
        return CircuitSize.of(self.circuit)

    def called(self, name: str) -> AcceptedCircuit:
        """The same circuit under another name."""
        if name == self.spec.name:
            return self
        return self.specified(replace(self.spec, name=name))

    def specified(self, spec: CircuitSpec) -> AcceptedCircuit:
        """The same circuit with something else known of it."""
        return AcceptedCircuit(spec, qpy=self.qpy, gates=self.gates, size=self.size)


def gate_counts(circuit: QuantumCircuit) -> tuple[int, int]:
    """Gates on one qubit, and on two.

    One on k > 2 qubits counts as 6·(k − 2) on two, as IonQ bills it. Both branches of an `if` count, a
    loop's body once.
    """
    one_qubit, two_qubit = 0, 0
    for step in steps_within(circuit):
        if step.name not in NOT_GATES:
            width = len(step.qubits)
            one_qubit += width == 1
            two_qubit += 6 * (width - 2) if width > 2 else int(width == 2)
    return one_qubit, two_qubit


def text_key(text: str | bytes, inputs: Inputs | None = None) -> str:
    """sha256 (hex) over all that intake's answer to a text depends on.

    These are the text, the values of its inputs, these rules and Qiskit.
    """
    data = text.encode() if isinstance(text, str) else text
    values = json.dumps(dict(inputs or {}), sort_keys=True).encode()
    return hashlib.sha256(b"\x1f".join((_rules(), values, data))).hexdigest()


@cache
def _rules() -> bytes:
    """A fingerprint of intake as it is written: of every module beside and below this one, and of Qiskit."""
    digest = hashlib.sha256(qiskit.__version__.encode())
    here = Path(__file__).parent
    for module in sorted(here.rglob("*.py")):
        digest.update(str(module.relative_to(here)).encode() + module.read_bytes())
    return digest.digest()


def encode(accepted: AcceptedCircuit, key: str = "") -> bytes:
    """For the store; `decode` reads it by the same key."""
    counted = {"gates": accepted.gates, "size": asdict(accepted.size)}
    return seal(_MAGIC, {**vars(accepted.spec), **counted}, accepted.qpy, key)


def decode(data: bytes, key: str = "") -> AcceptedCircuit:
    """The inverse of `encode`; only for what this house wrote itself.

    Raises:
        QorumError: another format, version or key, or damaged; nothing of it was interpreted.
    """
    header, qpy = unseal(_MAGIC, data, key)
    (ones, twos), size = header.pop("gates"), CircuitSize(**header.pop("size"))
    lists = {name: tuple(header[name]) for name in ("warnings", "readings")}
    fields: dict[str, Any] = {**header, **lists}
    return AcceptedCircuit(CircuitSpec(**fields), qpy=qpy, gates=(ones, twos), size=size)
