"""Operators of Cirq and OpenFermion as Pauli strings, by what they look like: neither is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from qorum.errors import InputRejected
from qorum.training.fermions import product_of_ladders
from qorum.training.problem_text import shortened

Terms = tuple[int, list[tuple[str, complex]]]
"""Number of qubits; labels, rightmost letter = qubit 0, with their coefficients."""

Factors = tuple[tuple[int, Any], ...]
"""Of an OpenFermion term: a place, and a letter or 1 (creates) or 0 (annihilates)."""

MOST_QUBITS = 60


def is_cirq(source: Any) -> bool:
    """Whether it is a `PauliSum` or `PauliString` of Cirq."""
    return type(source).__module__.partition(".")[0] == "cirq" and hasattr(source, "qubits")


def is_openfermion(source: Any) -> bool:
    """Whether it looks like a `QubitOperator` or `FermionOperator`: `terms` from factors to coefficients."""
    terms = getattr(source, "terms", None)
    return isinstance(terms, Mapping) and all(
        isinstance(key, tuple) for key in cast("Mapping[Any, Any]", terms)
    )


def cirq_terms(source: Any, name: str) -> Terms:
    """Of a Cirq operator; `LineQubit(i)` is qubit i.

    Raises:
        InputRejected: other qubits, or what has no Pauli strings.
    """
    strings = list(source) if hasattr(source, "linear_combination_of_pauli_strings") else None
    if strings is None:
        strings = [source] if hasattr(source, "coefficient") else list(cast("Iterable[Any]", source))
    qubits = list(source.qubits)
    are_lines = all(type(qubit).__name__ == "LineQubit" for qubit in qubits)
    places: dict[Any, int] = {qubit: qubit.x for qubit in qubits} if are_lines else {}
    if not places or not all(0 <= place < MOST_QUBITS for place in places.values()):
        found = shortened(", ".join(map(str, qubits)))
        raise InputRejected(
            name, f"LineQubits 0 to {MOST_QUBITS - 1} (LineQubit(i) is qubit i) expected, found {found}"
        )
    n = max(places.values()) + 1
    terms = [
        (_label({places[qubit]: str(gate) for qubit, gate in string.items()}, n), complex(string.coefficient))
        for string in strings
    ]
    return n, terms


def openfermion_terms(source: Any, name: str) -> Terms:
    """Of a `QubitOperator` as it stands, of a `FermionOperator` by Jordan and Wigner.

    Raises:
        InputRejected: factors of other kinds, free parameters, or too many qubits.
    """
    terms = cast("Mapping[Factors, Any]", source.terms)
    places = [place for factors in terms for place, _ in factors]
    actions = {action for factors in terms for _, action in factors}
    if not terms or not all(type(place) is int and 0 <= place < MOST_QUBITS for place in places):
        raise InputRejected(
            name, f"terms on qubits 0 to {MOST_QUBITS - 1} expected, found {shortened(list(terms))}"
        )
    n = max(places, default=0) + 1
    if actions <= {"X", "Y", "Z"}:
        return n, [(_label(dict(factors), n), _number(value, name)) for factors, value in terms.items()]
    if not actions <= {0, 1}:
        found = shortened(sorted(map(str, actions)))
        raise InputRejected(name, f"factors X, Y, Z, or 1 and 0 of fermions, expected, found {found}")
    sums: list[tuple[str, complex]] = []
    for factors, value in terms.items():
        for (x, z), part in product_of_ladders(factors).items():
            letters = {q: "IXZY"[(x >> q & 1) + 2 * (z >> q & 1)] for q in range(n)}
            sums.append((_label(letters, n), part * _number(value, name)))
    return n, sums


def _number(value: Any, name: str) -> complex:
    try:
        return complex(value)
    except (TypeError, ValueError):
        raise InputRejected(name, f"numbers as coefficients expected, found {shortened(value)}") from None


def _label(letters: Mapping[int, str], num_qubits: int) -> str:
    return "".join(letters.get(place, "I") for place in reversed(range(num_qubits)))
