"""Amazon Braket and the S3 that it writes to, imitated: the interface of botocore 1.43 in memory.

Modelled as Amazon describes it: bodies are held against botocore's own model of the interface, signatures are
reckoned anew, a device tells of OpenQASM only who names recent schemas, sizes and positions of queues are
texts. Modelled as read into that, for it does not say: requests with one client token make one task, however
late they come; the list of tasks comes in no promised order; a task that was cancelled costs nothing.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

import numpy as np
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.faults.vendors import aws_results
from tests.faults.vendors.aws_circuits import Malformed, read_action
from tests.faults.vendors.aws_devices import ANALOG, AQUILA, DEVICES, PROGRAM
from tests.faults.vendors.aws_results import Style
from tests.faults.vendors.aws_signatures import is_signed
from tests.faults.vendors.loopback import Answer, Request

FINAL = ("COMPLETED", "FAILED", "CANCELLED")
ACCOUNT = "123456789012"
FEE = 0.30

Task = dict[str, Any]


@dataclass
class Aws:
    """The vendor, in the region of every device.

    Attributes:
        keys: secret keys by their ids.
        token: of a session; empty where keys last.
        queue: how often a task is asked for before it is done.
        lag: seconds before a task is listed.
        status: of devices that are not online.
        fails: why the next tasks fail; empty: they do not.
        outruns: whether tasks are completed before they can be cancelled.
        ignores_time: whether the list goes back beyond the time asked for.
        style: how results are written.
        is_idempotent: whether equal client tokens make one task.
        told: what a device tells otherwise, by its ARN.
        tasks: in the order in which they were made.
        objects: of S3, by path.
        millis: that simulators bill for the next tasks.
        ticks: seconds of the clock by which tasks lag.
    """

    keys: dict[str, str]
    token: str = ""
    queue: int = 1
    lag: float = 0.0
    status: dict[str, str] = field(default_factory=dict[str, str])
    fails: str = ""
    outruns: bool = False
    ignores_time: bool = False
    style: Style = field(default_factory=Style)
    is_idempotent: bool = True
    told: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    objects: dict[str, str] = field(default_factory=dict[str, str])
    millis: int = 120
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticks: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._random = np.random.default_rng(7)

    def accepted(self, token: str) -> list[Task]:
        """Tasks taken with this token, all of which somebody pays for."""
        return [task for task in self.tasks.values() if task["body"]["clientToken"] == token]

    def invoice(self) -> float:
        """USD of all tasks that were completed."""
        return sum(cost(task) for task in self.tasks.values() if task["status"] == "COMPLETED")

    def __call__(self, request: Request) -> Answer:
        """The answer to one request."""
        what, _, rest = request.path.strip("/").partition("/")
        is_braket = what in ("quantum-task", "quantum-tasks", "device")
        if not is_signed(request, self.keys, self.token, "braket" if is_braket else "s3"):
            told = request.headers.get("authorization", "")
            return problem(403, "AccessDeniedException", f"the signature of {told} is not right")
        if not is_braket:
            return self._object(request)
        match request.method, what, unquote(rest):
            case "POST", "quantum-task", "":
                return self._create(request.json)
            case "POST", "quantum-tasks", "":
                return self._search(request.json)
            case "GET", "device", arn if arn in DEVICES or arn == AQUILA:
                return Answer(200, self._device(arn, request.headers.get("user-agent", "")))
            case "GET", "quantum-task", arn if arn in self.tasks:
                return self._get(self.tasks[arn], request.query)
            case "PUT", "quantum-task", path if path.removesuffix("/cancel") in self.tasks:
                return self._cancel(self.tasks[path.removesuffix("/cancel")], request.json)
        return problem(404, "ResourceNotFoundException", rest)

    def _object(self, request: Request) -> Answer:
        if request.method == "GET" and request.path in self.objects:
            return Answer(200, self.objects[request.path].encode(), {"ETag": '"0"'})
        told = "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
        return Answer(404, f"<Error>{told}</Error>".encode(), {"Content-Type": "application/xml"})

    def _device(self, arn: str, agent: str) -> dict[str, Any]:
        found = DEVICES[arn].capabilities() if arn in DEVICES else dict(ANALOG)
        found |= self.told.get(arn, {})
        schemas = re.search(r"BraketSchemas/(\d+)\.(\d+)", agent)
        if not schemas or (int(schemas[1]), int(schemas[2])) < (1, 8):
            found["action"] = {"braket.ir.jaqcd.program": {"actionType": "braket.ir.jaqcd.program"}}
        waiting = [
            {"queue": "QUANTUM_TASKS_QUEUE", "queueSize": ">4", "queuePriority": "Normal"},
            {"queue": "QUANTUM_TASKS_QUEUE", "queueSize": "7", "queuePriority": "Priority"},
            {"queue": "JOBS_QUEUE", "queueSize": "0 (3 prioritized job(s) running)"},
        ]
        return {
            "deviceArn": arn,
            "deviceName": arn.split("/")[-1],
            "providerName": arn.split("/")[-2],
            "deviceType": "SIMULATOR" if "simulator" in arn else "QPU",
            "deviceStatus": self.status.get(arn, "ONLINE"),
            "deviceCapabilities": json.dumps(found),
            "deviceQueueInfo": [] if "simulator" in arn else waiting,
        }

    def _create(self, body: dict[str, Any]) -> Answer:
        arn, token = body.get("deviceArn", ""), body.get("clientToken", "")
        if unfit := unfit_for("CreateQuantumTask", body):
            return problem(400, "ValidationException", unfit)
        if arn not in DEVICES:
            return problem(404, "ResourceNotFoundException", arn)
        match self.status.get(arn):
            case "OFFLINE":
                return problem(424, "DeviceOfflineException", arn)
            case "RETIRED":
                return problem(410, "DeviceRetiredException", arn)
        if self.is_idempotent and token in self._tokens:
            return Answer(201, {"quantumTaskArn": self._tokens[token]})
        device = DEVICES[arn]
        try:
            programs = read_action(body["action"], device)
        except Malformed as error:
            return problem(400, "ValidationException", str(error))
        shots, rest = divmod(body["shots"], len(programs))
        if rest or not device.shots[0] <= shots <= device.shots[1]:
            return problem(400, "ValidationException", f"shots between {device.shots}")
        return Answer(201, {"quantumTaskArn": self._add(body, programs)})

    def _add(self, body: dict[str, Any], programs: Sequence[dict[str, Any]]) -> str:
        key = str(uuid.UUID(int=int(self._random.integers(2**63)) << 64, version=4))
        region = body["deviceArn"].split(":")[3] or "us-east-1"
        arn = f"arn:aws:braket:{region}:{ACCOUNT}:quantum-task/{key}"
        self._tokens[body["clientToken"]] = arn
        self.tasks[arn] = {
            "quantumTaskArn": arn,
            "status": "CREATED",
            "deviceArn": body["deviceArn"],
            "deviceParameters": body.get("deviceParameters", "{}"),
            "shots": body["shots"],
            "outputS3Bucket": body["outputS3Bucket"],
            "outputS3Directory": f"{body['outputS3KeyPrefix']}/{key}",
            "createdAt": told_at(self.clock()),
            "tags": body.get("tags", {}),
            "body": body,
            "programs": programs,
            "fails": self.fails,
            "millis": self.millis,
            "polls": 0,
            "born": time.monotonic(),
        }
        return arn

    def _search(self, body: dict[str, Any]) -> Answer:
        if unfit := unfit_for("SearchQuantumTasks", body):
            return problem(400, "ValidationException", unfit)
        found = [task for task in self.tasks.values() if self.ticks() - task["born"] >= self.lag]
        for test in body["filters"]:
            (value,), name = test["values"], test["name"]
            match test["operator"]:
                case "EQUAL":
                    found = [task for task in found if task[name] == value]
                case "GTE" if not self.ignores_time:
                    found = [task for task in found if task[name] >= value]
        start, size = int(body.get("nextToken", 0)), body.get("maxResults", 10)
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        keys = ("quantumTaskArn", "status", "deviceArn", "shots", "outputS3Bucket", "outputS3Directory")
        listed = [{name: task[name] for name in (*keys, "createdAt", "tags")} for task in found]
        return Answer(200, {"quantumTasks": listed[start : start + size], **more})

    def _get(self, task: Task, query: Mapping[str, str]) -> Answer:
        self._advance(task)
        hidden = {"body", "programs", "fails", "millis", "polls", "born"}
        told = {name: value for name, value in task.items() if name not in hidden}
        if query.get("additionalAttributeNames") == "QueueInfo":
            told["queueInfo"] = {"queue": "QUANTUM_TASKS_QUEUE", "position": ">2", "queuePriority": "Normal"}
        return Answer(200, {**told, "actionMetadata": {"actionType": PROGRAM}})

    def _advance(self, task: Task) -> None:
        """A poll: after enough of them a task is done."""
        task["polls"] += 1
        if task["status"] in FINAL or (task["status"] == "CANCELLING" and task["polls"] < 2):
            return
        if task["status"] == "CANCELLING" and not self.outruns:
            task["status"] = "CANCELLED"
            return
        task["status"] = "QUEUED" if task["polls"] <= self.queue else "COMPLETED"
        if task["status"] == "COMPLETED" and task["fails"]:
            task |= {"status": "FAILED", "failureReason": task["fails"]}
        elif task["status"] == "COMPLETED":
            for path, text in aws_results.files(task, task["programs"], self.style, self._random).items():
                self.objects[f"/{task['outputS3Bucket']}/{task['outputS3Directory']}/{path}"] = text

    def _cancel(self, task: Task, body: dict[str, Any]) -> Answer:
        if unfit := unfit_for("CancelQuantumTask", {"quantumTaskArn": task["quantumTaskArn"], **body}):
            return problem(400, "ValidationException", unfit)
        if task["status"] in FINAL:
            return problem(409, "ConflictException", f"the task is {task['status']}")
        task |= {"status": "CANCELLING", "polls": 0}
        told = {"quantumTaskArn": task["quantumTaskArn"], "cancellationStatus": "CANCELLING"}
        return Answer(200, told)


def cost(task: Task) -> float:
    """USD of a task that was completed, as published."""
    price = DEVICES[task["deviceArn"]].price
    if "simulator" in task["deviceArn"]:
        return max(3.0, task["millis"] / 1000) * price / 60
    return FEE + task["shots"] * price


def problem(status: int, kind: str, message: str) -> Answer:
    return Answer(status, {"message": message}, {"x-amzn-ErrorType": kind})


def told_at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("braket", "service-2"), "braket")


def unfit_for(operation: str, body: Mapping[str, Any]) -> str:
    """What Amazon's own model of the interface says against a request; empty: nothing."""
    report = ParamValidator().validate(dict(body), _model().operation_model(operation).input_shape)
    return report.generate_report() if report.has_errors() else ""
