"""Electrons that move between spin orbitals, as circuits under the Jordan-Wigner transformation.

Qubit p is 1 where spin orbital p is occupied. exp(θ(T - T†)) turns two occupations into each other and
leaves all others alone. CX gates bring the two onto one qubit, which is rotated where the other qubits say
so: the circuits of Yordanov et al., arXiv:2005.14475, with RY as RZ between S H and H S†. What is left is CX
and RZ, with angles linear in θ: phases, which simulators merge and hardware does for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from qiskit import QuantumCircuit

from qorum.errors import InputRejected
from qorum.training.hamiltonians import SpinOrbitals

Angle = Any
"""Radians: a number, or an expression that is linear in parameters (Qiskit leaves its type unknown)."""

FREQUENCIES = (1.0, 2.0)
"""Of an expectation value by θ: T - T† has the eigenvalues 0 and ±i."""


@dataclass(frozen=True)
class Excitation:
    """T = Π a†(created) · Π a(annihilated), in the order given: one electron moves, or two.

    Attributes:
        created: spin orbitals that are filled: (p,) or (p, q).
        annihilated: spin orbitals that are emptied: (r,) or (r, s), as in a†p a†q ar as.
        parity: whether the signs of fermions are kept (Jordan-Wigner strings); without them this is a
            qubit excitation, arXiv:2011.10540, of a depth that does not grow with distance.
    """

    created: tuple[int, ...]
    annihilated: tuple[int, ...]
    parity: bool = True

    def __post_init__(self) -> None:
        indices = self.created + self.annihilated
        fits = len(self.created) == len(self.annihilated) in (1, 2) and min(indices) >= 0
        if not fits or len(set(indices)) != len(indices):
            reason = "one or two spin orbitals created and as many others annihilated expected, found "
            raise InputRejected("excitation", f"{reason}{self.created} and {self.annihilated}")

    @property
    def name(self) -> str:
        """As `0,1->4,5`: from where to where; `~>` without the signs of fermions."""
        arrow = "->" if self.parity else "~>"
        return f"{','.join(map(str, self.annihilated))}{arrow}{','.join(map(str, self.created))}"

    def append(self, circuit: QuantumCircuit, angle: Angle) -> None:
        """exp(angle (T - T†)) at the end of a circuit: angle in radians, a number or linear in parameters."""
        if len(self.created) == 1:
            self._append_single(circuit, angle)
        else:
            self._append_double(circuit, angle)

    def _append_single(self, circuit: QuantumCircuit, angle: Angle) -> None:
        (to,), (source,) = self.created, self.annihilated
        circuit.cx(to, source)
        self._signed_rotation(circuit, angle, to, {source: 1})
        circuit.cx(to, source)

    def _append_double(self, circuit: QuantumCircuit, angle: Angle) -> None:
        (to, partner), (source, other) = self.created, self.annihilated
        bring_together = ((to, partner), (source, other), (to, source))
        for control, target in bring_together:
            circuit.cx(control, target)
        self._signed_rotation(circuit, angle * self._sign(), to, {partner: 0, other: 0, source: 1})
        for control, target in reversed(bring_together):
            circuit.cx(control, target)

    def _signed_rotation(
        self, circuit: QuantumCircuit, angle: Angle, target: int, controls: dict[int, int]
    ) -> None:
        """RY(±2 angle) where the controls are as asked, - where the string between has odd parity."""
        string = self._string()
        for low, high in pairwise(string):
            circuit.cx(low, high)
        circuit.sdg(target)
        circuit.h(target)
        if string:
            circuit.cx(string[-1], target)
        _controlled_rz(circuit, angle, target, controls)
        if string:
            circuit.cx(string[-1], target)
        circuit.h(target)
        circuit.s(target)
        for low, high in reversed(list(pairwise(string))):
            circuit.cx(low, high)

    def _string(self) -> list[int]:
        """Qubits below an odd number of the indices, other than these: their occupations give signs."""
        if not self.parity:
            return []
        ordered = sorted(self.created + self.annihilated)
        return [qubit for low, high in zip(ordered[::2], ordered[1::2], strict=True)
                for qubit in range(low + 1, high)]  # fmt: skip

    def _sign(self) -> int:
        """T's sign on the state in which nothing but the annihilated orbitals is occupied."""
        if not self.parity:
            return 1
        occupied, sign = set(self.annihilated), 1
        for index in reversed(self.created + self.annihilated):
            sign *= (-1) ** sum(one < index for one in occupied)
            occupied ^= {index}
        return sign


