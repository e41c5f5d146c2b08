"""A user's own circuit as an ansatz, from OpenQASM 3 or from an object of Qiskit."""

from __future__ import annotations

import math
import re
from typing import Any, cast

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.exceptions import QiskitError

from qorum.backends import derive_seed
from qorum.errors import CircuitRejected, InputRejected
from qorum.training.ansatze._ansatz import Ansatz
from qorum.training.ansatze._problems import MOST_QUBITS, num_qubits_of
from qorum.training.ansatze.texts import read_ansatz
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

SUFFIX = ".qasm"
SPREAD = 0.1
"""Standard deviation of the angles at the start, in radians: at zero many circuits have no slope."""

BASIS = (
    *("x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz", "p"),
    *("cx", "cy", "cz", "swap", "crx", "cry", "crz", "cp"),
)
"""Gates of OpenQASM 3's own library that an object is written in."""


def is_circuit(reference: str) -> bool:
    """Whether it is OpenQASM rather than a name with settings: it has statements."""
    return bool(re.search(r"\bqubit\b|\bOPENQASM\b|\bqreg\b", reference)) and ";" in reference


def own_ansatz(name: str, text: str, problem: Hamiltonian | Graph, seed: int) -> Ansatz:
    """The ansatz of an OpenQASM 3 text whose `input` variables are its parameters, in their order.

    It starts near zero: normal, of deviation 0.1, by the seed.

    Raises:
        CircuitRejected: what `read_ansatz` refuses, or another number of qubits than the problem needs.
    """
    circuit, inputs = read_ansatz(name, text)
    needed = num_qubits_of(problem)
    if not needed <= circuit.num_qubits <= MOST_QUBITS:
        reason = f"{needed} to {MOST_QUBITS} qubits for {problem.name} expected, found {circuit.num_qubits}"
        raise CircuitRejected(name, reason)
    circuit.name = name
    draw = np.random.default_rng(derive_seed(seed, "own", "start"))
    return Ansatz(circuit, SPREAD * draw.standard_normal(len(inputs)))


def ansatz_text(source: Any) -> Any:
    """An ansatz as the text that a flow takes: text as it is, a circuit of Qiskit as OpenQASM 3.

    Raises:
        ValueError: a circuit that is no ansatz, with the reason.
    """
    if not isinstance(source, QuantumCircuit):
        return source
    try:
        return _written(source)
    except InputRejected as error:
        raise ValueError(str(error)) from error


def _written(circuit: QuantumCircuit) -> str:
    if circuit.num_clbits or not circuit.num_parameters:
        found = f"{circuit.num_clbits} classical bits and {circuit.num_parameters} parameters"
        reason = f"a circuit with free parameters and no classical bits expected, found {found}"
        raise CircuitRejected(circuit.name, f"{reason}; remove_final_measurements drops measurements")
    try:
        plain = transpile(circuit, basis_gates=list(BASIS), optimization_level=0)
    except QiskitError as error:
        reason = f"gates with a definition expected: {str(error).splitlines()[0]}"
        raise CircuitRejected(circuit.name, reason) from None
    names = {parameter: f"p{place}" for place, parameter in enumerate(circuit.parameters)}
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";']
    lines += [f"input float {name};" for name in names.values()]
    lines.append(f"qubit[{circuit.num_qubits}] q;")
    for step in plain.data:
        if step.name in ("barrier", "delay"):
            continue
        angles = [_linear(value, names, circuit.name) for value in cast("list[Any]", step.params)]
        given = f"({', '.join(angles)})" if angles else ""
        operands = ", ".join(f"q[{plain.find_bit(bit).index}]" for bit in step.qubits)
        lines.append(f"{step.name}{given} {operands};")
    return "\n".join(lines) + "\n"


def _linear(value: Any, names: dict[Any, str], name: str) -> str:
    """An angle as a sum of products; refused where it is no such sum."""
    free = list(getattr(value, "parameters", ()))
    try:
        offset = float(value.bind(dict.fromkeys(free, 0.0))) if free else float(value)
        slopes = {parameter: float(value.gradient(parameter)) for parameter in free}
    except (TypeError, ValueError, ZeroDivisionError):
        reason = f"angles that are linear in the parameters expected, found {value}"
        raise CircuitRejected(name, reason) from None
    if not all(map(math.isfinite, (offset, *slopes.values()))):
        raise CircuitRejected(name, f"finite angles expected, found {value}")
    terms = [f"({slope!r}) * {names[one]}" for one, slope in slopes.items()]
    return " + ".join([*terms, f"({offset!r})"] if offset or not terms else terms)
