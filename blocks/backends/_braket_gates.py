"""Amazon Braket's names of gates: those of its OpenQASM and of its local simulators are the same.

Source: amazon-braket-default-simulator 1.41, braket_gates.inc and gate_operations.py.
"""

from __future__ import annotations

from collections.abc import Mapping

BRAKET_GATES: Mapping[str, str] = {
    **{name: name for name in ("h", "x", "y", "z", "s", "t", "rx", "ry", "rz", "cz", "swap", "iswap")},
    **{"sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi", "p": "phaseshift"},
    **{"cx": "cnot", "cp": "cphaseshift", "rxx": "xx", "ryy": "yy", "rzz": "zz"},
}
"""Braket's name of each gate, by Qiskit's. Angles are the same, in radians."""
