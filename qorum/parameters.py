"""What a run can be asked for, one type for each parameter: bounds, and the words that forms show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field

Model = TypeVar("Model", bound=BaseModel)

MAX_SHOTS = 1_000_000


@dataclass(frozen=True)
class Flag:
    """How a command line takes a parameter, where that does not follow from its type.

    Attributes:
        metavar: what help calls the value.
        each: the option that adds one value and may be given again; empty: one option takes all of them.
        told: what help says, where it is not what a form says.
    """

    metavar: str
    each: str = ""
    told: str = ""


def part_of(request: BaseModel, kind: type[Model]) -> Model:
    """The fields that a request has in common with a model, as that model."""
    return kind(**{name: getattr(request, name) for name in kind.model_fields if hasattr(request, name)})


def form_field(title: str, description: str, **bounds: Any) -> Any:
    """A pydantic field as forms show it: with a title, one sentence of help, and bounds.

    Title and description are given as extras too: Prefect keeps only these of an annotated
    parameter of a flow.

    Args:
        title: above the input.
        description: below the title; it states the bounds, for the form tells them only when they
            are broken.
        bounds: as of `pydantic.Field`, e.g. `ge=1`.
    """
    extra: dict[str, Any] = {"title": title, "description": description}
    return Field(title=title, description=description, json_schema_extra=extra, **bounds)


Circuits = Annotated[
    list[str],
    form_field(
        "Circuits",
        "One each: OpenQASM 2 or 3 text, `template:ghz?num_qubits=5`, or the key of a text in the store.",
        min_length=1,
    ),
]
InputValues = Annotated[
    dict[Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)], bool | int | float | str],
    form_field(
        "Inputs",
        'Values of the `input` variables of OpenQASM 3 circuits, such as `{"theta": "pi/2", "rounds": 4}`: '
        "numbers, true, false, or text as OpenQASM writes a constant. Each circuit takes those it declares.",
        max_length=1000,
    ),
    Flag("NAME=VALUE", each="input", told="Of an `input` variable, such as theta=pi/2; repeatable."),
]
Shots = Annotated[
    int,
    form_field("Shots", "Samples of each circuit on each backend, 1 to 1,000,000.", ge=1, le=MAX_SHOTS),
]
Replicas = Annotated[
    int,
    form_field(
        "Replicas",
        "Independent backends that run each circuit, 1 to 5. More are asked where these disagree.",
        ge=1,
        le=5,
    ),
]
Confidence = Annotated[
    float,
    form_field(
        "Confidence",
        "How sure every two backends' agreement has to be, above 0.5 and below 1.",
        gt=0.5,
        lt=1.0,
    ),
]
Backends = Annotated[
    list[str],
    form_field(
        "Backends",
        "Allowed backends: `torch`, `aer?noise=fake_torino`, or a saved block as "
        "`block:aer-simulator/mine`. Empty: every local one.",
    ),
    Flag("A,B"),
]
Objective = Annotated[
    Literal["fidelity", "time", "cost"],
    form_field("Objective", "What backends are ranked by: success probability, wait and run time, or price."),
]
MaxCost = Annotated[
    float,
    form_field(
        "Budget (USD)",
        "Most that the whole run may cost. 0: paid backends are left out.",
        ge=0,
        allow_inf_nan=False,
    ),
    Flag("USD"),
]
MaxCalibrationAge = Annotated[
    float | None,
    form_field(
        "Oldest calibration (hours)",
        "Noisy backends that were calibrated longer ago, or of vendors that do not tell when, are left out. "
        "Empty: any age.",
        gt=0,
        allow_inf_nan=False,
    ),
    Flag("HOURS"),
]
OptimizationLevel = Annotated[
    int,
    form_field("Optimization level", "Effort of Qiskit's compiler, 0 (none) to 3 (most).", ge=0, le=3),
]
RunSeed = Annotated[
    int,
    form_field("Seed", "The same circuits, options and seed give the same counts.", ge=0, lt=2**31),
]
Experiment = Annotated[
    str,
    form_field("Experiment", "Groups runs in MLflow.", min_length=1),
    Flag("NAME"),
]
ExperimentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]
NewOrKnownId = Annotated[
    str,
    form_field(
        "Experiment id",
        "Name of this experiment in the store, e.g. `ghz-2`. The same id again goes on where it stopped. "
        "Empty: a new id.",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,79})?$",
    ),
    Flag("ID"),
]
Tags = Annotated[
    list[str],
    form_field("Tags", "Labels of the MLflow run."),
    Flag("TAG", each="tag", told="Label of the MLflow run; repeatable."),
]
Dispatch = Annotated[
    Literal["inline", "pools", "auto"],
    form_field(
        "Dispatch",
        "Where batches run: in this process (inline), on workers of the backends' work pools (pools), "
        "or on pools if any has a worker online (auto).",
    ),
]
