"""From text to checked values: what the readers of Hamiltonians, graphs and data sets share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from qorum.errors import InputRejected
from qorum.faults import Fault, faults_of

LONGEST_SHOWN = 60
"""Characters of a faulty value that a message repeats."""


class Document(BaseModel):
    """Base of what is read from JSON or from settings: nothing unknown, no NaN, no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Read = TypeVar("Read", bound=BaseModel)


def read_json(text: str | bytes, source: str) -> Any:
    """The value that a JSON text stands for.

    Raises:
        InputRejected: it is no JSON (with line and column), or an object has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _each_once(pairs, source))
    except json.JSONDecodeError as error:
        reason = f"JSON expected; column {error.colno}: {error.msg}"
        raise InputRejected(source, reason, line=error.lineno) from None
    except UnicodeDecodeError as error:
        raise InputRejected(source, f"JSON in UTF-8 expected, found byte {error.start} not to be") from None
    except RecursionError:
        raise InputRejected(source, "JSON nested less than a few hundred levels deep expected") from None
    except ValueError as error:  # an integer of too many digits
        raise InputRejected(source, f"JSON with numbers of ordinary size expected: {error}") from None


def text_of(source: Any, document: Callable[[Any], dict[str, Any]]) -> str:
    """A problem as the text that a flow takes: text as it is, an object as the JSON of its document.

    Raises:
        ValueError: `document` rejects the object, with the reason.
    """
    if isinstance(source, str):
        return source
    try:
        return json.dumps(document(source))
    except InputRejected as error:
        raise ValueError(str(error)) from error


def read_settings(text: str, source: str, separator: str = ",") -> dict[str, str]:
    """What stands in `n=8,degree=3`, each name once.

    Raises:
        InputRejected: a part is no `name=value`, or a name stands twice.
    """
    parts = [part.partition("=") for part in text.split(separator)] if text else []
    for name, equals, value in parts:
        if not (name.strip() and equals and value.strip()):
            found = f"{name}{equals}{value}"
            raise InputRejected(source, f"name=value joined by {separator!r} expected, found {found!r}")
    return _each_once([(name.strip(), value.strip()) for name, _, value in parts], source)


def validated(model: type[Read], values: Any, source: str) -> Read:
    """An instance of `model`.

    Raises:
        InputRejected: every fault in words: where, what was expected, what was found.
    """
    if not isinstance(values, Mapping):
        kind = type(values).__name__
        known = ", ".join(model.model_fields)
        raise InputRejected(source, f"an object with the fields {known} expected, found a {kind}")
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        faults = faults_of(problem)
        listed = "; ".join(_in_words(model, fault) for fault in faults[:5])
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise InputRejected(source, listed + more) from None


def shortened(value: object) -> str:
    """Its repr, cut where it gets long."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _each_once(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(found := dict(pairs)) < len(pairs):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InputRejected(source, f"each name once expected, found twice: {', '.join(twice)}")
    return found


def _in_words(model: type[BaseModel], fault: Fault) -> str:
    place = list(fault.place)
    known = ", ".join(model.model_fields)
    if not place:
        return fault.expected
    field = str(place[0])
    if fault.is_unknown and len(place) == 1:
        return f"no field {field!r} is known, only {known}"
    where = field + "".join(f"[{index}]" for index in place[1:])
    meaning = model.model_fields[field].description if field in model.model_fields else None
    about = f"{where} ({meaning})" if meaning else where
    if fault.kind == "missing":
        return f"{about} expected, found none"
    expected = fault.expected.removeprefix("Input should be ")
    expected = expected.partition(", unable to parse")[0].replace("a valid tuple", "a list")
    if fault.kind in ("too_short", "too_long"):
        least, most = fault.bounds.get("min_length"), fault.bounds.get("max_length")
        expected = f"at least {least} entries" if most is None else f"at most {most} entries"
    return f"{about}: {expected} expected, found {shortened(fault.found)}"
