"""Amazon Braket's quantum tasks as its interface writes them, and what of them we read.

Source: botocore 1.43, data/braket/2019-09-01/service-2.json.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field

from blocks.backends._aws_circuits import PREFIX, TOKEN
from qorum.remote import JobStatus, State

STATES: Mapping[str, State] = {
    "CREATED": "queued",
    "QUEUED": "queued",
    "RUNNING": "running",
    "CANCELLING": "running",
    "COMPLETED": "done",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}

PAGE = 100
"""Tasks of a page, the most that Braket gives."""

MOST_PAGES = 100
"""That are searched for a task: of one device, in one region, since it may have been made."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the vendor's clock may be off ours."""

TASK_ARN = r"^arn:aws:braket:[a-z0-9-]+:[0-9]*:quantum-task/[0-9A-Za-z-]+$"


class QueueInfo(BaseModel):
    """Where a task stands in its queue; `position` is a text such as `4` or `>2000`."""

    position: str | None = None


class TaskRecord(BaseModel):
    """What we read of `GET /quantum-task/{arn}`."""

    id: str = Field(alias="quantumTaskArn")
    status: str
    device: str = Field(alias="deviceArn")
    shots: int
    bucket: str = Field(alias="outputS3Bucket", pattern=r"^[a-z0-9.-]{3,63}$")
    folder: str = Field(alias="outputS3Directory", pattern=r"^[^?#\x00-\x1f]+$")
    reason: str | None = Field(default=None, alias="failureReason")
    queue: QueueInfo | None = Field(default=None, alias="queueInfo")
    successful_shots: int | None = Field(default=None, alias="numSuccessfulShots", ge=0)

    def as_status(self) -> JobStatus:
        """In our words; a status that Braket does not document is `unknown`.

        Failures come without codes: whether a new attempt may succeed is not told.
        """
        state = STATES.get(self.status, "unknown")
        return JobStatus(
            state,
            told=self.status,
            reason=(self.reason or "") if state in ("failed", "cancelled") else "",
            queue_position=first_number(self.queue.position) if self.queue and state == "queued" else None,
        )


class TaskListed(BaseModel):
    """What we read of an entry of `POST /quantum-tasks`, be it ours or not."""

    id: str = Field(alias="quantumTaskArn")
    created_at: AwareDatetime = Field(alias="createdAt")
    folder: str = Field(default="", alias="outputS3Directory")
    tags: dict[str, str] | None = None

    def has(self, token: str) -> bool:
        """Whether it was made with this token: tags may be changed, the folder may not."""
        return (self.tags or {}).get(TOKEN) == token or self.folder.startswith(f"{PREFIX}/{token}/")


class TaskPage(BaseModel):
    """`POST /quantum-tasks`."""

    tasks: list[TaskListed] = Field(alias="quantumTasks")
    next: str | None = Field(default=None, alias="nextToken")


class TaskCreated(BaseModel):
    """The answer to `POST /quantum-task`."""

    id: str = Field(alias="quantumTaskArn", pattern=TASK_ARN)


@dataclass
class TaskSearch:
    """Looks for a token's tasks, page by page: Braket filters by device and time, and not by tag.

    Attributes:
        token: of the tasks.
        oldest: before it none of them was made.
    """

    token: str
    oldest: datetime
    _found: dict[str, datetime] = field(default_factory=dict[str, datetime], init=False)

    def query(self, device_arn: str, next_token: str | None) -> dict[str, object]:
        """Body of the request for a page."""
        since = self.oldest.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body: dict[str, object] = {
            "filters": [
                {"name": "deviceArn", "operator": "EQUAL", "values": [device_arn]},
                {"name": "createdAt", "operator": "GTE", "values": [since]},
            ],
            "maxResults": PAGE,
        }
        return {**body, "nextToken": next_token} if next_token else body

    def take(self, page: TaskPage) -> None:
        """Look through a page, in whatever order it is."""
        for task in page.tasks:
            if task.created_at >= self.oldest and task.has(self.token):
                self._found[task.id] = task.created_at

    @property
    def found(self) -> list[str]:
        """Ids of the tasks, oldest first."""
        return sorted(self._found, key=lambda task: (self._found[task], task))


def task_path(task: str) -> str:
    """Where a task is."""
    return f"/quantum-task/{quote(task, safe='')}"


def cancel_body(task: str) -> dict[str, str]:
    """Of `PUT /quantum-task/{arn}/cancel`: one order, however often it is given."""
    return {"clientToken": hashlib.sha256(f"cancel {task}".encode()).hexdigest()}


def first_number(text: str | None) -> int | None:
    """Of sizes and positions, which are texts: `4`, `>2000`, `0 (3 prioritized job(s) running)`."""
    found = re.search(r"\d+", text or "")
    return int(found.group()) if found else None
