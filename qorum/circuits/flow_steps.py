"""What a walk through a circuit has still to do: operations bound to their bits, rounds, choices."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import CASE_DEFAULT, ClassicalRegister, ControlFlowOp, ForLoopOp, SwitchCaseOp
from qiskit.circuit.classical import expr, types

from qorum.circuits.lowered import Condition


class Operation(NamedTuple):
    """One operation.

    Attributes:
        what: Qiskit's operation.
        qubits: indices of its qubits in the whole circuit.
        clbits: likewise.
        scope: index of every classical bit that a condition here may name.
        is_standard: whether it is a standard gate.
    """

    what: Any
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    scope: Mapping[Any, int]
    is_standard: bool

    def block(self, circuit: QuantumCircuit) -> list[Step]:
        """The steps of one of its blocks or of its definition, the first one last."""
        return steps_of(circuit, self.qubits, self.clbits, self.scope)


class Round(NamedTuple):
    """The next round of a loop.

    Attributes:
        loop: the operation.
        number: rounds of a `for` begun so far.
        open_rounds: rounds of a `while` so far of which only measured bits tell whether they take place.
        depth: branches around the loop.
    """

    loop: Operation
    number: int = 0
    open_rounds: int = 0
    depth: int = 0


class Choice(NamedTuple):
    """What is left of a `switch`: conditions with their steps, and the steps if none holds."""

    cases: tuple[tuple[Condition, list[Any]], ...]
    default: list[Any]


class Mark(NamedTuple):
    """Where `continue` (the end of a round) or `break` (the end of a loop) goes on."""

    ends_loop: bool


Step = Operation | Round | Choice | Mark


def steps_of(
    circuit: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int], scope: Mapping[Any, int]
) -> list[Step]:
    """The operations of a circuit whose bits are bound to those given by position, the first one last."""
    place: dict[Any, int] = dict(zip(circuit.qubits, qubits, strict=True))
    inner = {**scope, **dict(zip(circuit.clbits, clbits, strict=True))}
    return [
        Operation(
            step.operation,
            tuple([place[qubit] for qubit in step.qubits]),
            tuple([inner[clbit] for clbit in step.clbits]),
            inner,
            step.is_standard_gate(),
        )
        for step in reversed(circuit.data)
    ]


def case_conditions(switch: SwitchCaseOp) -> list[tuple[Any, QuantumCircuit]]:
    """Each case of a `switch` as the condition of an `if` (None: it never holds; True: it always does)."""
    target: Any = switch.target
    return [(_any_label(target, labels), block) for labels, block in switch.cases_specifier()]


def _any_label(target: Any, labels: Iterable[Any]) -> Any:
    wanted = list(labels)
    if any(label is CASE_DEFAULT for label in wanted):
        return True
    if not isinstance(target, expr.Expr) and len(wanted) == 1:
        width = len(target) if isinstance(target, ClassicalRegister) else 1
        return (target, int(wanted[0])) if 0 <= int(wanted[0]) < 1 << width else None
    value = expr.lift(target)
    single = isinstance(value.type, types.Bool)
    width = 1 if single else value.type.width
    fitting = [int(label) for label in wanted if 0 <= int(label) < 1 << width]
    if single:
        tests = [value if label else expr.logic_not(value) for label in fitting]
    else:
        tests = [expr.equal(value, expr.lift(label, value.type)) for label in fitting]
    return reduce(expr.logic_or, tests) if tests else None


def variables_read(steps: Iterable[Step]) -> set[Any]:
    """Variables that some steps may read."""
    found: set[Any] = set()
    for step in steps:
        if isinstance(step, Operation):
            _collect(step.what, found)
        elif isinstance(step, Round):
            _collect(step.loop.what, found)
        elif isinstance(step, Choice):
            for _, body in step.cases:
                found |= variables_read(body)
            found |= variables_read(step.default)
    return found


def _collect(operation: Any, found: set[Any]) -> None:
    if operation.name == "store":
        read = [operation.rvalue]
        if isinstance(operation.lvalue, expr.Index):  # the other bits stay
            read.append(operation.lvalue)
        _variables(read, found)
    elif isinstance(operation, ControlFlowOp):
        parts = [getattr(operation, part, None) for part in ("condition", "target")]
        _variables([part for part in parts if isinstance(part, expr.Expr)], found)
        for block in operation.blocks:
            for step in block.data:
                if not step.is_standard_gate():
                    _collect(step.operation, found)


def _variables(nodes: Iterable[Any], found: set[Any]) -> None:
    for node in nodes:
        found.update(variable for variable in expr.iter_vars(node) if variable.standalone)


def loop_values(loop: ForLoopOp) -> Any:
    """The values that the loop's parameter takes, in order."""
    return loop.params[0]
