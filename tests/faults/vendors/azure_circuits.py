"""Circuits in the languages that Azure Quantum passes on, and what they show: read here a second time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.faults.vendors.ionq_circuits import Malformed, ionq_gates
from tests.faults.vendors.simulation import Gate, H, Matrix, X, Y, Z, phase, probabilities, rotation

FIXED: dict[str, Matrix] = {
    **{"x": X, "y": Y, "z": Z, "h": H, "s": phase(pi / 2), "t": phase(pi / 4)},
    **{"sdg": phase(-pi / 2), "tdg": phase(-pi / 4)},
}
AXES = {"rx": X, "ry": Y, "rz": Z}
CONTROLLED = {"cx": X, "cz": Z, "cnot": X}


@dataclass
class Circuit:
    """What is to be carried out.

    Attributes:
        qubits: how many.
        gates: in order.
        measured: qubit of each bit of the register.
        counts: one-qubit gates, two-qubit gates.
    """

    qubits: int
    gates: list[Gate] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int]:
        two = sum(bool(gate.controls) for gate in self.gates)
        return len(self.gates) - two, two

    def outcomes(self, shots: int, generator: np.random.Generator) -> NDArray[np.int64]:
        """[shots] drawn outcomes; bit q is qubit q."""
        exact = self.probabilities()
        chances = np.array(list(exact.values()))
        return generator.choice(np.array(list(exact)), size=shots, p=chances / chances.sum())

    def probabilities(self) -> dict[int, float]:
        """Exact ones; bit q of an outcome is qubit q."""
        return dict(probabilities(self.qubits, self.gates))


def read(language: str, text: str) -> Circuit:
    """
    Raises:
        Malformed: it is not written in that language.
    """
    return {"ionq.circuit.v1": _ionq, "honeywell.openqasm.v1": _qasm, "rigetti.quil.v1": _quil}[language](
        text
    )


def _ionq(text: str) -> Circuit:
    body: dict[str, Any] = json.loads(text)
    if set(body) != {"gateset", "qubits", "circuit"} or body["gateset"] != "qis":
        raise Malformed(f"keys {sorted(body)}")
    return Circuit(body["qubits"], [one for gate in body["circuit"] for one in ionq_gates(gate)])


def _qasm(text: str) -> Circuit:
    head = re.match(
        r'OPENQASM 2\.0;\ninclude "qelib1\.inc";\nqreg q\[(\d+)\];\ncreg c\[(\d+)\];\n((?:.*\n)*)\Z', text
    )
    if head is None:
        raise Malformed("header")
    circuit, bits = Circuit(int(head[1])), dict[int, int]()
    for line in head[3].splitlines():
        if found := re.fullmatch(r"measure q\[(\d+)\] -> c\[(\d+)\];", line):
            bits[int(found[2])] = int(found[1])
        elif found := re.fullmatch(r"(\w+)(?:\((-?\d+\.\d+)\))? (q\[\d+\](?:, q\[\d+\])*);", line):
            places = [int(place) for place in re.findall(r"\d+", found[3])]
            circuit.gates.append(_gate(found[1], found[2], places))
        else:
            raise Malformed(line)
    return _measuring(circuit, bits, int(head[2]))


def _quil(text: str) -> Circuit:
    first, *lines = text.splitlines()
    width = re.fullmatch(r"DECLARE ro BIT\[(\d+)\]", first)
    if width is None:
        raise Malformed(first)
    circuit, bits = Circuit(0), dict[int, int]()
    for line in lines:
        if found := re.fullmatch(r"MEASURE (\d+) ro\[(\d+)\]", line):
            bits[int(found[2])] = int(found[1])
        elif found := re.fullmatch(r"(DAGGER )?([A-Z]+)(?:\((-?\d+\.\d+)\))?((?: \d+)+)", line):
            name = found[2].lower() + ("dg" if found[1] else "")
            circuit.gates.append(_gate(name, found[3], [int(place) for place in found[4].split()]))
        else:
            raise Malformed(line)
    used = [*bits.values(), *(q for gate in circuit.gates for q in (gate.target, *gate.controls))]
    circuit.qubits = max(used) + 1
    return _measuring(circuit, bits, int(width[1]))


def _gate(name: str, angle: str | None, places: Sequence[int]) -> Gate:
    if name in AXES and angle is not None and len(places) == 1:
        return Gate(rotation(AXES[name], float(angle)), places[0])
    if name in FIXED and angle is None and len(places) == 1:
        return Gate(FIXED[name], places[0])
    if name in CONTROLLED and angle is None and len(places) == 2:
        return Gate(CONTROLLED[name], places[1], (places[0],))
    raise Malformed(f"{name} on {places}")


def _measuring(circuit: Circuit, bits: dict[int, int], width: int) -> Circuit:
    if sorted(bits) != list(range(width)):
        raise Malformed(f"a register of {width} bits, of which {sorted(bits)} are measured")
    circuit.measured = [bits[bit] for bit in range(width)]
    return circuit
