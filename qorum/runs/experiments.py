"""What a user asks for: circuits, and how they are to be run."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from qorum.parameters import (
    Backends,
    Confidence,
    ExperimentId,
    InputValues,
    MaxCalibrationAge,
    MaxCost,
    Objective,
    OptimizationLevel,
    Replicas,
    RunSeed,
    Shots,
)


class RunOptions(BaseModel):
    """How a run's circuits are executed: everything that decides its result besides the circuits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shots: Shots = 1024
    replicas: Replicas = 3
    confidence: Confidence = 0.9
    backends: Backends = []
    objective: Objective = "fidelity"
    max_cost_usd: MaxCost = 0.0
    max_calibration_age_hours: MaxCalibrationAge = None
    optimization_level: OptimizationLevel = 1
    seed: RunSeed = 0
    inputs: InputValues = {}


class CircuitInput(BaseModel):
    """One circuit as asked for.

    Attributes:
        name: what reports call it.
        source: OpenQASM text, `template:NAME?parameter=value&…`, a key in the store, or a reference to an
            object that was read when it was handed over (see `object_reference`).
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str

    @property
    def kind(self) -> Literal["template", "object", "text", "key"]:
        """How `source` is to be read: a template, an object, the text itself, or where the text lies."""
        if self.source.startswith("template:"):
            return "template"
        if _OBJECT.fullmatch(self.source):
            return "object"
        return "key" if _looks_like_key(self.source) else "text"


def named_inputs(circuits: list[str]) -> tuple[CircuitInput, ...]:
    """Circuits with the names that reports use: the template, the key's last part or `circuit-N`.

    A name that occurs again gets `#2`, `#3`, … so that every circuit of a run has its own.
    """
    seen: dict[str, int] = {}
    inputs: list[CircuitInput] = []
    for position, source in enumerate(circuits, start=1):
        kind = CircuitInput(name="", source=source).kind
        name = {
            "template": source.removeprefix("template:"),
            "object": (kind == "object" and reference_parts(source)[0]) or f"circuit-{position}",
            "key": source.rsplit("/", 1)[-1],
            "text": f"circuit-{position}",
        }[kind]
        seen[name] = seen.get(name, 0) + 1
        unique = name if seen[name] == 1 else f"{name}#{seen[name]}"
        inputs.append(CircuitInput(name=unique, source=source))
    return tuple(inputs)


class Definition(BaseModel):
    """An experiment as stored: enough to run it again."""

    model_config = ConfigDict(frozen=True)

    experiment_id: ExperimentId
    circuits: tuple[CircuitInput, ...]
    options: RunOptions

    def differences(self, other: Definition) -> list[str]:
        """In words, what `other` asks for that this definition does not."""
        mine: dict[str, Any] = {**self.options.model_dump(), "circuits": self.circuits}
        theirs: dict[str, Any] = {**other.options.model_dump(), "circuits": other.circuits}
        return [
            "other circuits" if what == "circuits" else f"{what} {mine[what]} is stored, {theirs[what]} asked"
            for what in mine
            if mine[what] != theirs[what]
        ]


def object_reference(name: str, digest: str) -> str:
    """The text that stands for an object in a run's parameters.

    Args:
        name: what it is called; may be empty.
        digest: sha256 (hex) of its bytes in the store.
    """
    return f"accepted:{name}@{digest}"


def reference_parts(reference: str) -> tuple[str, str]:
    """Name and digest of an `object_reference`.

    Raises:
        ValueError: it is none.
    """
    found = _OBJECT.fullmatch(reference)
    if found is None:
        raise ValueError(f"accepted:NAME@SHA256 expected, found {reference[:100]!r}")
    return found[1], found[2]


_OBJECT = re.compile(r"accepted:(.*)@([0-9a-f]{64})")
_STORED_INPUT = re.compile(r"inputs/[0-9a-f]{16}/")
_HEADER = re.compile(r"\s*OPENQASM\s+\d+(\.\d+)?\s*;")
_EXTENSION = re.compile(r"\.[A-Za-z]\w{0,7}$")


def _looks_like_key(source: str) -> bool:
    """Whether it names a text; a name may hold what texts are made of, such as `;` or OPENQASM."""
    if not source or "\n" in source:
        return False
    if _STORED_INPUT.match(source):
        return True
    ends_like_text = source.rstrip().endswith((";", "}"))
    return not ends_like_text and not (_HEADER.match(source) and not _EXTENSION.search(source))
