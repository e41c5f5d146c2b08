"""The gates that every ideal simulator of ours takes, as one compilation target.

Simulators that share a target share compiled circuits: a circuit is compiled once for all of them.
"""

from __future__ import annotations

from functools import cache

from qiskit.circuit import IfElseOp, Measure, Reset
from qiskit.transpiler import Target

IDEAL_GATES = (
    *("h", "x", "y", "z", "s", "sdg", "t", "tdg", "sx", "sxdg"),
    *("rx", "ry", "rz", "p"),
    *("cx", "cz", "cp", "swap", "rzz"),
)
"""Names as in Qiskit's standard gate library, whose definitions give their matrices."""

CLIFFORD_GATES = ("h", "x", "y", "z", "s", "sdg", "sx", "sxdg", "cx", "cz", "swap")
"""The native gates of a stabilizer simulator."""


@cache
def ideal_target(*, dynamic: bool, gates: tuple[str, ...] = IDEAL_GATES) -> Target:
    """All-to-all connectivity, no errors, no limit of size; `if_else` only where `dynamic`.

    The size is left open on purpose: compiling to a target of n qubits pads every circuit to n.
    Reset and mid-circuit measurement stand in both, for Qiskit's targets cannot tell the latter.
    """
    target = Target.from_configuration(list(gates))
    target.add_instruction(Measure(), name="measure")
    target.add_instruction(Reset(), name="reset")
    if dynamic:
        target.add_instruction(IfElseOp, name="if_else")
    return target
