"""References such as `ghz?num_qubits=5`: the name of a thing, and its parameters as a query string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from qorum.errors import InputRejected
from qorum.faults import Fault, faults_of

Model = TypeVar("Model", bound=BaseModel)


def parse_reference(
    reference: str,
    models: Mapping[str, type[Model]],
    *,
    kind: str,
    prefix: str = "",
    parameter: str = "parameter",
) -> tuple[str, Model]:
    """The name that a reference such as `adam?learning_rate=0.1` begins with, and its parameters.

    Parameters that are not given take their defaults. Of names, `_` and `-` are the same.

    Args:
        reference: `PREFIX NAME` or `PREFIX NAME?parameter=value&parameter=value`, without the space.
        models: the model of the parameters for each known name; every field has a description.
        kind: what the names are, in one word, e.g. `template`.
        prefix: what the reference has to begin with, e.g. `template:`.
        parameter: what the parameters are called, in one word.

    Raises:
        InputRejected: no such name (the known ones are listed), or a parameter that is unknown, of the
            wrong type or out of bounds (which, what was expected, what was found).
    """
    written, _, query = reference.removeprefix(prefix).partition("?")
    name = next((known for known in models if _hyphened(known) == _hyphened(written)), written)
    if name not in models or not reference.startswith(prefix):
        article = "an" if kind[0] in "aeiou" else "a"
        reason = f"{article} {kind} expected, one of {', '.join(models)}; found {name!r}"
        raise InputRejected(reference, reason)
    try:
        return name, models[name].model_validate(_pairs(reference, query, parameter))
    except ValidationError as problem:
        faults = faults_of(problem)
        reasons = "; ".join(_in_words(name, models[name], parameter, fault) for fault in faults)
        raise InputRejected(reference, reasons) from None


def _hyphened(name: str) -> str:
    return name.replace("_", "-")


def _pairs(reference: str, query: str, parameter: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise InputRejected(reference, f"name=value pairs joined by & expected, found {query!r}") from None
    names = [name for name, _ in pairs]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        reason = f"each {parameter} once expected, found twice: {', '.join(repeated)}"
        raise InputRejected(reference, reason)
    return dict(pairs)


def _in_words(name: str, model: type[BaseModel], parameter: str, fault: Fault) -> str:
    field = str(fault.place[0]) if fault.place else ""
    if fault.is_unknown:
        known = ", ".join(model.model_fields)
        return f"no {parameter} {field!r}: {name} takes {known}"
    message = fault.expected.partition(", unable to parse")[0]
    if not field:
        return message
    expected = message.removeprefix("Input should be ").replace("String should ", "text that should ")
    meaning = model.model_fields[field].description
    return f"{parameter} {field} ({meaning}): {expected} expected, found {fault.found!r}"
