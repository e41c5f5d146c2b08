"""What a user asks for: circuits, and how they are to be run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_SHOTS = 1_000_000

Shots = Annotated[
    int, Field(ge=1, le=MAX_SHOTS, title="Shots", description="Samples of each circuit on each backend.")
]
Replicas = Annotated[
    int,
    Field(ge=1, le=5, title="Replicas", description="Independent backends that run each circuit."),
]
Confidence = Annotated[
    float,
    Field(gt=0.5, lt=1.0, title="Confidence", description="How sure two backends' agreement has to be."),
]
Objective = Annotated[
    Literal["fidelity", "time", "cost"],
    Field(title="Objective", description="What backends are ranked by; ties fall to the next one."),
]
Backends = Annotated[
    list[str],
    Field(
        title="Backends",
        description="Allowed backends, e.g. torch, aer, aer?noise=fake_torino, block:aer-simulator/mine. "
        "Empty: all local ones.",
    ),
]
MaxCost = Annotated[
    float,
    Field(ge=0, allow_inf_nan=False, title="Budget (USD)", description="Most that the whole run may cost."),
]
OptimizationLevel = Annotated[
    int, Field(ge=0, le=3, title="Optimization level", description="Qiskit's compilation effort, 0 to 3.")
]
RunSeed = Annotated[
    int,
    Field(ge=0, lt=2**31, title="Seed", description="Same circuits, options and seed: same counts."),
]
ExperimentId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$",
        title="Experiment id",
        description="Name of this experiment in the store. The same id again goes on where it stopped.",
    ),
]


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
