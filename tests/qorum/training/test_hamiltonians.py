"""Hamiltonians as people write them: what is read, and what is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pennylane
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian

STORED = sorted(Path("examples/hamiltonians").glob("*.json"))


def matrix(observable: PauliSum) -> np.ndarray:
    identity = torch.eye(1 << observable.num_qubits, dtype=torch.complex128)
    return observable.apply(identity).numpy().T


def document(**fields: Any) -> dict[str, Any]:
    return {"num_qubits": 2, "terms": [["IZ", 0.5], ["XX", -0.25]]} | fields


def test_the_rightmost_letter_is_qubit_0() -> None:
    found = read_hamiltonian('{"num_qubits": 2, "terms": [["XZ", 0.5], ["IY", 0.25], ["II", 3]]}')
    expected = SparsePauliOp(["XZ", "IY", "II"], [0.5, 0.25, 3]).to_matrix()
    np.testing.assert_allclose(matrix(found.observable), expected)


@settings(max_examples=50, deadline=None)
@given(
    terms=st.lists(
        st.tuples(st.text("IXYZ", min_size=3, max_size=3), st.floats(-1e6, 1e6)), min_size=1, max_size=12
    )
)
def test_json_brings_back_every_bit(terms: list[tuple[str, float]]) -> None:
    pairs = [*([label, value] for label, value in terms), ["XYZ", 1.0 + 2e6]]
    first = read_hamiltonian({"num_qubits": 3, "terms": pairs, "initial_state": "011", "reference": -0.1})
    second = read_hamiltonian(json.dumps(hamiltonian_to_json(first)))
    assert second == first
    assert second.digest == first.digest


def test_a_qiskit_operator_keeps_its_qubits() -> None:
    operator = SparsePauliOp(["XZI", "IIY"], [0.3, 0.7])
    np.testing.assert_allclose(matrix(read_hamiltonian(operator).observable), operator.to_matrix())


@pytest.mark.parametrize(
    "operator",
    [
        pennylane.Hamiltonian(
            [0.3, 0.5, 0.1], [pennylane.Z(0) @ pennylane.X(2), pennylane.Y(1), pennylane.I(0)]
        ),
        0.4 * pennylane.X(2) @ pennylane.Y(0) + pennylane.Z(1),
        pennylane.prod(pennylane.X(0), pennylane.Z(2)),
    ],
    ids=["Hamiltonian", "Sum", "Prod"],
)
def test_a_pennylane_wire_is_the_qubit_of_that_number(operator: Any) -> None:
    found = read_hamiltonian(operator).observable
    # PennyLane's first wire is the most significant bit: reversed, wire 0 is the least.
    expected = pennylane.matrix(operator, wire_order=[2, 1, 0])
    np.testing.assert_allclose(matrix(found), expected, atol=1e-15)
    assert not np.allclose(matrix(found), pennylane.matrix(operator, wire_order=[0, 1, 2]))


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        (pennylane.RX(0.3, wires=0), "a finite Hermitian matrix expected"),
        (pennylane.Z("a") + pennylane.X("b"), "wire i is qubit i"),
        (pennylane.Z(60), "wires 0 to 59"),
        (1j * pennylane.X(0), "Hermitian"),
    ],
    ids=["gate", "named wires", "far wire", "complex"],
)
def test_a_pennylane_operator_that_is_no_observable_is_refused(operator: Any, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        read_hamiltonian(operator)


def test_a_pennylane_matrix_is_the_operator_of_its_wires() -> None:
    wanted = np.diag([1.0, 2.0, 3.0, 5.0])  # PennyLane's wire 0 is the left factor, our qubit 0 the right one
    found = read_hamiltonian(pennylane.Hermitian(wanted, wires=[0, 1]))
    np.testing.assert_allclose(np.diag(matrix(found.observable)), [1.0, 3.0, 2.0, 5.0])


def test_a_cirq_line_qubit_is_the_qubit_of_that_number() -> None:
    zero, one, two = cirq.LineQubit.range(3)
    operator = 0.3 * cirq.Z(zero) * cirq.X(two) - 0.5 * cirq.Y(one) + 0.25
    found = read_hamiltonian(operator).observable
    expected = operator.matrix([two, one, zero])  # Cirq's first qubit is the most significant bit
    np.testing.assert_allclose(matrix(found), expected, atol=1e-15)
    string = read_hamiltonian(2 * cirq.X(zero) * cirq.Y(one)).observable
    np.testing.assert_allclose(matrix(string), (2 * cirq.X(zero) * cirq.Y(one)).matrix([one, zero]))
    for wrong in (cirq.Z(cirq.GridQubit(0, 1)) + 1, cirq.Z(cirq.NamedQubit("a")) * 2.0):
        with pytest.raises(InputRejected, match="LineQubits 0 to 59"):
            read_hamiltonian(wrong)


class SymbolicOperator:
    """What OpenFermion's operators hold: terms by their factors."""

    def __init__(self, terms: dict[tuple[tuple[int, Any], ...], complex]) -> None:
        self.terms = terms


