"""Accepted circuits for the tests of this room."""

from __future__ import annotations

from qiskit import QuantumCircuit

from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.spec import CircuitSpec


def accepted(name: str, digest: str, **known: object) -> AcceptedCircuit:
    """A Bell circuit of that name and digest; `known` are further fields of its spec."""
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    spec = CircuitSpec(name, "", "qiskit", 2, 2, False, digest, **known)  # type: ignore[arg-type]
    return AcceptedCircuit(spec, bell)
