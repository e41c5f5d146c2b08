"""Quantum teleportation: mid-circuit measurement and gates that depend on it."""

from __future__ import annotations

import math

from pydantic import Field
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qorum.circuits.library._template import Parameters, Template


class TeleportationParameters(Parameters):
    """The state that is teleported, and how it is read."""

    theta: float = Field(1.2, ge=0, le=math.pi, description="polar angle of the state in radians, 0 to pi")
    phi: float = Field(
        0.7, ge=-2 * math.pi, le=2 * math.pi, description="azimuth of the state in radians, -2 pi to 2 pi"
    )
    undo: bool = Field(
        False, description="undo the preparation on arrival: the received bit is then 0 with certainty"
    )


def teleportation(parameters: TeleportationParameters) -> QuantumCircuit:
    """cos(θ/2)|0⟩ + e^{iφ}sin(θ/2)|1⟩ goes from qubit 0 to qubit 2 (Bennett et al., PRL 70, 1895).

    Classical registers: `sent` (two bits, uniform), then `received` (one bit: 1 with probability sin²(θ/2),
    or never if `undo`). So a histogram's keys are received, sent[1], sent[0] from left to right.
    """
    qubits, sent, received = (
        QuantumRegister(3, "q"),
        ClassicalRegister(2, "sent"),
        ClassicalRegister(1, "received"),
    )
    circuit = QuantumCircuit(qubits, sent, received)
    circuit.ry(parameters.theta, 0)
    circuit.rz(parameters.phi, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], sent)
    with circuit.if_test((sent[1], 1)):
        circuit.x(2)
    with circuit.if_test((sent[0], 1)):
        circuit.z(2)
    if parameters.undo:
        circuit.rz(-parameters.phi, 2)
        circuit.ry(-parameters.theta, 2)
    circuit.measure(2, received)
    return circuit


def answer(parameters: TeleportationParameters) -> dict[str, float]:
    """The received bit as prepared, or 0 if undone; the sent bits uniform."""
    one = 0.0 if parameters.undo else math.sin(parameters.theta / 2) ** 2
    received = {"0": 1 - one, "1": one}
    return {bit + sent: p / 4 for bit, p in received.items() for sent in ("00", "01", "10", "11") if p > 0}


TEMPLATE = Template(
    "teleportation",
    "Teleportation with mid-circuit measurement and if: the received (leftmost) bit is 1 with probability "
    "sin^2(theta/2), the two sent bits are uniform",
    TeleportationParameters,
    teleportation,
    answer,
)
