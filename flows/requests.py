"""What each flow is asked, one model each: forms, command lines, help and stored options are made of it.

Imports next to nothing, so that help comes at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from qorum.parameters import (
    Backends,
    Circuits,
    Dispatch,
    Experiment,
    ExperimentId,
    Flag,
    NewOrKnownId,
    RunSeed,
    Shots,
    Tags,
    form_field,
)
from qorum.runs.experiments import RunOptions
from qorum.training.options import ClassificationOptions, CommonOptions, TrainingOptions
from qorum.training.parameters import (
    AnsatzName,
    ClassifierName,
    Data,
    GraphText,
    KnownTraining,
    OptimizerName,
    Problem,
    QaoaName,
    States,
    TrainingBackend,
)

Function = TypeVar("Function", bound=Callable[..., Any])


def takes(request: type[BaseModel]) -> Callable[[Function], Function]:
    """Give a function the fields of a model as its parameters, of which Prefect makes forms and checks.

    What the function names itself is taken by position, too; everything else, its `**options`, by name.
    """
    types = get_type_hints(request, include_extras=True)

    def sign(function: Function) -> Function:
        own = inspect.signature(function)
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD
                if name in own.parameters
                else inspect.Parameter.KEYWORD_ONLY,
                annotation=types[name],
                default=inspect.Parameter.empty if field.is_required() else field.get_default(),
            )
            for name, field in request.model_fields.items()
        ]
        parameters.sort(key=lambda one: (one.kind, one.default is not inspect.Parameter.empty))
        function.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return function

    return sign


def _by_reference(circuits: object) -> object:
    """In Python also objects of Qiskit, Cirq and PennyLane."""
    if isinstance(circuits, list) and all(isinstance(one, str) for one in circuits):
        return circuits
    from blocks.circuits.references import by_reference

    return by_reference(circuits)


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Labels(_Request):
    experiment: Experiment = "qorum"
    experiment_id: NewOrKnownId = ""
    tags: Tags = []
    dispatch: Dispatch = "auto"


class _Circuits(_Request):
    circuits: Annotated[Circuits, BeforeValidator(_by_reference)]


# Pydantic takes the fields of the last base first.
class RunRequest(_Labels, RunOptions, _Circuits):
    """Of the main job."""


class _Hamiltonian(_Request):
    hamiltonian: Problem
    ansatz: AnsatzName = "auto"


class VqeRequest(TrainingOptions, _Hamiltonian):
    """Of ground and excited states."""

    experiment: Experiment = "vqe"
    states: States = 1


class _Graph(_Request):
    graph: GraphText
    ansatz: QaoaName = "qaoa?layers=2"


class WatchJobsRequest(_Request):
    """Of the watch over jobs at vendors: nothing."""


class QaoaRequest(TrainingOptions, _Graph):
    """Of cuts and QUBOs."""

    experiment: Experiment = "qaoa"


class _Data(_Request):
    data: Data
    model: ClassifierName = "reuploading"


class QnnRequest(CommonOptions, ClassificationOptions, _Data):
    """Of classifiers."""

    optimizer: OptimizerName = "adam?learning_rate=0.05"
    experiment: Experiment = "qnn"


class MigrateRequest(_Request):
    """Of moves."""

    training_id: KnownTraining
    backend: TrainingBackend
    reason: Annotated[str, form_field("Reason", "Stands in the report."), Flag("TEXT")] = "asked for"
    go_on: Annotated[
        bool,
        form_field("Go on", "Whether a training that does not run is gone on with here, on the new backend."),
    ] = True
    wait_seconds: Annotated[
        float,
        form_field("Wait (s)", "For a running training to move, 1 to 3,600 seconds.", ge=1, le=3600),
    ] = 120.0


class CleanRequest(_Request):
    """Of cleaning."""

    older_than: Annotated[
        str,
        form_field(
            "Older than",
            "Trainings last heard of so long ago: a number and m, h, d or w, e.g. 7d.",
            pattern=r"^\d{1,6}[mhdw]$",
        ),
        Flag("AGE"),
    ] = "7d"
    dry_run: Annotated[bool, form_field("Dry run", "Only tell what would be removed.")] = False


class ResolveHeldRequest(_Request):
    """Of jobs of which nobody can tell whether a vendor took them."""

    experiment_id: Annotated[
        ExperimentId, form_field("Experiment id", "Of the experiment or training whose jobs are held.")
    ]
    token: Annotated[
        str,
        form_field(
            "Token",
            "First digits of the job's token. Empty: all that are held.",
            pattern=r"^[0-9a-f]{0,64}$",
        ),
    ] = ""
    job_id: Annotated[
        str,
        form_field(
            "Job id", "The vendor's job that it is, found on the vendor's page by the token.", max_length=200
        ),
        Flag("ID"),
    ] = ""
    none: Annotated[
        bool,
        form_field("None", "The vendor has no such job, somebody looked: it may be submitted again."),
    ] = False


class _Vendors(_Request):
    backends: Annotated[
        list[str],
        form_field(
            "Backends",
            "Such as `ionq?device=qpu.forte-1`, or a saved block as `block:ionq-cloud/mine`. Empty: every "
            "vendor whose credentials are in the environment or in a saved block.",
            max_length=100,
        ),
    ] = []
    wait_seconds: Annotated[
        float,
        form_field("Wait (s)", "For each backend's answers, 1 to 600 seconds.", ge=1, le=600),
    ] = 30.0


class CheckConnectionsRequest(_Vendors):
    """Of backends that are asked whether they can be used."""


class RefreshCalibrationsRequest(_Vendors):
    """Of backends whose calibrations are kept."""


def _day(text: str) -> str:
    if text:
        date.fromisoformat(text)
    return text


class CalibrationsRequest(_Request):
    """Of stored calibrations."""

    backends: Annotated[
        list[str],
        form_field(
            "Backends", "Whose newest calibration is compared. Empty: all are listed.", max_length=100
        ),
    ] = []
    since: Annotated[
        str,
        form_field(
            "Since",
            "A day (UTC), e.g. 2026-11-30: only what held when it began or came later; compared is with what "
            "held then. Empty: everything; compared is with the calibration before.",
            pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        ),
        AfterValidator(_day),
        Flag("DATE"),
    ] = ""
    most: Annotated[
        int,
        form_field("Most", "Newest calibrations of each backend, 1 to 10,000.", ge=1, le=10_000),
    ] = 100


class CanaryRequest(_Request):
    """Of the nightly comparison with answers that are known on paper."""

    circuits: Annotated[
        list[str],
        form_field(
            "Circuits",
            "Templates with known answers: bell, bernstein_vazirani, ghz, grover, teleportation, w.",
            min_length=1,
        ),
        Flag("TEMPLATE", each="circuit"),
    ] = [
        "template:ghz?num_qubits=5",
        "template:bernstein_vazirani?secret=10110",
        "template:grover?marked=1011",
        "template:teleportation",
    ]
    backends: Backends = []
    shots: Shots = 4096
    seed: RunSeed = 0
    experiment: Experiment = "canary"
    dispatch: Dispatch = "auto"
