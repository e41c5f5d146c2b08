"""Rotations about Pauli strings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Any

from qiskit import QuantumCircuit

from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm


@dataclass(frozen=True)
class PauliRotation:
    """exp(-iθP/2).

    Attributes:
        letters: (qubit, X, Y or Z), qubits ascending, at least one.
    """

    letters: tuple[tuple[int, str], ...]

    @classmethod
    def about(cls, term: PauliTerm) -> PauliRotation:
        """About a term of an observable; its coefficient does not matter."""
        return cls(tuple((qubit, letter) for qubit, letter in enumerate(letters_of(term)) if letter != "I"))

    @property
    def name(self) -> str:
        """As `X0 Y3`."""
        return " ".join(f"{letter}{qubit}" for qubit, letter in self.letters)

    def append(self, circuit: QuantumCircuit, angle: Any) -> None:
        """exp(-i angle P/2) at the end of a circuit; angle in radians, a number or linear in parameters."""
        qubits = [qubit for qubit, _ in self.letters]
        kind = "".join(letter for _, letter in self.letters)
        single = {"X": circuit.rx, "Y": circuit.ry, "Z": circuit.rz}
        double = {"XX": circuit.rxx, "YY": circuit.ryy, "ZZ": circuit.rzz}
        if kind in single:
            single[kind](angle, qubits[0])
        elif kind in double:
            double[kind](angle, qubits[0], qubits[1])
        else:
            self._append_by_ladder(circuit, angle, qubits)

    def _append_by_ladder(self, circuit: QuantumCircuit, angle: Any, qubits: list[int]) -> None:
        for qubit, letter in self.letters:
            if letter == "Y":
                circuit.sdg(qubit)
            if letter != "Z":
                circuit.h(qubit)
        steps = list(pairwise(qubits))
        for low, high in steps:
            circuit.cx(low, high)
        circuit.rz(angle, qubits[-1])
        for low, high in reversed(steps):
            circuit.cx(low, high)
        for qubit, letter in self.letters:
            if letter != "Z":
                circuit.h(qubit)
            if letter == "Y":
                circuit.s(qubit)


def letters_of(term: PauliTerm) -> str:
    """I, X, Y or Z for each qubit from 0 up to the last that is acted on."""
    width = (term.x | term.z).bit_length()
    return "".join("IXZY"[(term.x >> q & 1) + 2 * (term.z >> q & 1)] for q in range(width))


def local_paulis(observable: PauliSum) -> tuple[PauliRotation, ...]:
    """All strings of one letter, then all of two; of a real observable those with an odd number of Y.

    The others only give a real state a phase that no real observable sees to first order.
    """
    real = all((term.x & term.z).bit_count() % 2 == 0 for term in observable.terms)
    n = observable.num_qubits
    return tuple(
        PauliRotation(tuple(zip(qubits, kind, strict=True)))
        for size in (1, 2)
        for qubits in combinations(range(n), size)
        for kind in product("XYZ", repeat=size)
        if not real or kind.count("Y") % 2
    )