def test_openfermion_operators_are_read_by_their_terms() -> None:
    qubits = SymbolicOperator({((0, "X"), (2, "Z")): 0.5, ((1, "Y"),): -0.25, (): 1.5})
    expected = SparsePauliOp(["ZIX", "IYI", "III"], [0.5, -0.25, 1.5]).to_matrix()
    np.testing.assert_allclose(matrix(read_hamiltonian(qubits).observable), expected)
    hops = {((0, 1), (2, 0)): 0.5, ((2, 1), (0, 0)): 0.5, ((1, 1), (1, 0)): -1.0}
    repelled = SymbolicOperator({**hops, ((0, 1), (1, 1), (1, 0), (0, 0)): 2.0})
    sentence = 0.5 * pennylane.FermiC(0) * pennylane.FermiA(2) + 0.5 * pennylane.FermiC(2) * pennylane.FermiA(
        0
    )
    sentence += -1.0 * pennylane.FermiC(1) * pennylane.FermiA(1)
    sentence += 2.0 * pennylane.FermiC(0) * pennylane.FermiC(1) * pennylane.FermiA(1) * pennylane.FermiA(0)
    wanted = pennylane.matrix(pennylane.jordan_wigner(sentence), wire_order=[2, 1, 0])
    np.testing.assert_allclose(matrix(read_hamiltonian(repelled).observable), wanted, atol=1e-12)
    for terms, words in (
        ({((0, 1),): 1.0}, "Hermitian"),
        ({((0, "W"),): 1.0}, "factors X, Y, Z"),
        ({((-1, "X"),): 1.0}, "qubits 0 to 59"),
        ({}, "terms on qubits"),
    ):
        with pytest.raises(InputRejected, match=words):
            read_hamiltonian(SymbolicOperator(terms))


def test_the_chain_by_name_is_the_sum_of_its_bonds_and_fields() -> None:
    labels = ["IIZZ", "IZZI", "ZZII", "ZIIZ", "IIIX", "IIXI", "IXII", "XIII"]
    expected = SparsePauliOp(labels, [-0.5] * 4 + [-1.5] * 4)
    found = read_hamiltonian("tfim:n=4,J=0.5,g=1.5,boundary=periodic")
    np.testing.assert_allclose(matrix(found.observable), expected.to_matrix())
    still_open = read_hamiltonian("tfim:n=4,J=0.5,g=1.5")
    np.testing.assert_allclose(
        matrix(still_open.observable), SparsePauliOp(labels[:3] + labels[4:], [-0.5] * 3 + [-1.5] * 4)
    )


def test_the_digest_follows_the_content_and_not_the_name() -> None:
    first = read_hamiltonian(document(name="a", reference=-1.0))
    assert first.digest == read_hamiltonian(document(), name="b").digest
    swapped = document(terms=[["XX", -0.25], ["IZ", 0.25], ["IZ", 0.25]])
    assert first.digest == read_hamiltonian(swapped).digest
    others = [
        document(terms=[["IZ", 0.5000000000000001], ["XX", -0.25]]),
        document(terms=[["ZI", 0.5], ["XX", -0.25]]),
        document(initial_state="01"),
        document(num_qubits=3, terms=[["IIZ", 0.5], ["IXX", -0.25]]),
    ]
    digests = {read_hamiltonian(other).digest for other in others}
    assert len(digests | {first.digest}) == 5


def test_without_an_initial_state_the_lowest_orbitals_are_filled() -> None:
    terms = [["IIIIIZ", 1.0]]
    electrons = {"num_qubits": 6, "terms": terms, "num_particles": [2, 1]}
    assert read_hamiltonian(electrons).start_state == "000111"
    assert read_hamiltonian(electrons | {"spin_orbitals": "blocked"}).start_state == "001011"
    assert read_hamiltonian(document()).start_state == "00"
    assert read_hamiltonian(document(initial_state="10")).start_state == "10"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_stored_hamiltonians_are_read_and_written_alike(path: Path) -> None:
    problem = read_hamiltonian(path.read_bytes())
    assert hamiltonian_to_json(problem) == json.loads(path.read_text())
    assert problem.num_particles is not None
    assert problem.reference is not None


HOPPING = [["XX", 0.5], ["YY", 0.5]]

REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": ('{"num_qubits": 2,\n "terms": [["IZ", 0.5],]}', "line 2: JSON expected; column 2"),
    "cut off": ('{"num_qubits": 2', "line 1"),
    "not UTF-8": (b'{"name": "\xff"}', "UTF-8"),
    "deep": ('{"terms": ' + "[" * 100_000, "levels deep"),
    "digits": ('{"num_qubits": ' + "1" * 5000 + "}", "ordinary size"),
    "key twice": ('{"num_qubits": 1, "num_qubits": 2, "terms": [["Z", 1]]}', "found twice: num_qubits"),
    "other text": ("ising", "tfim:n="),
    "nothing": ("", "JSON that begins with"),
    "a list": ("[1]", "JSON that begins with"),
    "a number": (3, "found a int"),
    "no terms": (document(terms=[]), r"terms .*at least 1 entries expected"),
    "terms missing": ({"num_qubits": 2}, "terms .* expected, found none"),
    "unknown field": (document(labels=[]), "no field 'labels'"),
    "only constants": (document(terms=[["II", 2.0]]), "nothing to minimize"),
    "cancelling terms": (document(terms=[["XZ", 2.0], ["XZ", -2.0]]), "nothing to minimize"),
    "long label": (document(terms=[["IZZ", 1.0]]), "labels of 2 letters, at least 1, expected, found 'IZZ'"),
    "strange letter": (document(terms=[["IA", 1.0]]), "labels of I, X, Y and Z"),
    "NaN": ('{"num_qubits": 1, "terms": [["Z", NaN]]}', r"terms\[0\]\[1\].*finite number"),
    "infinite": ('{"num_qubits": 1, "terms": [["Z", 1e999]]}', "finite number"),
    "too large together": (document(terms=[["IZ", 1e308], ["IZ", 1e308]]), "beyond floats"),
    "complex": (document(terms=[["IZ", 1j]]), "not Hermitian"),
    "coefficient as text": (document(terms=[["IZ", "0.5"]]), "found '0.5'"),
    "complex operator": (SparsePauliOp(["IZ"], [1j]), "not Hermitian"),
    "free parameter": (SparsePauliOp(["IZ"], np.array([Parameter("a")])), "free parameters"),
    "no qubits": (document(num_qubits=0), "num_qubits"),
    "too many qubits": (document(num_qubits=61), "less than or equal to 60 expected, found 61"),
    "state too short": (document(initial_state="1"), "initial_state of 2 characters"),
    "state of other letters": (document(initial_state="0+"), "initial_state of 2 characters"),
    "odd qubits": (
        document(num_qubits=3, terms=[["IIZ", 1.0]], num_particles=[1, 1]),
        "even number of qubits",
    ),
    "too many electrons": (document(terms=[["IZ", 1.0]], num_particles=[2, 0]), "at most 1 electrons"),
    "negative electrons": (document(terms=[["IZ", 1.0]], num_particles=[1, -1]), "at most 1 electrons"),
    "one number": (document(terms=[["IZ", 1.0]], num_particles=[1]), "num_particles"),
    "state of other electrons": (
        document(terms=[["IZ", 1.0]], num_particles=[1, 0], initial_state="10"),
        r"with \[0, 1\] in interleaved order",
    ),
    "electrons not conserved": (document(terms=[["IX", 1.0]], num_particles=[1, 0]), "conserves .*spin-up"),
    "spins exchanged": (document(terms=HOPPING, num_particles=[1, 0]), "correct spin_orbitals"),
    "unknown order": (document(spin_orbitals="mixed"), "interleaved"),
    "one spin": ("tfim:n=1", "greater than or equal to 2"),
    "unknown setting": ("tfim:n=4,h=1", "only n, J, g, boundary"),
    "setting twice": ("tfim:n=4,n=5", "twice: n"),
    "no setting": ("tfim:4", "name=value"),
    "ring of two": ("tfim:n=2,boundary=periodic", "at least 3 spins"),
    "no energy": ("tfim:n=4,J=0,g=0", "nothing to minimize"),
    "field NaN": ("tfim:n=4,g=nan", "finite number"),
}


@pytest.mark.parametrize(("source", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_faulty_hamiltonian_is_refused_in_words(source: Any, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        read_hamiltonian(source)


def test_hopping_within_one_spin_conserves_the_electrons() -> None:
    up = [["IXZX", 0.5], ["IYZY", 0.5]]  # orbitals 0 and 1 with spin up: qubits 0 and 2
    problem = {"num_qubits": 4, "terms": up, "num_particles": [1, 1]}
    assert read_hamiltonian(problem).num_particles == (1, 1)
    with pytest.raises(InputRejected, match="correct spin_orbitals"):
        read_hamiltonian(problem | {"spin_orbitals": "blocked"})
    with pytest.raises(InputRejected, match="spin-up"):
        read_hamiltonian(problem | {"terms": up[:1]})


def test_a_hamiltonian_is_read_as_itself_under_another_name() -> None:
    first = read_hamiltonian("tfim:n=4", name="chain")
    assert first.name == "chain"
    second = read_hamiltonian(first, name="other")
    assert (second.name, second.digest) == ("other", first.digest)
    assert isinstance(second, Hamiltonian)
