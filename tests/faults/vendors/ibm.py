"""IBM Quantum's REST interface (version 2026-04-15) and IBM Cloud's token service, imitated in memory.

A device describes itself by the files of one of the SDK's fake devices, which are recordings of such answers.
Jobs are read by IBM's own schemas and sampled by Aer without noise. Modelled as qiskit-ibm-runtime 0.51
speaks, for IBM's server was never seen: a list may be capped below the `limit` asked for, and its `count` be
off; results are empty (204) before the job is done.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import numpy as np
from pydantic import ValidationError

from tests.faults.vendors.loopback import Answer, Request

CRN = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:11111111-2222-3333-4444-555555555555::"
DEVICE = "ibm_manila"
DEVICES = (DEVICE, "ibm_torino")
SECONDS = 2.5
"""Of the device that a completed job is charged."""

USD_PER_SECOND = 1.60
FINAL = ("Completed", "Cancelled", "Failed", "Cancelled - Ran too long")


@dataclass
class Job:
    """A job."""

    id: str
    body: dict[str, Any]
    created: datetime
    status: str = "Queued"
    reason: str = ""
    code: int | None = None
    seconds: float = 0.0
    results: str = ""
    polls: int = 0
    born: float = 0.0

    @property
    def cost(self) -> float:
        """USD."""
        return self.seconds * USD_PER_SECOND


@dataclass
class Ibm:
    """The vendor.

    Attributes:
        keys: API keys that are valid.
        queue: how often a job is polled before it is done.
        lag: seconds before a job is listed.
        status: of the device, as `GET …/status`.
        ends: status, reason and code that the next jobs end with.
        page: most jobs of one page.
        miscount: what `count` of a list is off by.
        is_billed: whether usages are final once jobs are.
        ticks: seconds of the clock by which jobs lag.
        devices: names, as IBM has them.
    """

    keys: set[str]
    queue: int = 1
    lag: float = 0.0
    status: dict[str, Any] = field(default_factory=lambda: {"state": True, "status": "active", "message": ""})
    ends: tuple[str, str, int | None] = ("Completed", "", None)
    page: int = 200
    miscount: int = 0
    is_billed: bool = True
    jobs: dict[str, Job] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticks: Callable[[], float] = time.monotonic
    devices: tuple[str, ...] = (DEVICE,)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def accepted(self, token: str) -> list[Job]:
        """Jobs taken with this token."""
        return [job for job in self.jobs.values() if token in job.body.get("tags", [])]

    def invoice(self) -> float:
        """USD of all jobs."""
        return sum(job.cost for job in self.jobs.values())

    def __call__(self, request: Request) -> Answer:
        """The answer to one request."""
        if request.path == "/identity/token":
            return self._grant(request)
        api, version, *part = request.path.strip("/").split("/")
        if (api, version) != ("api", "v1"):
            return _problem(404, 404, request.path)
        told = request.headers.get("authorization", "")
        if self.tokens.get(told.removeprefix("Bearer ")) not in self.keys:
            return _problem(401, 1201, f"credentials {told} are invalid")
        named = tuple(request.headers.get(name) for name in ("service-crn", "ibm-api-version"))
        if named != (CRN, "2026-04-15"):
            return _problem(400, 1200, "instance or version is missing")
        match request.method, part:
            case "POST", ["jobs"]:
                return self._create(request)
            case "GET", ["jobs"]:
                return self._list(request.query)
            case "GET", ["backends"]:
                online = {"status": {"name": "online"}}
                return Answer(200, {"devices": [{"name": name, **online} for name in self.devices]})
            case "GET", ["backends", name, what] if name in self.devices:
                told = {"status": {**self.status, "length_queue": 3}, **_described(name)}
                return Answer(200, told.get(what))
            case method, ["jobs", job, *rest] if job in self.jobs:
                return self._job(method, self.jobs[job], rest)
        return _problem(404, 1291, "not found")

    def _grant(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        key = form.get("apikey", "")
        if key not in self.keys or form.get("grant_type") != "urn:ibm:params:oauth:grant-type:apikey":
            words = {"errorCode": "BXNIM0415E", "errorMessage": f"Provided API key {key} could not be found."}
            return Answer(400, words)
        told = {"iat": int(time.time()), "exp": int(time.time()) + 3600, "id": str(next(self._numbers))}
        token = jwt.encode(told, "0" * 32, algorithm="HS256")
        self.tokens[token] = key
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _create(self, request: Request) -> Answer:
        from ibm_quantum_schemas.executor.version_2_0 import ParamsModel

        body = request.json
        try:
            ParamsModel.model_validate(body["params"])
        except (KeyError, ValidationError) as error:
            return _problem(400, 1002, f"Error in the validation process of the job: {type(error).__name__}")
        known = {"program_id", "params", "log_level", "backend", "tags", "cost"}
        if body["program_id"] != "executor" or body["backend"] not in self.devices or body.keys() - known:
            return _problem(400, 1002, "Error in the validation process of the job")
        job = Job(f"d{next(self._numbers):019d}", body, self.clock(), born=self.ticks())
        self.jobs[job.id] = job
        return Answer(200, {"id": job.id, "backend": body["backend"]})

    def _list(self, query: Mapping[str, str]) -> Answer:
        after = datetime.fromisoformat(query.get("created_after", "2000-01-01T00:00:00+00:00"))
        found = [
            job
            for job in self.jobs.values()
            if query.get("tags", "") in ("", *job.body.get("tags", []))
            and job.created >= after
            and self.ticks() - job.born >= self.lag
        ]
        found.sort(key=lambda job: job.created, reverse=query.get("sort") != "ASC")
        start, size = int(query.get("offset", 0)), min(int(query.get("limit", 10)), self.page)
        page = [_view(job) for job in found[start : start + size]]
        return Answer(200, {"jobs": page, "count": len(found) + self.miscount, "offset": start})

    def _job(self, method: str, job: Job, rest: list[str]) -> Answer:
        match method, rest:
            case "GET", []:
                self._advance(job)
                return Answer(200, _view(job))
            case "POST", ["cancel"]:
                if job.status in FINAL:
                    return _problem(409, 1213, "Job in terminal state")
                job.status, job.reason = "Cancelled", "cancelled by user"
                return Answer(204)
            case "GET", ["results"]:
                return Answer(200, job.results.encode()) if job.results else Answer(204)
            case "GET", ["metrics"]:
                usage = {
                    "status": "final" if job.status in FINAL and self.is_billed else "pending",
                    "qpu_charge_time_seconds": job.seconds,
                }
                return Answer(200, {"timestamps": {"created": _told(job.created)}, "usage": usage})
        return _problem(404, 1291, "not found")

    def _advance(self, job: Job) -> None:
        """A poll: after enough of them a job ends."""
        job.polls += 1
        if job.status in FINAL or job.polls <= self.queue:
            return
        job.status, job.reason, job.code = self.ends
        if job.status == "Completed":
            job.results, job.seconds = sampled(job.body), SECONDS
        elif job.code == 1305:
            job.seconds = job.body["cost"]


def sampled(body: Mapping[str, Any], seed: int = 7) -> str:
    """The results of a job as the vendor writes them: bits by register, its bit 0 first."""
    from ibm_quantum_schemas.common import CompressedTensorModel
    from ibm_quantum_schemas.executor.version_2_0 import ParamsModel, QuantumProgramResultModel
    from qiskit_aer import AerSimulator

    program: Any = ParamsModel.model_validate(body["params"]).quantum_program
    items: list[dict[str, Any]] = []
    for circuit in program.circuits.to_python():
        run = AerSimulator(seed_simulator=seed).run(circuit, shots=program.shots, memory=True).result()
        outcomes = [int(outcome, 16) for outcome in run.data(0)["memory"]]
        places = range(circuit.num_clbits)
        bits = np.array([[outcome >> place & 1 for place in places] for outcome in outcomes])
        results = {
            register.name: CompressedTensorModel.from_numpy(
                bits[:, [circuit.find_bit(bit).index for bit in register]].astype(bool)
            )
            for register in circuit.cregs
        }
        items.append({"results": results, "metadata": {}})
    return QuantumProgramResultModel(
        data=items,
        metadata={"chunk_timing": []},
        semantic_role=program.semantic_role,
        passthrough_data=program.passthrough_data,
    ).model_dump_json()


@cache
def _described(name: str) -> dict[str, Any]:
    """Configuration and properties of a device."""
    from qiskit_ibm_runtime import fake_provider

    fake = getattr(
        fake_provider, f"Fake{name.removeprefix('ibm_').title()}{'V2' if name == DEVICE else ''}"
    )()
    folder = Path(fake.dirname)
    configuration = json.loads((folder / fake.conf_filename).read_text())
    properties = json.loads((folder / fake.props_filename).read_text())
    return {
        "configuration": {**configuration, "backend_name": name},
        "properties": {**properties, "backend_name": name},
    }


def _view(job: Job) -> dict[str, Any]:
    state = {"status": job.status, "reason": job.reason or None, "reason_code": job.code}
    return {
        "id": job.id,
        "backend": job.body["backend"],
        "program": {"id": job.body["program_id"]},
        "tags": job.body.get("tags", []),
        "created": _told(job.created),
        "status": job.status,
        "state": {name: value for name, value in state.items() if value is not None},
        "cost": job.body.get("cost"),
        "estimated_running_time_seconds": 2.0,
    }


def _problem(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"errors": [{"code": code, "message": message}], "trace": "0"})


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
