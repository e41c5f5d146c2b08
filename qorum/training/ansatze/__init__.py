"""Ansätze by name: `uccsd`, `hardware-efficient?layers=3&entanglement=circular`.

Each other file of this package that has a `TEMPLATE` is one ansatz; a new one needs no edit here. Circuits
of classifiers, which belong to data and not to a problem, are in `encodings`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from qorum.errors import InputRejected
from qorum.references import parse_reference
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Growth, Parameters
from qorum.training.ansatze._problems import MOST_QUBITS, num_qubits_of
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

__all__ = ["Ansatz", "AnsatzTemplate", "Growth", "Parameters", "ansatze", "build_ansatz", "parse_ansatz"]


@cache
def ansatze() -> Mapping[str, AnsatzTemplate]:
    """Every ansatz by its name, in alphabetical order."""
    files = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = (importlib.import_module(f"{__name__}.{file}") for file in files)
    templates = (getattr(module, "TEMPLATE", None) for module in modules)
    found = {template.name: template for template in templates if template is not None}
    return MappingProxyType(dict(sorted(found.items())))


def parse_ansatz(reference: str) -> tuple[str, Parameters]:
    """The name of the ansatz that a reference begins with, and its parameters.

    Raises:
        InputRejected: no such ansatz, or a parameter that does not fit.
    """
    models = {name: template.parameters for name, template in ansatze().items()}
    return parse_reference(reference, models, kind="ansatz")


def build_ansatz(reference: str, problem: Hamiltonian | Graph, seed: int) -> Ansatz:
    """The ansatz that a reference such as `k-upccgsd?k=2` stands for, for a problem.

    Args:
        reference: a name, and what is not to take its default.
        problem: what it is to minimize; its qubits are the circuit's.
        seed: of where it starts; the circuit does not depend on it.

    Raises:
        InputRejected: no such ansatz, a parameter that does not fit, or a problem that it is not for (why,
            and what would fit).
    """
    name, parameters = parse_ansatz(reference)
    if (found := num_qubits_of(problem)) > MOST_QUBITS:
        reason = f"at most {MOST_QUBITS} qubits expected, found {found} of {problem.name}; make it smaller"
        raise InputRejected(reference, reason)
    ansatz = ansatze()[name].build(problem, parameters, seed)
    ansatz.circuit.name = reference
    return ansatz
