"""Braket's `#pragma braket result …`: what a program asks for instead of measuring, as measurements."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from qiskit.circuit import Gate
from qiskit.circuit.library import HGate, RYGate, SdgGate

from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.state import Applied, Branched, Measured, Operation, State
from qorum.circuits.openqasm3.syntax import parse_operands
from qorum.circuits.parse_errors import Unreadable

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine

REGISTER = "result"

_OBSERVED = ("expectation", "variance", "sample")
_WHOLE = ("state_vector", "density_matrix", "amplitude")
_FACTOR = re.compile(r"\s*(i|x|y|z|h)\s*(?:\(([^()]*)\)|\s(.*))?\s*", re.IGNORECASE | re.DOTALL)
_BASES: dict[str, tuple[Gate, ...]] = {
    "x": (HGate(),),
    "y": (SdgGate(), HGate()),
    "h": (RYGate(-math.pi / 4),),
    "z": (),
    "i": (),
}
"""Gates that bring an observable's eigenstates to the computational basis."""


class ResultPragmas:
    """What the pragmas of a program ask for.

    All that is asked for is measured together, each qubit in one basis, into bits in the order of the qubits.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._asked: list[tuple[str, Any]] = []
        self._bases: dict[int, str] = {}

    def ask(self, words: str, statement: Any) -> None:
        """Note what stands behind `braket result`."""
        self._asked.append((words.strip(), statement))

    def measure(self, state: State, num_qubits: int) -> list[tuple[str, tuple[int, ...]]] | None:
        """Add the measurements to a program that has come to its end.

        Args:
            state: at its end.
            num_qubits: of the program.

        Returns:
            Its classical registers from now on; None where there is nothing to add.

        Raises:
            Unreadable: observables that one basis of each qubit does not measure together, or unknown ones.
        """
        if not self._asked:
            return None
        if _measures(state.operations):
            for words, statement in self._asked:
                self._machine.warn(f"the program measures, so `{words[:80]}` is ignored", statement)
            return None
        for words, statement in self._asked:
            self._note(words, statement, state, num_qubits)
        qubits = sorted(self._bases)
        for qubit in qubits:
            state.operations += [Applied(gate, (qubit,)) for gate in _BASES[self._bases[qubit]]]
        state.operations += [Measured(qubit, bit) for bit, qubit in enumerate(qubits)]
        return [(REGISTER, tuple(range(len(qubits))))]

    def _note(self, words: str, statement: Any, state: State, num_qubits: int) -> None:
        kind, _, rest = words.partition(" ")
        if kind in _OBSERVED:
            for factor in rest.split("@"):
                self._observe(factor, statement, state, num_qubits)
        elif kind == "probability" or kind in _WHOLE:
            targets = "all" if kind == "amplitude" else rest
            self._take("z", self._targets(targets, statement, state, num_qubits), statement)
        else:
            raise unreadable(
                "expectation, variance, sample, probability or a state expected as a result, found "
                f"{kind!r}; leave the pragma out, or measure",
                statement,
            )
        self._machine.warn(f"`{words[:80]}` is what is measured", statement)

    def _observe(self, factor: str, statement: Any, state: State, num_qubits: int) -> None:
        match = _FACTOR.fullmatch(factor)
        if match is None:
            raise unreadable(
                f"products of x, y, z, h, i on qubits expected as observable, found {factor.strip()[:80]!r}; "
                "turn its basis by gates, and measure",
                statement,
            )
        targets = self._targets(match[2] or match[3] or "all", statement, state, num_qubits)
        self._take(match[1].lower(), targets, statement)

    def _take(self, basis: str, qubits: Sequence[int], statement: Any) -> None:
        for qubit in qubits:
            known = self._bases.get(qubit, basis)
            if "i" not in (basis, known) and basis != known:
                raise unreadable(
                    f"one basis for each qubit expected, found {known} and {basis} on qubit {qubit}; write a "
                    "program for each",
                    statement,
                )
            self._bases[qubit] = known if basis == "i" else basis

    def _targets(self, text: str, statement: Any, state: State, num_qubits: int) -> list[int]:
        if text.strip() in ("", "all"):
            return list(range(num_qubits))
        operand = self._machine.quantum.operand
        try:
            found = [operand(node, state).qubits for node in parse_operands(text.strip())]
        except Unreadable as problem:
            raise unreadable(problem.reason, statement) from None
        return [qubit for qubits in found for qubit in qubits]


def _measures(operations: Iterable[Operation]) -> bool:
    return any(
        isinstance(each, Measured)
        or (isinstance(each, Branched) and (_measures(each.then) or _measures(each.other)))
        for each in operations
    )
