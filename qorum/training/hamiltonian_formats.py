"""Hamiltonians from and to what people write: JSON, `tfim:…`, operators of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, cast

import numpy as np
from pydantic import Field, Strict
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator, Pauli, SparseObservable, SparsePauliOp

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.foreign_operators import cirq_terms, is_cirq, is_openfermion, openfermion_terms
from qorum.training.hamiltonians import Hamiltonian, SpinOrbitals
from qorum.training.ising import PREFIX, ising_chain
from qorum.training.molecules import Molecule, from_pyscf, molecule_text
from qorum.training.problem_text import Document, read_json, shortened, text_of, validated

MOST_QUBITS = 60
"""Masks of Pauli strings are 64-bit integers in the engine."""

WIDEST_MATRIX = 10
"""Qubits of a matrix that is read as Pauli strings."""

Number = Annotated[float, Strict()]
Count = Annotated[int, Strict()]


class HamiltonianDocument(Document):
    """A Hamiltonian as JSON."""

    num_qubits: Count = Field(ge=1, le=MOST_QUBITS, description="how many, 1 to 60")
    terms: list[tuple[Annotated[str, Strict()], Number]] = Field(
        min_length=1,
        description="pairs of a label of I, X, Y, Z, rightmost letter = qubit 0, and a real coefficient: "
        "with complex ones it is not Hermitian",
    )
    initial_state: str | None = Field(
        None, description="basis state to start from, rightmost character = qubit 0"
    )
    num_particles: tuple[Count, Count] | None = Field(
        None, description="electrons with spin up and spin down, of a Jordan-Wigner mapped system"
    )
    spin_orbitals: SpinOrbitals = Field(
        "interleaved",
        description="interleaved (qubit 2p: orbital p up, 2p+1: down) or blocked (all up first)",
    )
    name: str | None = Field(None, min_length=1, max_length=200, description="as reports call it")
    reference: Number | None = Field(None, description="ground energy as known from elsewhere")


def read_hamiltonian(source: Any, name: str | None = None) -> Hamiltonian:
    """A Hamiltonian from any of these.

    * JSON text, bytes or dict: `{"num_qubits": 2, "terms": [["IZ", 0.5], ["XX", 0.2]]}`, with
      `initial_state`, `num_particles`, `spin_orbitals`, `reference`, `name` as `Hamiltonian` has them. The
      rightmost letter is qubit 0; equal labels add up.
    * A Qiskit `SparsePauliOp`, `Pauli` or `SparseObservable`: qubit q is qubit q. A list of pairs of a label
      and a number is read as its terms; a Hermitian matrix (numpy, up to 10 qubits) as its Pauli strings.
    * A PennyLane operator: wire i is qubit i, so that wires have to be integers; wires that are not acted on
      are qubits, too. One that is no sum of Pauli words (`Hermitian`, `Projector`) is read by its matrix.
    * A Cirq `PauliSum` or `PauliString`: `LineQubit(i)` is qubit i.
    * An OpenFermion `QubitOperator`: its numbers are qubits; or a `FermionOperator`, by Jordan and Wigner.
    * `tfim:n=8,J=1,g=1,boundary=open`: see `ising.ising_chain`.
    * A `Hamiltonian`, which keeps all but its name, if another is given.

    Args:
        source: see above.
        name: as reports call it; None: what the source says, else `hamiltonian`.

    Raises:
        InputRejected: it is none of these, is not Hermitian, or contradicts itself; with the place.
    """
    called = name or "hamiltonian"
    if isinstance(source, Hamiltonian):
        return replace(source, name=name or source.name)
    if isinstance(source, (Pauli, SparseObservable)):
        source = _as_sum(source, called)
    if isinstance(source, (list, tuple)) and source and isinstance(source[0], (list, tuple)):
        source = _from_pairs(cast("list[Any]", source), called)
    if isinstance(source, np.ndarray):
        source = _from_matrix(source, called)
    if isinstance(source, SparsePauliOp):
        return Hamiltonian(called, _from_qiskit(source, called))
    if isinstance(source, Mapping):
        return _from_document(source, name)
    if isinstance(source, (str, bytes)):
        return _from_text(source, name)
    if hasattr(source, "pauli_rep") and hasattr(source, "wires"):
        return Hamiltonian(called, _from_pennylane(source, called))
    if is_cirq(source):
        return Hamiltonian(called, _sum(called, *cirq_terms(source, called)))
    if is_openfermion(source):
        return Hamiltonian(called, _sum(called, *openfermion_terms(source, called)))
    kind = type(source).__name__
    raise InputRejected(
        called,
        "JSON, tfim:n=…, a Molecule, or an operator of Qiskit, PennyLane, Cirq or OpenFermion expected,"
        f" found a {kind}",
    )


def hamiltonian_text(source: Any) -> str:
    """A Hamiltonian as the text that a flow takes: text as it is, a dict or an operator as JSON.

    A `Molecule`, or one of PySCF, is its reference: integrals are computed in the flow.

    Raises:
        ValueError: an object that is no Hamiltonian, with the reason.
    """
    if hasattr(source, "atom_coords") and hasattr(source, "basis"):
        source = from_pyscf(source)
    if isinstance(source, Molecule):
        return molecule_text(source)
    return text_of(source, lambda given: hamiltonian_to_json(read_hamiltonian(given)))


def hamiltonian_to_json(problem: Hamiltonian) -> dict[str, Any]:
    """What `read_hamiltonian` turns into the same Hamiltonian, bit for bit; only what is not a default."""
    observable = problem.observable
    terms: list[list[str | float]] = [
        [_label(term.x, term.z, problem.num_qubits), term.coefficient] for term in observable.terms
    ]
    if observable.constant:
        terms.insert(0, ["I" * problem.num_qubits, observable.constant])
    document: dict[str, Any] = {"name": problem.name, "num_qubits": problem.num_qubits}
    if problem.num_particles is not None:
        document["num_particles"] = list(problem.num_particles)
    if problem.num_particles is not None or problem.spin_orbitals != "interleaved":
        document["spin_orbitals"] = problem.spin_orbitals
    if problem.initial_state is not None:
        document["initial_state"] = problem.initial_state
    if problem.reference is not None:
        document["reference"] = problem.reference
    return document | {"terms": terms}


def _from_text(source: str | bytes, name: str | None) -> Hamiltonian:
    called = name or "hamiltonian"
    start = source.lstrip()[:1]
    if isinstance(source, str) and source.strip().startswith(PREFIX):
        chain = ising_chain(source.strip())
        return replace(chain, name=name or chain.name)
    if start not in ("{", b"{"):
        found = shortened(source[:80])
        raise InputRejected(called, f"JSON that begins with {{, or tfim:n=… expected, found {found}")
    return _from_document(read_json(source, called), name)


def _from_document(values: Any, name: str | None) -> Hamiltonian:
    document = validated(HamiltonianDocument, values, name or "hamiltonian")
    called = name or document.name or "hamiltonian"
    return Hamiltonian(
        called,
        _sum(called, document.num_qubits, document.terms),
        document.initial_state,
        document.num_particles,
        document.spin_orbitals,
        document.reference,
    )


def _from_qiskit(operator: SparsePauliOp, name: str) -> PauliSum:
    if not 1 <= int(operator.num_qubits or 0) <= MOST_QUBITS:
        raise InputRejected(name, f"1 to {MOST_QUBITS} qubits expected, found {operator.num_qubits}")
    try:
        return PauliSum.from_qiskit(operator)
    except InputRejected as error:
        raise InputRejected(name, error.reason) from None


def _as_sum(source: Any, name: str) -> SparsePauliOp:
    if isinstance(source, Pauli):
        return SparsePauliOp(source)
    try:
        return SparsePauliOp.from_sparse_observable(source)
    except (ValueError, QiskitError) as error:
        raise InputRejected(name, f"a sum of Pauli strings expected: {error}") from None


def _from_pairs(pairs: list[Any], name: str) -> SparsePauliOp | dict[str, Any]:
    """Pairs of a label and a number as the document that has them; a matrix in lists as what it is."""
    if not isinstance(pairs[0][0], str):
        try:
            return _from_matrix(np.array(pairs, dtype=np.complex128), name)
        except (TypeError, ValueError):
            raise InputRejected(name, "pairs of a label and a number, or a matrix, expected") from None
    return {"num_qubits": len(pairs[0][0]), "terms": pairs}


def _from_matrix(matrix: np.ndarray, name: str) -> SparsePauliOp:
    size = matrix.shape[0] if matrix.ndim == 2 else 0
    if matrix.shape != (size, size) or size.bit_count() != 1 or not 2 <= size <= 1 << WIDEST_MATRIX:
        reason = f"a square matrix of 2 to {1 << WIDEST_MATRIX} rows, a power of 2, expected"
        raise InputRejected(name, f"{reason}, found shape {list(matrix.shape)}")
    given = np.asarray(matrix, dtype=np.complex128)
    largest = float(np.abs(given).max())
    if not np.isfinite(largest) or np.abs(given - given.conj().T).max() > 1e-10 * largest:
        raise InputRejected(name, "a finite Hermitian matrix expected, found another one")
    scale = largest or 1.0
    found = SparsePauliOp.from_operator(Operator(given / scale), atol=1e-14, rtol=0)
    return SparsePauliOp(found.paulis, np.real(cast(Any, found.coeffs)) * scale)


def _from_pennylane(operator: Any, name: str) -> PauliSum:
    words = operator.pauli_rep
    if words is None:
        return _from_pennylane_matrix(operator, name)
    wires: list[Any] = list(operator.wires)
    if not wires or not all(type(wire) is int and 0 <= wire < MOST_QUBITS for wire in wires):
        found = shortened(wires)
        raise InputRejected(name, f"wires 0 to {MOST_QUBITS - 1} (wire i is qubit i) expected, found {found}")
    n = max(wires) + 1
    terms: list[tuple[str, complex]] = []
    for word, coefficient in words.items():
        letters = [str(word.get(wire, "I")) for wire in reversed(range(n))]
        terms.append(("".join(letters), complex(coefficient)))
    return _sum(name, n, terms)


def _from_pennylane_matrix(operator: Any, name: str) -> PauliSum:
    """Of what is no sum of Pauli words: its matrix, whose first wire has the most significant bit."""
    kind = type(operator).__name__
    wires: list[Any] = list(operator.wires)
    if not wires or not all(type(wire) is int and 0 <= wire < MOST_QUBITS for wire in wires):
        raise InputRejected(name, f"wires 0 to {MOST_QUBITS - 1} expected, found {shortened(wires)}")
    try:
        matrix = np.asarray(operator.matrix())
    except Exception as error:  # noqa: BLE001 - whatever PennyLane raises for operators without one
        raise InputRejected(
            name, f"a PennyLane operator with a matrix expected, found a {kind}: {error}"
        ) from None
    found, n = _from_matrix(matrix, name), max(wires) + 1
    terms: list[tuple[str, complex]] = []
    for label, value in zip(
        cast("list[str]", found.paulis.to_labels()), cast("list[Any]", found.coeffs), strict=True
    ):
        letters = dict(zip(wires, label, strict=True))
        terms.append(("".join(letters.get(wire, "I") for wire in reversed(range(n))), complex(value)))
    return _sum(name, n, terms)


def _sum(name: str, num_qubits: int, terms: list[tuple[str, Any]]) -> PauliSum:
    try:
        return PauliSum.from_terms(num_qubits, terms)
    except InputRejected as error:
        raise InputRejected(name, error.reason) from None


def _label(x: int, z: int, num_qubits: int) -> str:
    letters = "IXZY"
    return "".join(letters[(x >> q & 1) + 2 * (z >> q & 1)] for q in reversed(range(num_qubits)))
