"""What a flow returns: a report with types, which users of Python may read like a dict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Report(BaseModel):
    """Base of reports and their parts: immutable, with the types that are declared and no others.

    JSON is made of them where they leave the process, and read back equal by `model_validate_json`. What is
    declared is checked whenever a report is built, large histograms, too: 900,000 outcomes take 0.1 s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def as_json(self, indent: int | None = None) -> str:
        """As it is stored, and with `indent` as it is printed; fields as they are declared."""
        return json.dumps(self.model_dump(mode="json"), indent=indent)


def is_none(value: object) -> bool:
    """For fields that the JSON leaves out where there is nothing to tell."""
    return value is None


Told = TypeVar("Told", bound=Report)


class Findings(Mapping[str, Any], Generic[Told]):
    """A report that is read like a dict, too: `findings["circuits"]`; `findings.report` has the types.

    It is neither a dict nor a pydantic model itself, for a workflow engine walks through these, and lists and
    dataclasses, to look for something to wait for: seconds for the histograms of a thousand circuits.
    `dict(findings)` is plain data down to the leaves, for JSON; it is made when it is first asked for.
    """

    def __init__(self, report: Told) -> None:
        self.report = report

    @cached_property
    def _data(self) -> dict[str, Any]:
        return self.report.model_dump(mode="json")

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        told = {name: value for name, value in self.report if isinstance(value, str | int | float)}
        return f"<findings: {', '.join(f'{name} {value}' for name, value in told.items())}>"
