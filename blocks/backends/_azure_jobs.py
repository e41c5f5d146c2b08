"""Azure Quantum's jobs and targets as its REST interface writes them, and what of them we read.

Source: `azure/quantum/_client/models` of azure-quantum 3.13, version 2026-01-15-preview of the interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from blocks.backends._azure_programs import Kind, input_params
from blocks.backends._azure_workspace import Link, Quiet
from qorum.remote import JobStatus, State

TOKEN = "qorum-token"
"""Name of the metadata that holds our token, for people who look at the portal."""

INPUT = "inputData"
"""The blob with the circuit, in the job's container."""

NAMESPACE = UUID("6f0d5c1e-3a56-4d0b-9b5e-6a1c2f7d8e90")
"""Of our jobs' ids. Drawn once; another one would make other jobs of the same tokens."""

STATES: Mapping[str, State] = {
    "Queued": "queued",
    "Waiting": "queued",
    "Executing": "running",
    "Finishing": "running",
    "CancellationRequested": "running",
    "Cancelling": "running",
    "Completed": "done",
    "Succeeded": "done",
    "Failed": "failed",
    "Cancelled": "cancelled",
}


class Wire(Quiet):
    """What the service writes, in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Cost(Wire):
    """What the provider bills for a job, before taxes."""

    currency_code: str
    estimated_total: float = Field(ge=0, allow_inf_nan=False)


class Failure(Wire):
    """Why a job failed."""

    code: str
    message: str = ""


class JobRecord(Wire):
    """What we read of `GET jobs/{id}`."""

    id: str
    status: str
    target: str
    output_data_format: str | None = None
    output_data_uri: str | None = None
    input_params: dict[str, object] | None = None
    cost_estimate: Cost | None = None
    error_data: Failure | None = None

    def as_status(self) -> JobStatus:
        """In our words; a status that Microsoft does not document is `unknown`.

        Which failures pass is not documented, and a new attempt is charged anew: none is made by itself.
        """
        state = STATES.get(self.status, "unknown")
        failure = self.error_data if state in ("failed", "cancelled") else None
        reason = f"{failure.code}: {failure.message}".rstrip(": ") if failure else ""
        return JobStatus(state, told=self.status, reason=reason)

    @property
    def output(self) -> tuple[str, str]:
        """Container and blob of the results."""
        *_, container, blob = ("", "", *urlsplit(self.output_data_uri or "").path.split("/"))
        return container, blob


class Target(Wire):
    """A target as `GET providerStatus` has it; times in seconds."""

    id: str
    current_availability: str
    average_queue_time: float = Field(default=0.0, ge=0)
    num_qubits: int | None = None

    @property
    def is_online(self) -> bool:
        """Whether a job sent now is worth its money."""
        return self.current_availability == "Available"


class ProviderStatus(Wire):
    """The targets of a provider."""

    id: str
    targets: list[Target]


class Providers(Wire):
    """`GET providerStatus`: one page, as every workspace has but a few providers."""

    value: list[ProviderStatus]

    def target(self, name: str) -> Target:
        """
        Raises:
            ValueError: the workspace has no such target.
        """
        found = {target.id: target for provider in self.value for target in provider.targets}
        if name not in found:
            has = ", ".join(sorted(found)) or "none"
            raise ValueError(f"the workspace has no target {name}, but {has}: add its provider in the portal")
        return found[name]


def job_id_of(token: str) -> str:
    """The id under which a token's job is created: the service keeps one job of an id."""
    return str(uuid5(NAMESPACE, token))


def container_of(job_id: str) -> str:
    """The container of a job's files, named as Microsoft's own tools name it."""
    return f"job-{job_id}"


def job_body(target: str, kind: Kind, shots: int, token: str, container: Link) -> dict[str, object]:
    """Body of `PUT jobs/{id}`; it holds a signed link, which is for the service alone."""
    return {
        "itemType": "Job",
        "name": f"qorum {token[:12]}",
        "providerId": kind.provider.name,
        "target": target,
        "containerUri": container.signed,
        "inputDataUri": f"{container.url}/{INPUT}",
        "inputDataFormat": kind.provider.input_format,
        "outputDataFormat": kind.provider.output_format,
        "inputParams": input_params(kind, shots),
        "metadata": {TOKEN: token},
    }
