"""The Bernstein–Vazirani algorithm."""

from __future__ import annotations

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import BitString, Parameters, Template


class BernsteinVaziraniParameters(Parameters):
    """The secret of the oracle."""

    secret: BitString = Field(
        "10110", max_length=29, description="1 to 29 bits, qubit 0 rightmost; one more qubit is the oracle's"
    )


def bernstein_vazirani(parameters: BernsteinVaziraniParameters) -> QuantumCircuit:
    """Finds `secret` by one query of x → secret·x mod 2 (Bernstein and Vazirani, SIAM J. Comput. 26, 1411).

    The oracle's qubit is the last one; it is not measured.
    """
    n = len(parameters.secret)
    circuit = QuantumCircuit(n + 1, n)
    circuit.x(n)
    circuit.h(range(n + 1))
    for qubit, bit in enumerate(reversed(parameters.secret)):
        if bit == "1":
            circuit.cx(qubit, n)
    circuit.h(range(n))
    circuit.measure(range(n), range(n))
    return circuit


def answer(parameters: BernsteinVaziraniParameters) -> dict[str, float]:
    """The secret."""
    return {parameters.secret: 1.0}


TEMPLATE = Template(
    "bernstein_vazirani",
    "The Bernstein-Vazirani algorithm: the secret bit string, with certainty",
    BernsteinVaziraniParameters,
    bernstein_vazirani,
    answer,
)
