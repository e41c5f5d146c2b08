"""Control flow and variables worked out: what is left are gates, measurements, resets and `if` on bits.

No backend of ours runs loops or variables, and not all run `switch`. So a circuit is walked through once,
as a machine would run it. What is known on the way (a loop's rounds, a variable that was given a number)
is done; what depends on measured bits stays, as an `if` on these. A variable is a table over the bits that
it was computed from, so storing one costs nothing. Where such a bit is measured anew while the table is
still needed, the new result gets a cell of its own, or the rest of the circuit is written out for both
outcomes; so it is where a loop is left from within an `if`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import (
    BoxOp,
    BreakLoopOp,
    ContinueLoopOp,
    ForLoopOp,
    IfElseOp,
    Measure,
    Store,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr

from qorum.circuits.classical_state import ClassicalState, merged, placed, stored
from qorum.circuits.definitions import body_of
from qorum.circuits.flow_regions import Differs, Leaves, Region, skip
from qorum.circuits.flow_steps import (
    Choice,
    Mark,
    Operation,
    Round,
    Step,
    case_conditions,
    loop_values,
    steps_of,
    variables_read,
)
from qorum.circuits.loops import check_rounds
from qorum.circuits.lowered import Assembly, Condition, Kept, Lowered, cells_of, cells_written
from qorum.circuits.measured_values import Value
from qorum.circuits.refusal import MAX_OPERATIONS, NotCanonical, too_many_operations

MAX_ROUNDS = 64
"""Rounds of a `while` of which only measured bits tell whether they take place."""

MAX_NESTED_ROUNDS = 20
"""The same where each round lies within the one before, for the loop is left from within an `if`."""

_MAX_WORK = 2 * MAX_OPERATIONS
"""Steps, those that are gone again for other outcomes counted each time."""


def lower(
    circuit: QuantumCircuit, registers: Sequence[Any], hidden: int = 0
) -> tuple[QuantumCircuit, list[str]]:
    """The circuit with its control flow worked out, and warnings of what was cut off.

    Args:
        circuit: with all its parameters bound.
        registers: own the histogram's bits, in order.
        hidden: how many of its last classical bits the histogram leaves out.

    Returns:
        A circuit whose last bits may be hidden (see `hidden`), and warnings.

    Raises:
        NotCanonical: it grows beyond what is run, reads what has no value, or depends on too much.
    """
    if circuit.num_input_vars:
        names = ", ".join(repr(variable.name) for variable in circuit.iter_input_vars())
        raise NotCanonical(f"variables with values expected, found the inputs {names}; give them values")
    check_rounds(circuit, MAX_OPERATIONS)
    return _Machine(circuit).run(registers, circuit.num_clbits - hidden)


class _Machine:
    def __init__(self, source: QuantumCircuit) -> None:
        self._source = source
        self._cells = source.num_clbits
        self._left = _MAX_WORK
        self._warnings: dict[str, None] = {}

    def run(self, registers: Sequence[Any], shown: int) -> tuple[QuantumCircuit, list[str]]:
        source, out = self._source, list[Lowered]()
        scope = {bit: index for index, bit in enumerate(source.clbits)}
        state = ClassicalState(source.num_clbits)
        todo = steps_of(source, range(source.num_qubits), range(source.num_clbits), scope)
        try:
            self._walk(todo, state, out, Region(outermost=True))
        except Differs:
            raise NotCanonical(
                "classical bits whose values follow from what is measured last expected, found a bit that is "
                "stored in an `if` whose own bits are measured anew there; measure these into others"
            ) from None
        cells, writes = placed(state, shown, self._cells, source.num_qubits)
        out += writes
        used = cells_written(out) | {cell for step in out for cell in step.read}
        circuit = Assembly(source, registers, int(bool(writes))).finish(out, cells, sorted(used - set(cells)))
        return circuit, list(self._warnings)

    def _walk(self, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region) -> None:
        """Works off `todo`, whose last step comes first; `state` becomes that at the end."""
        while todo:
            self._left -= 1
            if self._left < 0:
                raise too_many_operations()
            step = todo.pop()
            if isinstance(step, Round):
                self._round(step, todo, state, out, region)
            elif isinstance(step, Choice):
                self._choose(step, todo, state, out, region)
            elif isinstance(step, Operation):
                self._operate(step, todo, state, out, region)

    def _operate(
        self, step: Operation, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region
    ) -> None:
        what: Any = step.what
        if step.is_standard:
            out.append(Lowered(what, step.qubits))
        elif isinstance(what, Measure):
            self._measure(step, todo, state, out, region)
        elif isinstance(what, Store):
            stored(what, state, step.scope)
        elif isinstance(what, IfElseOp):
            condition = state.condition(what.condition, step.scope)
            blocks: Any = what.blocks
            bodies = [step.block(block) for block in blocks]
            self._branch(condition, bodies[0], bodies[1] if bodies[1:] else [], todo, state, out, region)
        elif isinstance(what, SwitchCaseOp):
            self._switch(step, todo, state)
        elif isinstance(what, ForLoopOp | WhileLoopOp):
            self._loop(step, todo, state, out, region)
        elif isinstance(what, BreakLoopOp | ContinueLoopOp):
            skip(todo, to_end=isinstance(what, BreakLoopOp))
        elif isinstance(what, BoxOp):
            todo.extend(step.block(what.blocks[0]))
        elif (body := body_of(what)) is None:
            out.append(Lowered(what, step.qubits, step.clbits))
        else:
            todo.extend(step.block(body))

    def _measure(
        self, step: Operation, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region
    ) -> None:
        """Into the bit's own cell, or into a new one if what its own one holds is still needed."""
        (bit,) = step.clbits
        state.forget(bit, lambda: variables_read([*todo, *(one for rest in region.after for one in rest)]))
        cell = bit
        if state.depends_on(bit):
            if not region.outermost:
                self._branch(Value.of_bit(bit), [step], [step], todo, state, out, region)
                return
            cell, self._cells = self._cells, self._cells + 1
        state.measured(bit, cell)
        out.append(Lowered(step.what, step.qubits, (cell,)))

    def _switch(self, step: Operation, todo: list[Step], state: ClassicalState) -> None:
        cases: list[tuple[Condition, list[Step]]] = []
        default: list[Step] = []
        for test, block in case_conditions(step.what):
            if test is True:
                default = step.block(block)
                break
            if test is not None:
                cases.append((state.condition(test, step.scope), step.block(block)))
        todo.append(Choice(tuple(cases), default))

    def _choose(
        self, choice: Choice, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region
    ) -> None:
        if not choice.cases:
            todo.extend(choice.default)
            return
        (condition, body), *rest = choice.cases
        otherwise: list[Step] = [Choice(tuple(rest), choice.default)]
        self._branch(condition, body, otherwise, todo, state, out, region)

    def _loop(
        self, step: Operation, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region
    ) -> None:
        """By itself if its ends are all alike, else with what follows."""
        loop: list[Step] = [Mark(ends_loop=True), Round(step, depth=region.depth)]
        before, length = state.copy(), len(out)
        inner = Region(region.outermost, (*region.after, list(todo)), region.depth)
        try:
            self._walk(loop, state, out, inner)
        except Differs:
            state.become(before)
            del out[length:]
            todo.extend([Mark(ends_loop=True), Round(step, depth=region.depth)])

    def _round(
        self, step: Round, todo: list[Step], state: ClassicalState, out: list[Lowered], region: Region
    ) -> None:
        what: Any = step.loop.what
        if isinstance(what, ForLoopOp):
            self._next_value(step, todo, state)
            return
        condition = state.condition(what.condition, step.loop.scope)
        if isinstance(condition, Value) and condition.is_constant and not condition.table[0]:
            return
        nested = region.depth - step.depth
        if step.open_rounds >= MAX_ROUNDS or nested >= MAX_NESTED_ROUNDS:
            rounds = MAX_ROUNDS if step.open_rounds >= MAX_ROUNDS else MAX_NESTED_ROUNDS
            self._warnings[
                f"a loop that ends when measured bits say so is run for at most {rounds} rounds: shots that "
                "would go on are counted as they are then"
            ] = None
            return
        body = [Mark(ends_loop=False), *step.loop.block(what.blocks[0])]
        if isinstance(condition, Value) and condition.is_constant:
            todo.extend([step, *body])
            return
        again = step._replace(open_rounds=step.open_rounds + 1)
        self._branch(condition, body, [], todo, state, out, region, again)

    def _next_value(self, step: Round, todo: list[Step], state: ClassicalState) -> None:
        loop: Any = step.loop.what
        values = loop_values(loop)
        if not values[step.number : step.number + 1]:
            return
        value, parameter, body = values[step.number], loop.params[1], loop.params[2]
        if isinstance(parameter, expr.Var):
            state.variables[parameter] = Value.constant(value)
        elif parameter is not None and parameter in body.parameters:
            body = body.assign_parameters({parameter: value})
        todo.extend([step._replace(number=step.number + 1), Mark(ends_loop=False), *step.loop.block(body)])

    def _branch(
        self,
        condition: Condition,
        chosen: list[Step],
        otherwise: list[Step],
        todo: list[Step],
        state: ClassicalState,
        out: list[Lowered],
        region: Region,
        again: Step | None = None,
    ) -> None:
        """An `if` with what belongs into it; `again` comes next if the condition held."""
        if isinstance(condition, Value) and condition.is_constant:
            todo.extend(chosen if condition.table[0] else otherwise)
            return
        following = [] if again is None else [again]
        warnings = dict(self._warnings)
        try:
            after = [*todo, *following]
            bodies, end = self._both(condition, chosen, otherwise, state, region.branch(after))
            todo.extend(following)
        except (Leaves, Differs):
            self._warnings = warnings
            whole = [*todo, *following, *chosen], [*todo, *otherwise]
            bodies, end = self._both(condition, *whole, state, region.branch())
            todo.clear()
        state.become(end)
        if any(bodies):
            out.append(Lowered(None, (), (), condition, bodies))

    def _both(
        self,
        condition: Condition,
        chosen: Sequence[Step],
        otherwise: Sequence[Step],
        state: ClassicalState,
        region: Region,
    ) -> tuple[tuple[list[Lowered], list[Lowered]], ClassicalState]:
        """Both bodies of an `if`, and the state after it."""
        ends: list[ClassicalState] = []
        bodies: tuple[list[Lowered], list[Lowered]] = [], []
        for outcome, steps, body in ((True, chosen, bodies[0]), (False, otherwise, bodies[1])):
            end = _entered(condition, outcome, state)
            self._walk(list(steps), end, body, region)
            ends.append(end)
        written = cells_written([*bodies[0], *bodies[1]])
        holds = condition.table if isinstance(condition, Kept) else condition
        if written & cells_of(condition):
            holds = None
        end = merged(
            holds, ends[0], ends[1], lambda: variables_read(one for rest in region.after for one in rest)
        )
        if end is None:
            raise Differs
        return bodies, end


def _entered(condition: Condition, outcome: bool, state: ClassicalState) -> ClassicalState:
    """The state within a branch, where a condition on one bit tells what that reads."""
    if isinstance(condition, Value) and len(condition.bits) == 1:
        return state.given(condition.bits[0], bool(condition.table[1]) is outcome)
    return state.copy()
