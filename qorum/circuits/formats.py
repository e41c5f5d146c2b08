"""Circuits from and to text and bytes.

Nothing here judges a circuit: guards stand before (`guards`), checks after (`intake`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping

from qiskit import QuantumCircuit, qasm3, qpy

from qorum.circuits.reading import Inputs, Reading
from qorum.circuits.spec import Language

_QPY_MAGIC = b"qorum qpy 1\n"


def parse_openqasm2(text: str) -> QuantumCircuit:
    """The circuit of an OpenQASM 2 text; see `openqasm2.read`."""
    return read_openqasm2(text).circuit


def parse_openqasm3(text: str) -> QuantumCircuit:
    """The circuit of an OpenQASM 3 text without inputs; see `openqasm3.reader.read`."""
    return read_openqasm3(text).circuit


def read_openqasm2(text: str, inputs: Inputs | None = None) -> Reading:
    """What an OpenQASM 2 text means. It has no inputs.

    Raises:
        Unreadable, qiskit.qasm2.QASM2ParseError: with the line.
    """
    from qorum.circuits.openqasm2 import read

    circuit = read(text)
    unused = sorted(inputs or {})
    return Reading(
        circuit, tuple(f"a value for {name} was given, but OpenQASM 2 has no inputs" for name in unused)
    )


def read_openqasm3(text: str, inputs: Inputs | None = None) -> Reading:
    """What an OpenQASM 3 text means.

    Args:
        text: the program.
        inputs: values of its `input` variables by name.

    Raises:
        Unreadable: with the line.
        NotCanonical: too many operations.
    """
    from qorum.circuits.openqasm3.reader import read  # a parser that takes 0.1 s to import

    return read(text, inputs)


READERS: Mapping[Language, Callable[[str, Inputs | None], Reading]] = {
    "openqasm2": read_openqasm2,
    "openqasm3": read_openqasm3,
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
