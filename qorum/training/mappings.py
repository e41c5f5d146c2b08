"""From Jordan and Wigner's qubits to those of other mappings: occupations added up in other ways.

Each of these mappings writes the occupations n of the spin orbitals as bits B n (sums modulo 2) with an
invertible matrix B (Seeley, Richard and Love, arXiv:1208.5986). On operators that is a circuit of CX gates:
X^x Z^z becomes X^(B x) Z^(B^-T z).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm

FermionMapping = Literal["jordan-wigner", "parity", "bravyi-kitaev"]


def encoding_rows(mapping: FermionMapping, num_qubits: int) -> list[int]:
    """Of each qubit, the mask of the spin orbitals whose occupations it adds up."""
    if mapping == "parity":
        return [(2 << qubit) - 1 for qubit in range(num_qubits)]
    if mapping == "bravyi-kitaev":
        # Qubit j adds up the orbitals that a Fenwick tree keeps at j + 1: as many as its lowest set bit.
        return [(2 << qubit) - (1 << qubit + 1 - (qubit + 1 & -(qubit + 1))) for qubit in range(num_qubits)]
    return [1 << qubit for qubit in range(num_qubits)]


def mapped(observable: PauliSum, mapping: FermionMapping) -> PauliSum:
    """An operator on Jordan and Wigner's qubits, on those of another mapping."""
    n = observable.num_qubits
    rows = encoding_rows(mapping, n)
    columns = _transposed(_inverse(rows), n)
    terms: list[PauliTerm] = []
    for x, z, coefficient in observable.terms:
        flips, signs = _times(rows, x), _times(columns, z)
        # Strings are i^|x & z| X^x Z^z: what the change of that power leaves is a sign.
        turns = (x & z).bit_count() - (flips & signs).bit_count()
        terms.append(PauliTerm(flips, signs, -coefficient if turns % 4 else coefficient))
    return PauliSum(n, tuple(sorted(terms)), observable.constant)


def mapped_state(state: str, mapping: FermionMapping) -> str:
    """The basis state that occupations, rightmost character = qubit 0, become."""
    rows = encoding_rows(mapping, len(state))
    return format(_times(rows, int(state, 2)), f"0{len(state)}b")


def without_qubits(name: str, observable: PauliSum, state: str, removed: Sequence[int]) -> PauliSum:
    """The operator where some qubits keep the bits that they have in a state; these qubits are left out.

    Raises:
        InputRejected: the operator changes one of them.
    """
    mask, bits = sum(1 << qubit for qubit in removed), int(state, 2)
    sums: dict[tuple[int, int], float] = {}
    for x, z, coefficient in observable.terms:
        if x & mask:
            reason = "an operator that keeps the removed qubits expected, found one that flips them"
            raise InputRejected(name, reason)
        sign = -1.0 if (z & mask & bits).bit_count() % 2 else 1.0
        key = _squeezed(x, removed), _squeezed(z, removed)
        sums[key] = sums.get(key, 0.0) + sign * coefficient
    constant = observable.constant + sums.pop((0, 0), 0.0)
    terms = tuple(PauliTerm(x, z, sums[x, z]) for x, z in sorted(sums))
    return PauliSum(observable.num_qubits - len(removed), terms, constant)


def without_characters(state: str, removed: Sequence[int]) -> str:
    """A basis state without some of its qubits."""
    last = len(state) - 1
    return "".join(character for place, character in enumerate(state) if last - place not in removed)


def _squeezed(mask: int, removed: Sequence[int]) -> int:
    for qubit in sorted(removed, reverse=True):
        low = mask & (1 << qubit) - 1
        mask = mask >> qubit + 1 << qubit | low
    return mask


def _times(rows: Sequence[int], vector: int) -> int:
    return sum(((row & vector).bit_count() & 1) << place for place, row in enumerate(rows))


def _inverse(rows: Sequence[int]) -> list[int]:
    """Of a lower triangular matrix with ones on its diagonal, modulo 2."""
    inverse: list[int] = []
    for place, row in enumerate(rows):
        found = 1 << place
        for lower in range(place):
            if row >> lower & 1:
                found ^= inverse[lower]
        inverse.append(found)
    return inverse


def _transposed(rows: Sequence[int], n: int) -> list[int]:
    return [sum((row >> column & 1) << place for place, row in enumerate(rows)) for column in range(n)]
