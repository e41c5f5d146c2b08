"""Electrons on qubits: the Jordan-Wigner mapping of a molecule's integrals.

Jordan and Wigner, Z. Phys. 47, 631 (1928): a_j = Z_0 … Z_(j-1) (X_j + i Y_j) / 2. Strings are kept as masks
(x, z) of i^|x & z| X^x Z^z, as everywhere in this project.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.hamiltonians import SpinOrbitals, spin_masks

Operator = dict[tuple[int, int], complex]
"""Pauli strings by their masks, each with its coefficient."""

NEGLIGIBLE = 1e-12
"""Coefficients below this, in the integrals' unit, are dropped."""


def jordan_wigner(
    constant: float, one_body: np.ndarray, two_body: np.ndarray, spin_orbitals: SpinOrbitals = "interleaved"
) -> PauliSum:
    """constant + Σ h_pq a†_pσ a_qσ + ½ Σ (pq|rs) a†_pσ a†_rτ a_sτ a_qσ over orbitals p, q, r, s, spins σ, τ.

    Args:
        constant: nuclear repulsion and frozen core.
        one_body: h_pq, real and symmetric, shape [p, p].
        two_body: (pq|rs) in chemists' notation, real, with (pq|rs) = (rs|pq) = (qp|sr); shape [p, p, p, p].
        spin_orbitals: which qubit is which spin orbital, as `Hamiltonian` has it.

    Returns:
        On 2p qubits, without coefficients below 1e-12.

    Raises:
        InputRejected: the shapes do not fit, or the operator is not Hermitian or not finite.
    """
    one_body, two_body = np.asarray(one_body, np.float64), np.asarray(two_body, np.float64)
    orbitals = len(one_body)
    _check(constant, one_body, two_body)
    excitations = [
        [_excitation(p, q, orbitals, spin_orbitals) for q in range(orbitals)] for p in range(orbitals)
    ]
    # ½ Σ (pq|rs) (E_pq E_rs - δ_qr E_ps), with E_pq = Σ_σ a†_pσ a_qσ
    effective = one_body - 0.5 * np.einsum("pqqs->ps", two_body)
    total: Operator = {(0, 0): complex(constant)}
    for p in range(orbitals):
        for q in range(orbitals):
            _add(total, excitations[p][q], float(effective[p, q]))
            inner: Operator = {}
            for r in range(orbitals):
                for s in range(orbitals):
                    _add(inner, excitations[r][s], 0.5 * float(two_body[p, q, r, s]))
            _add(total, _product(excitations[p][q], inner), 1.0)
    constant = total.pop((0, 0)).real
    terms = [PauliTerm(x, z, value.real) for (x, z), value in sorted(total.items(), key=lambda item: item[0])]
    kept = tuple(term for term in terms if abs(term.coefficient) >= NEGLIGIBLE)
    return PauliSum(2 * orbitals, kept, constant)


def product_of_ladders(factors: Iterable[tuple[int, int]]) -> Operator:
    """A product of ladder operators: of each, which spin orbital, and 1 for a†, 0 for a."""
    found: Operator = {(0, 0): 1.0}
    for place, creates in factors:
        found = _product(found, _ladder(place, -0.5j if creates else 0.5j))
    return found


def particle_number(num_qubits: int, spin_orbitals: SpinOrbitals = "interleaved") -> PauliSum:
    """Σ n_j over all spin orbitals."""
    del spin_orbitals
    return PauliSum(num_qubits, _signs([-0.5] * num_qubits), num_qubits / 2)


def spin_projection(num_qubits: int, spin_orbitals: SpinOrbitals = "interleaved") -> PauliSum:
    """S_z = ½ (N_up - N_down), in units of ħ."""
    ups, _ = spin_masks(num_qubits, spin_orbitals)
    return PauliSum(num_qubits, _signs([-0.25 if ups >> q & 1 else 0.25 for q in range(num_qubits)]))


