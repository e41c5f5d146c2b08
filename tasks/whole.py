"""Values that Prefect hands over to a task as they are."""

from __future__ import annotations

from typing import TypeVar, cast

from prefect.utilities.annotations import quote

Value = TypeVar("Value")


def whole(value: Value) -> Value:
    """An argument of a task, handed over untouched.

    Prefect walks through all that an argument contains, to find and await futures of other tasks: seconds
    for a large batch. What is quoted it does not enter. The quotes fall before the task's function runs, so
    that it gets a `Value`.
    """
    return cast(Value, quote(value))
