"""Circuits from and to text and bytes.

Nothing here judges a circuit: guards stand before (`guards`), checks after (`intake`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping

from qiskit import QuantumCircuit, qasm2, qasm3, qpy

from qorum.circuits.spec import Language

_QPY_MAGIC = b"qorum qpy 1\n"


def parse_openqasm2(text: str) -> QuantumCircuit:
    """The circuit of an OpenQASM 2 text; gates such as sx, cp, swap and u count as part of qelib1.inc.

    Raises:
        qiskit.qasm2.QASM2ParseError: with "line,column: reason". `include` finds no file at all.
    """
    return qasm2.loads(text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)


def parse_openqasm3(text: str) -> QuantumCircuit:
    """The circuit of an OpenQASM 3 text.

    It knows gates, measurements, resets, `if`, `switch` and `for`; no constants, subroutines or
    classical variables.

    Raises:
        Exception: many kinds, some of them without a line.
    """
    from qorum.circuits.openqasm3_reader import read_openqasm3  # a parser that takes 0.1 s to import

    return read_openqasm3(text)


PARSERS: Mapping[Language, Callable[[str], QuantumCircuit]] = {
    "openqasm2": parse_openqasm2,
    "openqasm3": parse_openqasm3,
}


def to_openqasm3(circuit: QuantumCircuit) -> str:
    """The circuit as OpenQASM 3 for people to read; not every one can be read back (see above)."""
    return qasm3.dumps(circuit)


def to_qpy(circuit: QuantumCircuit) -> bytes:
    """The circuit as QPY behind its sha256; equal circuits need not give equal bytes."""
    stream = io.BytesIO()
    qpy.dump(circuit, stream)
    payload = stream.getvalue()
    return _QPY_MAGIC + hashlib.sha256(payload).digest() + payload


def from_qpy(data: bytes) -> QuantumCircuit:
    """The inverse of `to_qpy`. Only for bytes that this program wrote: QPY can execute code.

    Raises:
        ValueError: the bytes are not what `to_qpy` wrote; nothing was loaded.
    """
    start = len(_QPY_MAGIC)
    digest, payload = data[start : start + 32], data[start + 32 :]
    if not data.startswith(_QPY_MAGIC) or hashlib.sha256(payload).digest() != digest:
        raise ValueError("bytes written by to_qpy expected, found others or damaged ones; store them anew")
    return qpy.load(io.BytesIO(payload))[0]
