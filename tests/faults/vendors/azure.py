"""An Azure Quantum workspace, imitated: its REST interface of 2026-01-15-preview, and its store of files.

Modelled as Microsoft's own client writes and reads it: paths, header of the key, statuses, signed links.
Assumed, for nothing says so: what a second request with a job's id is answered (`again`), that a link makes
its container, and what cancelled jobs cost. Circuits are read anew and simulated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tests.faults.vendors.azure_circuits import Circuit, read
from tests.faults.vendors.ionq_circuits import Malformed
from tests.faults.vendors.loopback import Answer, Request

FINAL = ("Succeeded", "Completed", "Failed", "Cancelled")
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/group/providers/Microsoft.Quantum/workspaces/work"
SIGNATURE = "canary+of/the=link"
ACCESS_TOKEN = "canary-of-the-provider"
TARGETS: dict[str, dict[str, int]] = {
    "ionq": {"ionq.simulator": 29, "ionq.qpu.forte-1": 36},
    "quantinuum": {"quantinuum.sim.h2-1sc": 56, "quantinuum.sim.h2-1e": 56, "quantinuum.qpu.h2-1": 56},
    "rigetti": {"rigetti.sim.qvm": 0, "rigetti.qpu.cepheus-1-108q": 108},
}
FORMS = {
    "ionq": ("ionq.circuit.v1", "ionq.quantum-results.v1"),
    "quantinuum": ("honeywell.openqasm.v1", "honeywell.quantum-results.v1"),
    "rigetti": ("rigetti.quil.v1", "rigetti.quil-results.v1"),
}
FREE = ("ionq.simulator", "quantinuum.sim.h2-1sc", "rigetti.sim.qvm")
USD_PER_HQC = 10.0
NEEDED = {"itemType", "name", "providerId", "target", "containerUri", "inputDataUri", "inputDataFormat"}
KNOWN = {*NEEDED, "outputDataFormat", "inputParams", "metadata", "tags", "jobType"}


@dataclass
class Job:
    """A job as it was taken."""

    id: str
    body: dict[str, Any]
    host: str
    status: str = "Waiting"
    cost: dict[str, Any] | None = None
    failure: dict[str, str] | None = None
    polls: int = 0
    born: float = 0.0

    @property
    def target(self) -> str:
        return self.body["target"]

    @property
    def shots(self) -> int:
        return self.body["inputParams"]["shots"]

    @property
    def token(self) -> str:
        return self.body["metadata"]["qorum-token"]

    @property
    def is_paid(self) -> bool:
        return self.target not in FREE


@dataclass
class Azure:
    """The workspace.

    Attributes:
        keys: that are valid.
        queue: how often a job is polled before it is done.
        lag: seconds before a job can be looked up.
        again: what a second request with the id of a job is answered: the job, or 409.
        availability: of all targets.
        fails: failure that the next jobs end with, as `code` and `message`.
        lost: shots of each job that lose a qubit.
        currency: of bills; empty: the provider reports none.
        makes_containers: whether a link to a container that is not there makes it.
        ticks: seconds of the clock by which jobs lag.
        files: address of its store; empty: the same as that of the workspace.
    """

    keys: set[str]
    queue: int = 1
    lag: float = 0.0
    again: Literal["same", "conflict"] = "same"
    availability: str = "Available"
    fails: dict[str, str] | None = None
    lost: int = 0
    currency: str = "USD"
    makes_containers: bool = True
    jobs: dict[str, Job] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    containers: set[str] = field(default_factory=set)
    puts: Counter[str] = field(default_factory=Counter)
    ticks: Callable[[], float] = monotonic
    files: str = ""

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(7)

    def accepted(self, token: str) -> list[Job]:
        """Jobs taken with this token."""
        return [job for job in self.jobs.values() if job.token == token]

    def invoice(self) -> float:
        """USD of all jobs."""
        return sum(job.cost["estimatedTotal"] for job in self.jobs.values() if job.cost)

    def __call__(self, request: Request) -> Answer:
        """The answer to one request."""
        if request.path.startswith("/job-"):
            return self._blob(request)
        if (
            not request.path.startswith(f"{ROOT}/")
            or request.query.get("api-version") != "2026-01-15-preview"
        ):
            return _problem(404, "NotFound", request.path)
        key = request.headers.get("x-ms-quantum-api-key", "")
        if key not in self.keys:
            return _problem(401, "Unauthorized", f"the key {key} is not valid")
        host = self.files or f"http://{request.headers['host']}"
        match request.method, request.path.removeprefix(f"{ROOT}/").split("/"):
            case "GET", ["providerStatus"]:
                return Answer(200, {"value": self._providers()})
            case "POST", ["storage", "sasUri"]:
                if self.makes_containers:
                    self.containers.add(f"/{request.json['containerName']}")
                place = [request.json["containerName"], *filter(None, [request.json.get("blobName")])]
                signed = f"sv=2023-11-03&se=2100-01-01T00%3A00%3A00Z&sr=c&sp=rwc&sig={_quoted(SIGNATURE)}"
                return Answer(200, {"sasUri": f"{host}/{'/'.join(place)}?{signed}"})
            case "PUT", ["jobs", job]:
                return self._create(request, job, host)
            case method, ["jobs", name]:
                job, _, verb = name.partition(":")
                if job not in self.jobs or self.ticks() - self.jobs[job].born < self.lag:
                    return _problem(404, "JobNotFound", f"no job {job}")
                return self._job(method, verb, self.jobs[job])
        return _problem(404, "NotFound", request.path)

    def _providers(self) -> list[dict[str, Any]]:
        def target(name: str, qubits: int) -> dict[str, Any]:
            told = {"id": name, "currentAvailability": self.availability, "averageQueueTime": 60}
            return {**told, "numQubits": qubits or None, "targetProfile": "Base", "statusPage": "https://x"}

        return [
            {"id": name, "currentAvailability": "Available", "targets": [target(*one) for one in own.items()]}
            for name, own in TARGETS.items()
        ]

    def _create(self, request: Request, job: str, host: str) -> Answer:
        body = request.json
        provider, shots = body.get("providerId"), body.get("inputParams", {}).get("shots")
        if not NEEDED <= set(body) <= KNOWN or body["target"] not in TARGETS.get(provider, {}):
            return _problem(400, "InvalidRequest", f"keys {sorted(body)}, target {body.get('target')}")
        if (body["inputDataFormat"], body["outputDataFormat"]) != FORMS[provider] or not shots:
            return _problem(400, "InvalidRequest", f"formats {body['inputDataFormat']}, shots {shots}")
        own = f"{host}/job-{job}"
        if body["containerUri"].split("?")[0] != own or _quoted(SIGNATURE) not in body["containerUri"]:
            return _problem(400, "InvalidRequest", f"the container {body['containerUri']}")
        if body["inputDataUri"] != f"{own}/inputData" or f"/job-{job}/inputData" not in self.blobs:
            return _problem(400, "InvalidRequest", f"the input {body['inputDataUri']}")
        self.puts[job] += 1
        if job in self.jobs:
            if self.again == "conflict":
                return _problem(409, "Conflict", f"the job {job} exists")
            return Answer(200, self._view(self.jobs[job]))
        self.jobs[job] = Job(job, body, host, failure=self.fails, born=self.ticks())
        return Answer(201, self._view(self.jobs[job]))

    def _job(self, method: str, verb: str, job: Job) -> Answer:
        if (method, verb) == ("POST", "cancel"):
            if job.status in FINAL:
                return _problem(409, "InvalidJobOperation", "the job is in a final state")
            job.status = "CancellationRequested"
            return Answer(204)
        if (method, verb) != ("GET", ""):
            return _problem(405, "MethodNotAllowed", method)
        self._advance(job)
        return Answer(200, self._view(job))

    def _advance(self, job: Job) -> None:
        job.polls += 1
        if job.status == "CancellationRequested":
            job.status, job.cost = "Cancelled", self._bill(0.0)
        if job.status in FINAL or job.polls <= self.queue:
            return
        try:
            circuit = read(job.body["inputDataFormat"], self.blobs[f"/job-{job.id}/inputData"].decode())
        except Malformed as error:
            job.failure = {"code": "InvalidInputData", "message": str(error)}
        else:
            told = json.dumps(self._results(job, circuit))
            self.blobs[f"/job-{job.id}/rawOutputData"] = told.encode()
            job.cost = self._bill(0.0 if job.failure else cost(job, circuit))
        job.status = "Failed" if job.failure else "Succeeded"

    def _bill(self, usd: float) -> dict[str, Any] | None:
        event = {"dimensionId": "x", "dimensionName": "x", "measureUnit": "1", "amountBilled": 1.0}
        event |= {"amountConsumed": 1.0, "unitPrice": usd}
        told = {"currencyCode": self.currency, "estimatedTotal": round(usd, 4), "events": [event]}
        return told if self.currency else None

    def _results(self, job: Job, circuit: Circuit) -> dict[str, Any]:
        """Each provider answers in its own form and bit order."""
        outcomes = circuit.outcomes(job.shots, self._random)
        if job.target == "ionq.simulator":
            return _histogram(circuit.probabilities())
        if job.target.startswith("ionq."):
            seen = Counter(map(int, outcomes))
            return _histogram({outcome: count / job.shots for outcome, count in seen.items()})
        if job.target.endswith("sc"):
            outcomes = outcomes * 0
        rows = _rows(outcomes, circuit.measured)
        for row in rows[: self.lost]:
            row[0] = "2"
        if job.target.startswith("quantinuum."):
            return {"access_token": ACCESS_TOKEN, "c": ["".join(reversed(row)) for row in rows]}
        return {"ro": [[int(bit) for bit in row] for row in rows]}

    def _view(self, job: Job) -> dict[str, Any]:
        return {
            **job.body,
            "id": job.id,
            "status": job.status,
            "creationTime": "2026-11-30T00:00:00Z",
            "containerUri": f"{job.body['containerUri']}",
            "inputDataUri": f"{job.body['inputDataUri']}?sig={_quoted(SIGNATURE)}",
            "outputDataUri": f"{job.host}/job-{job.id}/rawOutputData?sig={_quoted(SIGNATURE)}",
            "costEstimate": job.cost,
            "errorData": job.failure if job.status == "Failed" else None,
        }

    def _blob(self, request: Request) -> Answer:
        if request.query.get("sig") != SIGNATURE:
            return Answer(403, b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>")
        if request.method == "PUT" and request.query.get("restype") == "container":
            taken = request.path in self.containers
            self.containers.add(request.path)
            return Answer(409 if taken else 201)
        if request.method == "PUT":
            if request.path.rpartition("/")[0] not in self.containers:
                return Answer(404, b"<Error><Code>ContainerNotFound</Code></Error>")
            if request.headers.get("x-ms-blob-type") != "BlockBlob":
                return Answer(400, b"<Error><Code>MissingRequiredHeader</Code></Error>")
            if request.headers.get("if-none-match") == "*" and request.path in self.blobs:
                return Answer(409, b"<Error><Code>BlobAlreadyExists</Code></Error>")
            self.blobs[request.path] = request.body
            return Answer(201)
        if request.path not in self.blobs:
            return Answer(404, b"<Error><Code>BlobNotFound</Code></Error>")
        return Answer(200, self.blobs[request.path])


def cost(job: Job, circuit: Circuit) -> float:
    """USD by the published formulas, debiasing among them, which is on unless a job says otherwise."""
    one, two = circuit.counts
    if not job.is_paid:
        return 0.0
    if job.target.startswith("ionq."):
        debias = job.body["inputParams"].get("error-mitigation", {}).get("debias", True)
        return (168.195 if debias else 25.7899) + job.shots * (one * 0.0001645 + two * 0.001121)
    if job.target.startswith("quantinuum."):
        spam = circuit.qubits + len(circuit.measured)
        return USD_PER_HQC * (5 + job.shots * (one + 10 * two + 5 * spam) / 5000)
    return 0.02 * 5


def _rows(outcomes: NDArray[np.int64], measured: Sequence[int]) -> list[list[str]]:
    """A row for each shot, bit 0 first."""
    return [[str(outcome >> qubit & 1) for qubit in measured] for outcome in outcomes.tolist()]


def _histogram(chances: dict[int, float]) -> dict[str, Any]:
    return {"duration": 1, "histogram": {str(outcome): chance for outcome, chance in chances.items()}}


def _quoted(text: str) -> str:
    return text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


def _problem(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
