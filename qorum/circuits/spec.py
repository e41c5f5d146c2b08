"""A circuit's identity: what it is called, how it came, and what exactly is sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["openqasm2", "openqasm3", "template", "qiskit", "cirq", "pennylane"]


@dataclass(frozen=True)
class CircuitSpec:
    """What is known of a circuit once it was accepted.

    Attributes:
        name: what the user calls it.
        source: the text as given (OpenQASM, or `template:ghz?num_qubits=5`); for objects of
            another library, OpenQASM 3 of what they were read as.
        language: what `source` was given in.
        num_qubits: qubits; of more than a few, without those that nothing acts on.
        num_clbits: width of its histogram's keys; the circuit may have hidden bits beyond.
        dynamic: whether it measures in mid-circuit, resets or branches.
        digest: sha256 (hex) over a canonical form of what is sampled: instructions, operands and
            parameters; neither the name nor the layout of the text counts.
        warnings: what was done that the user did not write, e.g. "no measurement: all 3 qubits
            are measured".
        readings: the readers that agree on what `source` means; two of them where it was read twice.
        disputed_reading: in words, two readings that differ; empty where none do.
        read_once: why there is no second reading; empty where there is one.
    """

    name: str
    source: str
    language: Language
    num_qubits: int
    num_clbits: int
    dynamic: bool
    digest: str
    warnings: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    disputed_reading: str = ""
    read_once: str = ""
