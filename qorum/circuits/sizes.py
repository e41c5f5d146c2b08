"""How much there is to compute in a circuit: what run times are learned and predicted from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qorum.circuits.native import IDEAL_GATES
from qorum.circuits.targets import NOT_GATES
from qorum.circuits.walks import blocks_of

_TURNS = frozenset({"crx", "cry", "crz", "rxx", "ryy", "rzx"})
"""Two-qubit gates that compilation makes one RZZ of, and about one gate on one qubit."""

DIAGONAL = frozenset({"cz", "cp", "cu1", "cs", "csdg", "rzz"}) | _TURNS
"""Two-qubit gates that change phases only, once compiled."""

_ONE_EACH = frozenset((*IDEAL_GATES, "u1", "cu1", "cs", "csdg"))
_ONE_QUBIT = 3
"""Native gates that any other one-qubit gate becomes: a turn about y between two about z."""

_GATES_PER_CX = 17 / 3
"""Native gates by entangling one of a synthesized matrix: Qiskit's level 1 makes 17 of a random SU(4)."""


@dataclass(frozen=True)
class CircuitSize:
    """A circuit's size, nearly the same before and after compilation to all-to-all connectivity.

    A block is what a simulator that fuses gates applies as one 4×4 matrix: consecutive two-qubit gates
    on one pair, with the one-qubit gates around them (Isakov et al., arXiv:2111.02396). A qubit that no
    other touches, but a gate does, is a block, too.

    Attributes:
        gates: native gates, measurements not counted.
        blocks: how many blocks.
        diagonal_blocks: those of them that are one diagonal two-qubit gate.
    """

    gates: int
    blocks: int
    diagonal_blocks: int = 0

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> CircuitSize:
        """The size of a circuit, compiled or not.

        Gates that are not native count as their definitions, matrices as their Shannon decomposition.
        All branches of a conditional count, a loop's body once.
        """
        return _of(circuit, {})

    def __add__(self, other: CircuitSize) -> CircuitSize:
        return CircuitSize(
            self.gates + other.gates,
            self.blocks + other.blocks,
            self.diagonal_blocks + other.diagonal_blocks,
        )


EMPTY = CircuitSize(0, 0)

_Known = dict[tuple[str, int], CircuitSize]


def _of(circuit: QuantumCircuit, known: _Known) -> CircuitSize:
    """`known` are gates that are not native, by name and width: definitions are slow to look at."""
    gates, inner, tally = 0, EMPTY, _Tally()
    for instruction in circuit.data:
        name, qubits = instruction.name, instruction.qubits
        if instruction.is_control_flow():
            inner = sum((_of(block, known) for block in blocks_of(instruction)), inner)
            tally.interrupt(qubits)
        elif name not in NOT_GATES and qubits:
            size = None if name in _ONE_EACH else _composed(instruction, known)
            gates += size.gates if size else 1
            if len(qubits) <= 2:
                tally.add(qubits, diagonal=name in DIAGONAL)
            elif size:
                inner += CircuitSize(0, size.blocks, size.diagonal_blocks)
                tally.interrupt(qubits)
    return CircuitSize(gates, 0) + tally.blocks() + inner


class _Tally:
    """The blocks of two-qubit gates met so far."""

    def __init__(self) -> None:
        self._diagonal: list[bool] = []
        self._latest: dict[Hashable, int | None] = {}
        self._alone: set[Hashable] = set()

    def add(self, qubits: Sequence[Hashable], *, diagonal: bool) -> None:
        """A gate on one qubit or two."""
        if len(qubits) == 1:
            self._alone.add(qubits[0])
            return
        one, other = qubits
        block = self._latest.get(one)
        if block is not None and block == self._latest.get(other):
            self._diagonal[block] = False  # what stands between two gates of a block may be anything
            return
        self._latest[one] = self._latest[other] = len(self._diagonal)
        self._diagonal.append(diagonal)

    def interrupt(self, qubits: Sequence[Hashable]) -> None:
        """Something that no block goes through."""
        self._latest.update(dict.fromkeys(qubits))

    def blocks(self) -> CircuitSize:
        """How many blocks, without gates."""
        alone = len(self._alone - self._latest.keys())
        return CircuitSize(0, len(self._diagonal) + alone, sum(self._diagonal))


def _composed(instruction: Any, known: _Known) -> CircuitSize:
    """The size of a gate that is not native."""
    width = len(instruction.qubits)
    if width == 1:
        return CircuitSize(_ONE_QUBIT, 1)
    if instruction.name in _TURNS:
        return CircuitSize(2, 1, 1)
    key = (instruction.name, width)
    if key not in known:
        definition = None if instruction.name == "unitary" else instruction.operation.definition
        known[key] = _shannon(width) if definition is None else _of(definition, known)
    return known[key]


def entangling_gates(width: int) -> float:
    """CX gates of a matrix by its Shannon decomposition: Shende et al., quant-ph/0406176."""
    return 23 / 48 * 4**width - 3 / 2 * 2**width + 4 / 3


def _shannon(width: int) -> CircuitSize:
    entangling = entangling_gates(width)
    return CircuitSize(round(_GATES_PER_CX * entangling), 1 if width == 2 else round(entangling))
