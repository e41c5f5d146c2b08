"""Where measured bits are kept, so that every variable has its value when it is read.

A circuit has the classical bits that the program declares, and no others. A variable's value is a
function of them; a bit that a subroutine or block declares for itself is kept in one of them that is
not in use. Before a bit is written anew, what still depends on its old content is moved elsewhere. When
the program ends, each declared bit gets what its variable says.
"""

from __future__ import annotations

from qiskit.circuit.library import CXGate, XGate

from qorum.circuits.openqasm3.branches import Branches
from qorum.circuits.openqasm3.problems import need, unreadable
from qorum.circuits.openqasm3.state import Applied, Branched, Measured, Node, State
from qorum.circuits.openqasm3.values import Value, measured

ZERO, ONE, SCRATCH = -1, -2, -3
"""Qubits beside the program's: one in |0⟩, one in |1⟩, one to write bits with."""


class Storage:
    """Writes classical bits.

    Args:
        branches: knows which variables may still be read.
    """

    def __init__(self, branches: Branches) -> None:
        self._branches = branches
        self.homes: dict[int, int] = {}
        """By cell of a declared bit: its place in the circuit."""
        self.places: dict[int, int] = {}
        """By cell of another bit: its place in its register."""
        self.extra: set[int] = set()
        """Which of the qubits beside the program's are used."""

    def declare(self, state: State, cell: int, bit: int) -> None:
        """A bit of the circuit, which starts as 0."""
        self.homes[cell] = bit
        if bit not in state.written:
            state.facts.setdefault(bit, False)

    def measure(self, state: State, qubit: int, cell: int) -> None:
        """Measures a qubit into a cell.

        Raises:
            Split: a value would be lost that no other bit can keep.
            Unreadable: the program declares no bit at all.
        """
        after = state.work and state.work.after()
        bit = self.homes.get(cell)
        if bit is None:
            bit = self._free(state, after, {cell})
            if bit is None:
                self._make_room(state)
        assert bit is not None
        self._clear(state, bit, after, cell)
        state.measure(qubit, bit)
        state.cells[cell] = state.holds(bit)

    def _make_room(self, state: State) -> None:
        """Asks for a branch on a bit, whose content is then known and need not be kept."""
        if not self.homes:
            raise unreadable(
                "a declared bit to hold a measurement's result expected, found none; declare a bit register"
            )
        raise need(set(self.homes.values()) - state.facts.keys())

    def _free(self, state: State, after: Node | None, leaving: set[int]) -> int | None:
        """A bit of the circuit that nothing depends on, best one of those that the result is meant for."""
        places = [self.places[cell] for cell in leaving if cell in self.places]
        used = {
            bit
            for cell, value in state.cells.items()
            if value.bits and cell not in leaving and self._branches.live(cell, after)
            for bit in value.bits
        }
        free = [bit for bit in self.homes.values() if bit not in used]
        wanted = [state.hints[place] for place in places if place < len(state.hints)]
        for bit in (*wanted, *state.hints):
            if bit in free:
                return bit
        return min(free) if free else None

    def _clear(self, state: State, bit: int, after: Node | None, leaving: int) -> None:
        """Moves away what depends on the bit's content."""
        users = [cell for cell in state.using(bit) if cell != leaving]
        for cell in list(users):
            if not self._branches.live(cell, after):
                del state.cells[cell]
                users.remove(cell)
        if not users:
            return
        if bit in state.facts:
            for cell in users:
                state.cells[cell] = state.read(cell)
            return
        other = self._free(state, after, set())
        if other is None or other == bit:
            raise need([bit])
        self._write(state, other, measured(bit))
        state.rename(bit, other)

    def _write(self, state: State, bit: int, value: Value) -> None:
        """Gives a bit of the circuit a value."""
        if value.known:
            if value.table[0]:
                if ONE not in self.extra or ONE not in state.fresh:
                    self._prepare(state)
                state.measure(ONE, bit)
            else:
                self.extra.add(ZERO)
                state.measure(ZERO, bit)
            state.facts[bit] = bool(value.table[0])
            return
        source = self._holder(state, value)
        if source is not None:
            state.measure(source, bit)
            return
        self.extra.add(SCRATCH)
        flip = Applied(XGate(), (SCRATCH,))
        state.act(Applied("reset", (SCRATCH,)))
        state.operations.append(Branched(value, (flip,), ()))
        state.fresh.pop(SCRATCH, None)
        state.measure(SCRATCH, bit)

    def _prepare(self, state: State) -> None:
        """The qubit in |1⟩; made once on each path, for later ones may not have come by here."""
        self.extra.add(ONE)
        state.act(Applied("reset", (ONE,)))
        state.act(Applied(XGate(), (ONE,)))
        state.fresh[ONE] = frozenset()

    def _holder(self, state: State, value: Value) -> int | None:
        """A qubit whose measurement gives the value again."""
        if value.table != (False, True):
            return None
        for qubit, held in state.fresh.items():
            if value.bits[0] in held and qubit >= 0:
                return qubit
        return None

    def forget(self, state: State, qubit: int) -> None:
        """A measurement whose result nobody keeps: the qubit loses its phase."""
        state.operations.append(Measured(qubit, None))

    def settle(self, state: State) -> bool:
        """Gives one declared bit what its variable says, and tells whether all have it.

        Raises:
            Split: bits trade places.
        """
        values = {cell: state.read(cell) for cell in self.homes if cell in state.cells}
        pending = [cell for cell, value in values.items() if value != state.holds(self.homes[cell])]
        if not pending:
            return True
        for cell in pending:
            bit = self.homes[cell]
            if not any(bit in value.bits for other, value in values.items() if other != cell):
                self._write(state, bit, values[cell])
                state.cells[cell] = state.holds(bit)
                return False
        raise need([self.homes[pending[0]]])


def dephased(qubit: int) -> tuple[Applied, ...]:
    """What a measurement without a result does to a qubit, by one beside it."""
    return (
        Applied("reset", (SCRATCH,)),
        Applied(CXGate(), (qubit, SCRATCH)),
        Applied("reset", (SCRATCH,)),
    )