def spin_squared(num_qubits: int, spin_orbitals: SpinOrbitals = "interleaved") -> PauliSum:
    """S² = S_- S_+ + S_z (S_z + 1), in units of ħ²: s(s + 1)."""
    orbitals = num_qubits // 2
    raising: Operator = {}
    lowering: Operator = {}
    for orbital in range(orbitals):
        up, down = [
            2 * orbital + spin if spin_orbitals == "interleaved" else orbital + spin * orbitals
            for spin in range(2)
        ]
        _add(raising, product_of_ladders([(up, 1), (down, 0)]), 1.0)
        _add(lowering, product_of_ladders([(down, 1), (up, 0)]), 1.0)
    along: Operator = {
        (term.x, term.z): term.coefficient for term in spin_projection(num_qubits, spin_orbitals).terms
    }
    total = _product(lowering, raising)
    _add(total, _product(along, along), 1.0)
    _add(total, along, 1.0)
    constant = total.pop((0, 0), 0).real
    terms = [PauliTerm(x, z, value.real) for (x, z), value in sorted(total.items(), key=lambda item: item[0])]
    return PauliSum(num_qubits, tuple(one for one in terms if abs(one.coefficient) >= NEGLIGIBLE), constant)


def _signs(coefficients: list[float]) -> tuple[PauliTerm, ...]:
    return tuple(PauliTerm(0, 1 << qubit, value) for qubit, value in enumerate(coefficients))


def _excitation(p: int, q: int, orbitals: int, spin_orbitals: SpinOrbitals) -> Operator:
    """Σ_σ a†_pσ a_qσ."""
    result: Operator = {}
    for spin in range(2):
        places = [2 * i + spin if spin_orbitals == "interleaved" else i + spin * orbitals for i in (p, q)]
        _add(result, _product(_ladder(places[0], -0.5j), _ladder(places[1], 0.5j)), 1.0)
    return result


def _ladder(place: int, weight: complex) -> Operator:
    """(X/2 + weight · Y) at `place` behind a string of Z: a for weight i/2, a† for -i/2."""
    bit = 1 << place
    return {(bit, bit - 1): 0.5, (bit, bit - 1 | bit): weight}


def _add(total: Operator, other: Operator, factor: float) -> None:
    if factor:
        for key, value in other.items():
            total[key] = total.get(key, 0) + factor * value


def _product(left: Operator, right: Operator) -> Operator:
    result: Operator = {}
    phases = (1, 1j, -1, -1j)
    for (x1, z1), a in left.items():
        for (x2, z2), b in right.items():
            x, z = x1 ^ x2, z1 ^ z2
            quarter = (x1 & z1).bit_count() + (x2 & z2).bit_count() - (x & z).bit_count()
            quarter += 2 * (z1 & x2).bit_count()
            result[x, z] = result.get((x, z), 0) + phases[quarter % 4] * a * b
    return result


def _check(constant: float, one_body: np.ndarray, two_body: np.ndarray) -> None:
    p = len(one_body)
    if p == 0 or one_body.shape != (p, p) or two_body.shape != (p,) * 4:
        found = f"{list(one_body.shape)} and {list(two_body.shape)}"
        raise InputRejected("integrals", f"shapes [p, p] and [p, p, p, p] expected, found {found}")
    if not (np.isfinite(constant) and np.isfinite(one_body).all() and np.isfinite(two_body).all()):
        raise InputRejected("integrals", "finite numbers expected, found NaN or infinity")
    exchanged = two_body.transpose(1, 0, 3, 2), two_body.transpose(2, 3, 0, 1)
    if not np.allclose(one_body, one_body.T, atol=1e-9) or not all(
        np.allclose(two_body, other, atol=1e-9) for other in exchanged
    ):
        raise InputRejected(
            "integrals", "h_pq = h_qp and (pq|rs) = (qp|sr) = (rs|pq) expected (else not Hermitian)"
        )
