"""Values that a run gives for `input` variables, written into the text as constants."""

from __future__ import annotations

import re
from collections.abc import Mapping

_INPUT = re.compile(r"\binput\s+([^;={}]+?)\s+([^\W\d]\w*)\s*;")


def with_values(text: str, inputs: Mapping[str, bool | int | float | str]) -> str:
    """OpenQASM 3 in which declarations of inputs that have a value declare constants; lines stay."""

    def constant(match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        return f"const {kind} {name} = {_written(inputs[name])};" if name in inputs else match[0]

    return _INPUT.sub(constant, text)


def _written(value: bool | int | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
