"""What is measured at the end of a training beside the energy: observables as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from qorum.errors import CircuitRejected, InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.fermions import particle_number, spin_projection, spin_squared
from qorum.training.graphs import Graph
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.problem_text import shortened

KNOWN = {"particles": particle_number, "spin-z": spin_projection, "spin-squared": spin_squared}
"""Observables of electrons, by name: their number, S_z, and S² = s(s + 1)."""

EXPECTED = f"{', '.join(KNOWN)}, or NAME=0.5*IZ + 0.5*ZI (the rightmost letter is qubit 0) expected"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_. -]{0,59}")
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TERM = re.compile(rf"\s*([+-]?)\s*(?:({_NUMBER})\s*\*?\s*)?([IXYZ]+)\s*")

Terms = list[tuple[str, float]]


def read_observable(text: str) -> tuple[str, Terms | None]:
    """The name of an observable and its Pauli strings; None for one of `KNOWN`.

    Raises:
        CircuitRejected: it is neither.
    """
    name, equals, written = (part.strip() for part in text.partition("="))
    if not equals:
        if name in KNOWN:
            return name, None
        written = name
        name = name if re.fullmatch("[IXYZ]+", name) else ""
    terms: Terms = []
    place = 0
    while found := _TERM.match(written, place):
        if terms and not found[1]:
            break
        terms.append((found[3], float(f"{found[1]}{found[2] or 1}")))
        place = found.end()
    widths = {len(label) for label, _ in terms}
    if place != len(written) or len(widths) != 1 or not _NAME.fullmatch(name) or name in KNOWN:
        raise CircuitRejected("observables", f"{EXPECTED}, found {shortened(text)}")
    return name, terms


def observables_of(texts: Sequence[str], problem: Any) -> dict[str, PauliSum]:
    """Observables by name, on a problem's qubits.

    Args:
        texts: each a name of `KNOWN`, a string such as `IZ`, or `NAME=SUM`.
        problem: a `Hamiltonian`, `Graph` or `Qubo`.

    Raises:
        CircuitRejected: what `read_observable` refuses, a name twice, strings of another length, or an
            observable of electrons where the problem has none (mapped by Jordan and Wigner).
    """
    found: dict[str, PauliSum] = {}
    qubits = problem.num_vertices if isinstance(problem, Graph) else problem.num_qubits
    for text in texts:
        name, terms = read_observable(text)
        if name in found:
            raise CircuitRejected("observables", f"different names expected, found {name!r} twice")
        if terms is None:
            if not isinstance(problem, Hamiltonian) or problem.num_particles is None:
                reason = f"a Hamiltonian with num_particles expected for {name}, found none of {problem.name}"
                raise CircuitRejected("observables", f"{reason}; write it as a sum of Pauli strings")
            found[name] = KNOWN[name](qubits, problem.spin_orbitals)
        elif len(terms[0][0]) != qubits:
            reason = f"strings of {qubits} letters expected, found {terms[0][0]!r} of {name}"
            raise CircuitRejected("observables", reason)
        else:
            found[name] = PauliSum.from_terms(qubits, terms)
    return found


def observable_texts(source: Any) -> Any:
    """What a flow takes: texts as they are; of a dict, names and operators as texts.

    Raises:
        ValueError: an operator that is none, with the reason.
    """
    if not isinstance(source, Mapping):
        return source
    given = cast("Mapping[str, Any]", source)
    try:
        return [f"{name}={_text(operator)}" for name, operator in given.items()]
    except InputRejected as error:
        raise ValueError(str(error)) from error


def _text(operator: Any) -> str:
    if isinstance(operator, str):
        return operator
    terms = hamiltonian_to_json(read_hamiltonian(operator))["terms"]
    return " + ".join(f"{value!r}*{label}" for label, value in terms).replace("+ -", "- ")
