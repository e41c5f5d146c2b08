"""Values that are given for a program's `input` variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.state import State
from qorum.circuits.openqasm3.syntax import parse_expression
from qorum.circuits.openqasm3.types import Type
from qorum.circuits.openqasm3.values import Value, known
from qorum.circuits.parse_errors import Unreadable

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.expressions import Expressions

_TYPES_GIVEN = {bool: Type("bool"), int: Type("int"), float: Type("float")}
_WHOLE = ("int", "uint", "bits")


def input_value(
    kind: Type, given: bool | int | float | str, statement: Any, expressions: Expressions, state: State
) -> Value:
    """What a declared `input` holds.

    Args:
        kind: as declared.
        given: by the user; a text is a constant expression of OpenQASM.
        statement: the declaration.
        expressions: evaluates them.
        state: in which the declaration stands.

    Raises:
        Unreadable: it is no constant, or a number that the type does not hold.
    """
    name = statement.identifier.name
    if isinstance(given, str):
        value = _written(name, given, statement, expressions, state)
    else:
        value = known(_TYPES_GIVEN[type(given)], given)
    found = expressions.converted(kind, value, statement)
    if kind.kind in _WHOLE and value.type.kind in ("int", "uint", "float") and found.table != value.table:
        raise unreadable(
            f"a whole number that {kind} holds expected for the input {name}, found {given}", statement
        )
    return found


def _written(name: str, given: str, statement: Any, expressions: Expressions, state: State) -> Value:
    try:
        value = expressions.value(parse_expression(given), state, real=True)
    except Unreadable as problem:
        raise unreadable(
            f'a constant such as 0.5, pi/2, true or "0101" expected for the input {name}, found '
            f"{given[:80]!r}: {problem.reason}",
            statement,
        ) from None
    if value.bits:
        raise unreadable(f"a constant expected for the input {name}, found {given[:80]!r}", statement)
    return value
