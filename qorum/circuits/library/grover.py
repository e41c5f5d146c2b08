"""Grover's search for one marked bit string."""

from __future__ import annotations

import math

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import BitString, Parameters, Template, measure_every_qubit


class GroverParameters(Parameters):
    """What is searched for, and for how long."""

    marked: BitString = Field(
        "1011",
        min_length=2,
        max_length=12,
        description="the bit string to find, 2 to 12 bits, qubit 0 rightmost",
    )
    iterations: int | None = Field(
        None, ge=0, le=100, description="Grover iterations, 0 to 100; by default the best number"
    )


def best_iterations(num_qubits: int) -> int:
    """⌊π/4θ⌋ with sin θ = 2^(−n/2) (Boyer et al., arXiv:quant-ph/9605034, section 3)."""
    return math.floor(math.pi / (4 * math.asin(2 ** (-num_qubits / 2))))


def success_probability(num_qubits: int, iterations: int) -> float:
    """sin²((2k+1)θ) after k iterations (same source)."""
    return math.sin((2 * iterations + 1) * math.asin(2 ** (-num_qubits / 2))) ** 2


def grover(parameters: GroverParameters) -> QuantumCircuit:
    """Uniform superposition, then phase oracle and reflection about the mean, `iterations` times."""
    n = len(parameters.marked)
    zeros = [qubit for qubit, bit in enumerate(reversed(parameters.marked)) if bit == "0"]
    circuit = QuantumCircuit(n, n)
    circuit.h(range(n))
    iterations = best_iterations(n) if parameters.iterations is None else parameters.iterations
    for _ in range(iterations):
        _flip_sign(circuit, zeros)
        circuit.h(range(n))
        _flip_sign(circuit, list(range(n)))
        circuit.h(range(n))
    return measure_every_qubit(circuit)


def _flip_sign(circuit: QuantumCircuit, zeros: list[int]) -> None:
    """Of the one basis state that is 0 on `zeros` and 1 elsewhere."""
    last = circuit.num_qubits - 1
    if zeros:
        circuit.x(zeros)
    circuit.h(last)
    circuit.mcx(list(range(last)), last)
    circuit.h(last)
    if zeros:
        circuit.x(zeros)


def answer(parameters: GroverParameters) -> dict[str, float]:
    """The marked string with the success probability, all others alike."""
    n = len(parameters.marked)
    iterations = best_iterations(n) if parameters.iterations is None else parameters.iterations
    found = success_probability(n, iterations)
    other = (1 - found) / (2**n - 1)
    outcomes = [f"{number:0{n}b}" for number in range(2**n)]
    return {outcome: found if outcome == parameters.marked else other for outcome in outcomes}


TEMPLATE = Template(
    "grover",
    "Grover's search: the marked bit string with probability sin^2((2k+1)*asin(2^(-n/2))) after k iterations",
    GroverParameters,
    grover,
    answer,
)
