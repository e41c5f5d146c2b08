"""A circuit with free parameters is known by its steps and the names, whatever values they get."""

from __future__ import annotations

import hashlib
import math

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.circuits.definitions import NotCanonical
from qorum.circuits.digest import Step, circuit_digest, digest_steps, template_digest
from qorum.circuits.hidden import hide


def turned(*names: str) -> QuantumCircuit:
    """Turns of one qubit by a parameter each."""
    circuit = QuantumCircuit(1)
    for name in names:
        circuit.rx(Parameter(name), 0)
    return circuit


def doubled(name: str) -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(2 * Parameter(name), 0)
    return circuit


def test_the_digest_of_a_template_is_that_of_its_steps_and_of_the_names_of_its_parameters():
    circuit = turned("b", "a")
    circuit.rx(0.5, 0)
    steps = [Step("rx", (value,), (0,), ()) for value in ("(b)", "(a)", (0.5).hex())]
    text = f"{digest_steps(1, 0, steps)} of a,b"
    assert template_digest(circuit) == hashlib.sha256(text.encode()).hexdigest()


def test_names_expressions_and_hidden_bits_of_a_template_count():
    circuits = [turned("a", "b"), turned("b", "a"), turned("a", "c"), turned("a"), doubled("a")]
    circuits += [QuantumCircuit(1, 1), QuantumCircuit(1, 1)]
    hide(circuits[-1], 1)
    assert len({template_digest(circuit) for circuit in circuits}) == len(circuits)
    assert template_digest(turned("a", "b")) == template_digest(turned("a", "b"))


def test_a_gate_of_the_templates_own_counts_as_what_it_is_defined_to_be():
    circuit = QuantumCircuit(1)
    circuit.append(turned("a").to_gate(), [0])
    assert template_digest(circuit) == template_digest(turned("a"))


def test_a_value_that_is_no_number_is_refused_in_a_template_too():
    circuit = turned("a")
    circuit.rx(math.inf, 0)
    with pytest.raises(NotCanonical, match="a finite parameter of rx expected"):
        template_digest(circuit)


def test_a_parameter_without_a_value_has_no_place_outside_templates():
    with pytest.raises(NotCanonical, match="give the parameter a value"):
        circuit_digest(turned("a"))
