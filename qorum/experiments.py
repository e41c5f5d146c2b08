"""What a user asks for: circuits, and how they are to be run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from qorum.parameters import (
    Backends,
    Confidence,
    ExperimentId,
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
    optimization_level: OptimizationLevel = 1
    seed: RunSeed = 0


class CircuitInput(BaseModel):
    """One circuit as asked for.

    Attributes:
        name: what reports call it.
        source: OpenQASM text, `template:NAME?parameter=value&…`, or a key in the store.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str

    @property
    def kind(self) -> Literal["template", "text", "key"]:
        """How `source` is to be read: a template, the text itself, or where the text lies."""
        if self.source.startswith("template:"):
            return "template"
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


def _looks_like_key(source: str) -> bool:
    return bool(source) and "\n" not in source and ";" not in source and "OPENQASM" not in source
