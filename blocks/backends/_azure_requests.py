"""What is asked of an Azure Quantum workspace about one job."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from blocks.backends._azure_jobs import INPUT, JobRecord, container_of
from blocks.backends._azure_workspace import Link, Workspace, upload
from blocks.backends._remote import NOT_SENT_SECONDS, Answered, NotSent


def job_path(job_id: str) -> str:
    """Where a job is."""
    return f"/jobs/{quote(job_id, safe='')}"


def put_circuit(workspace: Workspace, job_id: str, circuit: str, content_type: str) -> Link:
    """Put a circuit into its job's container, which buys nothing.

    It may be repeated, also after a crash: it replaces what is there, which is the same.

    Returns:
        The container, signed.

    Raises:
        NotSent: it is not there, or nobody knows; no job was made.
    """
    try:
        container = workspace.link(container_of(job_id))
        upload(container, INPUT, circuit.encode(), content_type)
    except Answered as error:
        wait = error.wait if error.is_refusal else NOT_SENT_SECONDS
        raise NotSent(f"the circuit was not uploaded: {error}", wait) from None
    except (httpx.HTTPError, ValueError) as error:
        raise NotSent(f"the circuit was not uploaded: {type(error).__name__}: {error}") from None
    return container


def create(workspace: Workspace, job_id: str, body: dict[str, object]) -> str:
    """The one request that makes a job; its id.

    A conflict is no refusal: the job may be there, from a request whose answer was lost, and not be seen yet.

    Raises: as `HttpApi.send`; ValueError: the answer does not tell whether there is a job.
    """
    try:
        return _read(job_id, workspace.send("PUT", job_path(job_id), body)).id
    except Answered as error:
        if error.status != 409:
            raise
        conflict = error
    try:
        if exists(workspace, job_id):
            return job_id
        why = "no job of this id is seen"
    except Exception as error:  # noqa: BLE001 - whatever it is, it refuses no job
        why = f"whether the job is there cannot be told: {type(error).__name__}"
    raise ValueError(f"{conflict}; {why}")


def read(workspace: Workspace, job_id: str) -> tuple[JobRecord, bytes]:
    """A job, and the answer word for word.

    Raises: as `HttpApi.send`; ValueError: it is no answer, or about another job.
    """
    text = workspace.send("GET", job_path(job_id))
    return _read(job_id, text), text


def exists(workspace: Workspace, job_id: str) -> bool:
    """Whether there is a job of that id. Raises as `read`."""
    try:
        read(workspace, job_id)
    except Answered as error:
        if error.status != 404:
            raise
        return False
    return True


def _read(job_id: str, text: bytes) -> JobRecord:
    record = JobRecord.model_validate_json(text)
    if record.id != job_id:
        raise ValueError(f"job {job_id} expected, found {record.id}")
    return record
