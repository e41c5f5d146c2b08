"""IonQ's REST API v0.4, imitated: its published OpenAPI document of 2026-05-15 in memory.

Modelled as documented: bodies take no unknown keys; keys of results are decimal numbers whose bit q is
qubit q; a job of several circuits has children, one a circuit, which are listed, too. Modelled as read into
the document, for it does not say: the list is newest first; a session of `job_count_limit` jobs refuses the
next one; the ideal simulator answers exact probabilities, everything else multiples of 1/shots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np

from tests.faults.vendors.ionq_circuits import Malformed, gate_counts, read_body, simulate
from tests.faults.vendors.loopback import Answer, Request

FINAL = ("completed", "canceled", "failed")
CALIBRATION = "c0ffee00-0000-4000-8000-000000000001"
RATES = {"job_cost_minimum": 25.79, "cost_1q_gate": 0.0001645, "cost_2q_gate": 0.001121}
QUBITS = {"simulator": 29, "qpu.aria-1": 25, "qpu.forte-1": 36}
PAGE = 25


@dataclass
class Job:
    """A job, or one circuit of one."""

    id: str
    body: dict[str, Any]
    circuits: Sequence[dict[str, Any]]
    submitted_at: datetime
    parent: str | None = None
    children: list[str] = field(default_factory=list)
    status: str = "submitted"
    failure: dict[str, str] | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    polls: int = 0
    born: float = 0.0

    @property
    def shots(self) -> int:
        return self.body.get("shots", 100)

    @property
    def token(self) -> str:
        return (self.body.get("metadata") or {}).get("qorum-token", "")

    @property
    def is_paid(self) -> bool:
        return self.parent is None and self.body["backend"] != "simulator"

    @property
    def cost(self) -> float:
        """The minimum for each circuit, or its gate-shots if these are more."""
        if self.body["backend"] == "simulator":
            return 0.0
        return sum(cost(*gate_counts([circuit]), self.shots) for circuit in self.circuits)


@dataclass
class Ionq:
    """The vendor.

    Attributes:
        keys: API keys that are valid.
        queue: how often a job is polled before it is done.
        lag: seconds before a job is listed.
        status: of every backend.
        fails: failure that the next jobs end with, as `code` and `message`.
        page: most jobs of one page.
        ticks: seconds of the clock by which jobs lag.
    """

    keys: set[str]
    queue: int = 1
    lag: float = 0.0
    status: str = "available"
    fails: dict[str, str] | None = None
    page: int = PAGE
    jobs: dict[str, Job] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticks: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._numbers, self._random = count(1), np.random.default_rng(7)

    def accepted(self, token: str) -> list[Job]:
        """Jobs taken with this token that somebody pays for, or would on a device."""
        return [job for job in self.jobs.values() if job.parent is None and job.token == token]

    def invoice(self) -> float:
        """USD of all jobs that were completed."""
        return sum(job.cost for job in self.jobs.values() if job.is_paid and job.status == "completed")

    def __call__(self, request: Request) -> Answer:
        """The answer to one request."""
        version, *part = request.path.strip("/").split("/")
        if version != "v0.4":
            return _problem(404, request.path)
        if part[0] == "backends":
            return self._backends(part)
        key = request.headers.get("authorization", "").removeprefix("apiKey ")
        if key not in self.keys:
            return _problem(401, f"the supplied API key {key} failed to authenticate")
        match request.method, part:
            case "POST", ["jobs"]:
                return self._create(request)
            case "GET", ["jobs"]:
                return self._list(request)
            case "GET", ["jobs", "estimate"]:
                return self._estimate(request)
            case "POST", ["sessions"]:
                return self._open(request)
            case method, ["jobs", job, *rest] if job in self.jobs:
                return self._job(method, self.jobs[job], rest)
        return _problem(404, request.path)

    def _backends(self, part: Sequence[str]) -> Answer:
        listed = {name: self._backend(name) for name in QUBITS}
        match part:
            case ["backends"]:
                return Answer(200, list(listed.values()))
            case ["backends", name] if name in listed:
                return Answer(200, listed[name])
            case ["backends", name, "characterizations", found] if name in listed and found == CALIBRATION:
                return Answer(200, _characterization(name))
        return _problem(404, "/".join(part))

    def _backend(self, name: str) -> dict[str, Any]:
        known = {
            "backend": name,
            "status": self.status,
            "qubits": QUBITS[name],
            "average_queue_time": 60_000,
            "last_updated": _told(self.clock()),
            "degraded": False,
        }
        return known if name == "simulator" else {**known, "characterization_id": CALIBRATION}

    def _open(self, request: Request) -> Answer:
        opened = self._id()
        session = {"id": opened, "active": True, "status": "created", **request.json}
        self.sessions[opened] = session
        return Answer(201, session)

    def _create(self, request: Request) -> Answer:
        body = request.json
        try:
            circuits = read_body(body, QUBITS)
        except Malformed as error:
            return _problem(400, str(error))
        if session := body.get("session_id"):
            limit = self.sessions.get(session, {}).get("settings", {}).get("job_count_limit", 10**6)
            taken = sum(job.body.get("session_id") == session for job in self.jobs.values() if not job.parent)
            if session not in self.sessions or taken >= limit:
                return _problem(400, "the session has ended")
        parent = self._add(body, circuits)
        if body["type"] == "ionq.multi-circuit.v1":
            parent.children = [self._add(body, [circuit], parent.id).id for circuit in circuits]
        return Answer(201, {"id": parent.id, "status": "submitted", "session_id": session})

    def _add(
        self, body: dict[str, Any], circuits: Sequence[dict[str, Any]], parent: str | None = None
    ) -> Job:
        job = Job(self._id(), body, circuits, self.clock(), parent, failure=self.fails)
        job.born = self.ticks()
        self.jobs[job.id] = job
        return job

    def _id(self) -> str:
        return str(UUID(int=(next(self._numbers) << 64) + 0x8000_0000_0000_0000, version=4))

    def _list(self, request: Request) -> Answer:
        limit = int(request.query.get("limit", PAGE))
        if not 1 <= limit <= PAGE:
            return _problem(400, f"limit between 1 and {PAGE} expected")
        found = [job for job in self.jobs.values() if self.ticks() - job.born >= self.lag]
        for name, of in (("target", "backend"), ("session_id", "session_id")):
            if name in request.query:
                found = [job for job in found if job.body.get(of) == request.query[name]]
        start, size = int(request.query.get("next", 0)), min(limit, self.page)
        newest = found[::-1][start : start + size]
        more = str(start + size) if start + size < len(found) else None
        return Answer(200, {"jobs": [self._view(job) for job in newest], "next": more})

    def _estimate(self, request: Request) -> Answer:
        asked = {"1q_gates": 0, "2q_gates": 0, "shots": 1000} | dict(request.query)
        one, two, shots = (int(asked[name]) for name in ("1q_gates", "2q_gates", "shots"))
        told = {
            "input_values": asked,
            "estimated_at": _told(self.clock()),
            "cost_unit": "usd",
            "rate_information": {**RATES, "organization": "tests"},
            "estimated_cost": cost(one, two, shots),
            "estimated_execution_time": 3.0,
            "current_predicted_queue_time": 60.0,
        }
        return Answer(200, told)

    def _job(self, method: str, job: Job, rest: Sequence[str]) -> Answer:
        match method, rest:
            case "GET", []:
                self._advance(job)
                return Answer(200, {**self._view(job), "child_job_ids": job.children or None})
            case "PUT", ["status", "cancel"]:
                for one in [job, *map(self.jobs.__getitem__, job.children)]:
                    one.status = one.status if one.status in FINAL else "canceled"
                return Answer(200, {"id": job.id, "status": job.status})
            case "GET", ["cost"]:
                told: dict[str, Any] = {"dry_run": False, "estimated_cost": _usd(job.cost)}
                return Answer(200, told | ({"cost": _usd(job.cost)} if job.status == "completed" else {}))
            case "GET", ["results", "probabilities"] if job.probabilities:
                return Answer(200, job.probabilities)
        return _problem(404, "Job not found or not yet completed.")

    def _advance(self, job: Job) -> None:
        """A poll: after enough of them a job, with its children, is done."""
        job.polls += 1
        if job.status in FINAL or job.parent:
            return
        job.status = "ready" if job.polls <= self.queue else "completed"
        if job.status == "completed":
            for one in [job, *map(self.jobs.__getitem__, job.children)]:
                self._finish(one)

    def _finish(self, job: Job) -> None:
        job.status = "failed" if job.failure else "completed"
        if job.failure or job.children:
            return
        noise = job.body.get("noise", {}).get("model", "ideal")
        exact = job.body["backend"] == "simulator" and noise == "ideal"
        job.probabilities = simulate(job.circuits[0], None if exact else job.shots, self._random)

    def _view(self, job: Job) -> dict[str, Any]:
        one, two = gate_counts(job.circuits)
        path = f"/v0.4/jobs/{job.id}/results/probabilities"
        keys = ("started_at", "completed_at", "execution_duration_ms", "predicted_execution_duration_ms")
        told = {name: job.body.get(name) for name in ("type", "backend", "session_id", "metadata", "name")}
        return {
            **told,
            **dict.fromkeys(keys),
            "id": job.id,
            "status": job.status,
            "dry_run": False,
            "submitter_id": "s",
            "project_id": "p",
            "parent_job_id": job.parent,
            "submitted_at": _told(job.submitted_at),
            "shots": job.shots,
            "predicted_wait_time_ms": 60_000,
            "failure": job.failure if job.status == "failed" else None,
            "settings": job.body.get("settings", {}),
            "noise": job.body.get("noise", {"model": "ideal"}),
            "output": {},
            "stats": {"circuits": len(job.circuits), "gate_counts": {"1q": one, "2q": two}},
            "results": {"probabilities": {"url": path}} if job.status == "completed" else None,
        }


def cost(one: int, two: int, shots: int) -> float:
    """USD of one circuit."""
    gates = shots * (one * RATES["cost_1q_gate"] + two * RATES["cost_2q_gate"])
    return round(max(RATES["job_cost_minimum"], gates), 4)


def _characterization(name: str) -> dict[str, Any]:
    return {
        "id": CALIBRATION,
        "backend": name,
        "date": "2026-11-01T00:00:00Z",
        "qubits": QUBITS[name],
        "connectivity": [[a, b] for b in range(QUBITS[name]) for a in range(b)],
        "fidelity": {"spam": {"median": 0.9962}, "1q": {"median": 0.9998}, "2q": {"median": 0.9946}},
        "timing": {"1q": 0.00013, "2q": 0.00097, "readout": 0.00015, "reset": 0.00005, "t1": 100, "t2": 1},
    }


def _usd(value: float) -> dict[str, Any]:
    return {"value": round(value, 4), "unit": "usd"}


def _problem(status: int, message: str) -> Answer:
    return Answer(status, {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message})


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