def _controlled_rz(circuit: QuantumCircuit, angle: Angle, target: int, controls: dict[int, int]) -> None:
    """RZ(2 angle) where each control has its value: 2**k rotations, a Gray code apart (k controls)."""
    qubits = tuple(controls)
    size = 1 << len(qubits)
    flipped = 0
    for step in range(size):
        # This rotation acts with sign (-1)^(flipped · controls); the mean over all is 0 but where asked.
        odd = sum(controls[qubit] for place, qubit in enumerate(qubits) if flipped >> place & 1) % 2
        circuit.rz((-1 if odd else 1) * angle * (2 / size), target)
        place = min(((step + 1) & -(step + 1)).bit_length() - 1, len(qubits) - 1)
        circuit.cx(qubits[place], target)
        flipped ^= 1 << place


def spin_orbital(orbital: int, spin: int, num_qubits: int, layout: SpinOrbitals) -> int:
    """The qubit of a spatial orbital with spin up (0) or down (1)."""
    return 2 * orbital + spin if layout == "interleaved" else orbital + spin * (num_qubits // 2)


def spin_of(qubit: int, num_qubits: int, layout: SpinOrbitals) -> int:
    """0 for a spin orbital with spin up, 1 for spin down."""
    return qubit % 2 if layout == "interleaved" else int(qubit >= num_qubits // 2)


def singles_and_doubles(
    state: str, layout: SpinOrbitals, *, parity: bool = True
) -> tuple[list[Excitation], list[Excitation]]:
    """Those that keep each spin's number of electrons, from occupied to empty spin orbitals.

    Args:
        state: occupations, rightmost character = qubit 0.
        layout: of the spin orbitals.
        parity: see `Excitation`.

    Returns:
        Singles and doubles, each in lexicographic order of what is annihilated, then created.
    """
    n = len(state)
    full = [qubit for qubit in range(n) if state[n - 1 - qubit] == "1"]
    empty = [qubit for qubit in range(n) if state[n - 1 - qubit] == "0"]
    return _conserving(full, empty, n, layout, parity)


def generalized_singles_and_doubles(
    num_qubits: int, layout: SpinOrbitals, *, parity: bool = True
) -> tuple[list[Excitation], list[Excitation]]:
    """Those between any spin orbitals that keep each spin's number of electrons; T and -T† are one.

    Returns:
        Singles and doubles, each in lexicographic order of what is annihilated, then created.
    """
    everything = range(num_qubits)
    singles, doubles = _conserving(everything, everything, num_qubits, layout, parity)
    return _each_once(singles), _each_once(doubles)


def paired_doubles(num_qubits: int, layout: SpinOrbitals) -> list[Excitation]:
    """Both electrons of one spatial orbital move to another; each pair of orbitals once, lower ones first."""

    def pair(orbital: int) -> tuple[int, int]:
        up, down = (spin_orbital(orbital, spin, num_qubits, layout) for spin in (0, 1))
        return up, down

    return [Excitation(pair(high), pair(low)) for low, high in combinations(range(num_qubits // 2), 2)]


def _each_once(excitations: list[Excitation]) -> list[Excitation]:
    return [one for one in excitations if one.annihilated < one.created]


def _conserving(
    sources: Sequence[int], targets: Sequence[int], n: int, layout: SpinOrbitals, parity: bool
) -> tuple[list[Excitation], list[Excitation]]:
    def spins(qubits: tuple[int, ...]) -> int:
        return sum(spin_of(qubit, n, layout) for qubit in qubits)

    found: tuple[list[Excitation], list[Excitation]] = ([], [])
    for count, some in enumerate(found, start=1):
        some += [
            Excitation(created, annihilated, parity)
            for annihilated in combinations(sources, count)
            for created in combinations(targets, count)
            if spins(created) == spins(annihilated) and not {*created} & {*annihilated}
        ]
    return found
