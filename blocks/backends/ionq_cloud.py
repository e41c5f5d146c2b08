"""IonQ's trapped-ion devices and cloud simulators, through IonQ's own REST API v0.4.

By httpx, not qiskit-ionq: version 1.1.1 of that sends a submission five times where the answer is 502, so
that five jobs may be paid for, and polls for ever. Source: docs.ionq.com/api-reference/v0.4.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator
from qiskit import QuantumCircuit

from blocks._forms import EmptyIsNone
from blocks.backends import _ionq_results as results
from blocks.backends._http import HttpApi
from blocks.backends._ionq_devices import (
    API,
    Characterization,
    Device,
    Estimate,
    JobCost,
    gate_query,
    own_host,
)
from blocks.backends._ionq_jobs import (
    CLOCK_SKEW,
    GATES,
    MOST_PAGES,
    PAGE,
    JobCreated,
    JobPage,
    JobRecord,
    JobSearch,
    WireCircuit,
    job_body,
    wire_circuits,
)
from blocks.backends._remote import Answered, RemoteBlock, asking, checked_key, scrubbed, submitted
from qorum.backends import FREE, BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.remote import Charge, JobStatus, RemoteBackend, Submission

KEY_VARIABLE = "IONQ_API_KEY"
"""Of IonQ's own tools."""

READ_SECONDS = 60.0
"""Of silence, after which an answer counts as lost."""

MAX_SHOTS = 1_000_000
MAX_CIRCUITS = 50
"""Of one job. IonQ publishes no limit; each costs two requests when results are fetched."""

Answer = TypeVar("Answer", bound=BaseModel)
Amount = TypeVar("Amount")
Noise = Literal["ideal", "aria-1", "aria-2", "forte-1", "forte-enterprise-1"]


class IonqCloud(RemoteBlock):
    """One of IonQ's devices, or its cloud simulator. Static circuits; every qubit is measured at the end."""

    _block_type_name = "IonQ Cloud"
    _block_type_slug = "ionq-cloud"
    _description = "IonQ's trapped-ion devices and cloud simulators, directly at IonQ."

    short_name: ClassVar[str] = "ionq"
    credentials: ClassVar[tuple[str, ...]] = (KEY_VARIABLE,)

    device: str = Field(
        default="simulator",
        pattern=r"^(simulator|qpu\.[a-z0-9.-]+)$",
        title="Device",
        description="simulator (free), or a device such as qpu.forte-1 or qpu.aria-1, which charges.",
    )
    noise: Noise = Field(
        default="ideal", title="Noise model", description="Of the simulator: the device that it imitates."
    )
    session: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z-]*$",
        title="Session",
        description="Id of an IonQ session in which jobs run; its limits of jobs and of money then hold, and "
        "jobs are looked up among its own. Empty for none.",
    )
    api_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="API key", description=f"Empty: that of the environment, {KEY_VARIABLE}."
    )
    url: Annotated[str, AfterValidator(own_host)] = Field(
        default=API, title="Address", description="IonQ's, or one of this machine for tests."
    )

    @model_validator(mode="after")
    def _noise_is_simulated(self) -> IonqCloud:
        if self.noise != "ideal" and self.device != "simulator":
            raise ValueError("a noise model goes with device=simulator only")
        return self

    @property
    def remote(self) -> RemoteBackend:
        """See `blocks.backends._base.BackendBlock.remote`."""
        return self

    @property
    def place(self) -> str:
        """See `qorum.remote.RemoteBackend.place`."""
        return f"{self.url}/{self.device}" + (f"/{self.session}" if self.session else "")

    @property
    def is_idempotent(self) -> bool:
        """No key is documented by which IonQ would notice a repeated request."""
        return False

    @property
    def list_lag_seconds(self) -> float:
        """IonQ promises nothing: the time limit of a request, and a minute more."""
        return READ_SECONDS + 60.0

    def profile(self) -> BackendProfile:
        """See `qorum.remote.RemoteBackend.profile`; asked afresh. Devices have medians of errors only."""
        with self._asking():
            self._key()  # the description of a device needs none, a job does
        device = self._ask(Device, f"/backends/{self.device}", with_key=False)
        calibration = None
        if device.characterization_id:
            path = f"/backends/{self.device}/characterizations/{quote(device.characterization_id, safe='')}"
            calibration = self._ask(Characterization, path, with_key=False)
        is_free = self.device == "simulator"
        return BackendProfile(
            name=self.backend_name,
            provider="ionq",
            engine="ionq",
            device=self.device if self.noise == "ideal" else f"{self.device}-{self.noise}",
            pool="qpu",
            num_qubits=device.qubits,
            target=calibration.target() if calibration else ideal_target(dynamic=False, gates=tuple(GATES)),
            noisy=not is_free or self.noise != "ideal",
            max_shots=MAX_SHOTS,
            max_circuits=MAX_CIRCUITS,
            queue_wait=device.average_queue_time / 1000 if device.is_online else math.inf,
            price=FREE if is_free else self._in_dollars(self._estimate({}).price),
            calibration_id=calibration.id if calibration else None,
            calibrated_at=calibration.date if calibration else None,
        )

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.estimate`: the vendor's own figure, from one request."""
        wires = self._wires(circuits, shots)
        if self.device == "simulator":
            return Charge(0.0, 0.0, "usd", is_final=True, source="simulators are free: docs.ionq.com/guides")
        qubits = max(wire.num_qubits for wire in wires)
        query = {"qubits": qubits, "shots": shots, **gate_query([wire.gate_counts for wire in wires])}
        estimate = self._estimate(query)
        usd = self._in_dollars(lambda: estimate.at_most(len(wires)))
        return Charge(usd, usd, "usd", is_final=False, source="GET /jobs/estimate")

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        """See `qorum.remote.RemoteBackend.submit`; the token is kept in the job's metadata."""

        def prepare() -> tuple[HttpApi, dict[str, object]]:
            body = job_body(wire_circuits(circuits, shots, MAX_SHOTS), shots, token)
            own: dict[str, object] = {"backend": self.device}
            if self.session:
                own["session_id"] = self.session
            if self.device == "simulator":
                own["noise"] = {"model": self.noise, "seed": int(token[:8], 16) >> 1}
            return self._api(), {**body, **own}

        def send(prepared: tuple[HttpApi, dict[str, object]]) -> str:
            api, body = prepared
            return JobCreated.model_validate_json(api.send("POST", "/jobs", body=body)).id

        return submitted(prepare, send, self._secrets())

    def find(self, token: str, since: datetime) -> list[str]:
        """See `qorum.remote.RemoteBackend.find`.

        The list knows no filter for metadata or dates. It is read page by page, newest first, until jobs are
        older than `since`; should it not be in that order, to its end. A session has a list of its own.
        """
        query: dict[str, str | int] = {"target": self.device, "limit": PAGE}
        if self.session:
            query["session_id"] = self.session
        search = JobSearch(token, since.astimezone() - CLOCK_SKEW)
        for _ in range(MOST_PAGES):
            page = self._ask(JobPage, "/jobs", query)
            if search.ends_with(page) or not page.next:
                return search.found
            query["next"] = page.next
        reason = f"{MOST_PAGES} pages of jobs since {since:%Y-%m-%d %H:%M} do not hold it all: use a session"
        raise BackendFailed(self.backend_name, reason)

    def poll(self, job_id: str) -> JobStatus:
        """See `qorum.remote.RemoteBackend.poll`."""
        return self._record(job_id)[0].as_status()

    def fetch(self, job_id: str) -> bytes:
        """See `qorum.remote.RemoteBackend.fetch`: all answers word for word, by path."""
        record, text = self._record(job_id)
        answers = {results.job_path(job_id): text}
        for holder in results.results_of(record):
            for path in (results.job_path(holder), results.results_path(holder)):
                if path not in answers:
                    with self._asking(job_id):
                        answers[path] = self._api().get(path).decode()
        return results.RawResults(job_id=job_id, answers=answers).model_dump_json().encode()

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        """See `qorum.remote.RemoteBackend.parse`."""
        wires = self._wires(circuits, shots)
        try:
            samples = results.read_results(raw, job_id, self.device, wires, shots)
        except (ValueError, RecursionError) as error:
            raise BackendFailed(self.backend_name, scrubbed(str(error), self._secrets()), job_id) from None
        return [Counts(one.histogram, self.backend_name, job_id, seed=one.seed) for one in samples]

    def cancel(self, job_id: str) -> None:
        """See `qorum.remote.RemoteBackend.cancel`."""
        with self._asking(job_id):
            try:
                self._api().send("PUT", f"{results.job_path(job_id)}/status/cancel")
            except Answered as error:
                # Whether a final job is refused or left as it is, the document does not say.
                if error.status not in (400, 409, 422) or not self.poll(job_id).is_final:
                    raise

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.invoice`; jobs that fail or are cancelled are not charged."""
        del circuits, shots
        if self.device == "simulator":
            return Charge(0.0, 0.0, "usd", is_final=True, source="simulators are free: docs.ionq.com/guides")
        source = f"{results.job_path(job_id)}/cost"
        told = self._ask(JobCost, source, job_id=job_id)
        if told.cost is None and self.poll(job_id).state in ("failed", "cancelled"):
            return Charge(0.0, 0.0, "usd", is_final=True, source=f"GET {source}: none")
        amount = told.cost or told.estimated_cost
        if amount.unit.lower() != "usd":
            raise BackendFailed(self.backend_name, f"a cost in USD expected, found {amount.unit}", job_id)
        return Charge(
            amount.value, amount.value, "usd", is_final=told.cost is not None, source=f"GET {source}"
        )

    def _wires(self, circuits: Sequence[QuantumCircuit], shots: int) -> list[WireCircuit]:
        try:
            return wire_circuits(circuits, shots, MAX_SHOTS)
        except (ValueError, TypeError) as error:
            raise BackendFailed(self.backend_name, str(error)) from None

    def _record(self, job_id: str) -> tuple[JobRecord, str]:
        """A job, and the answer word for word."""
        with self._asking(job_id):
            text = self._api().get(results.job_path(job_id)).decode()
            record = JobRecord.model_validate_json(text)
            if record.id != job_id:
                raise ValueError(f"job {job_id} expected, found {record.id}")
        return record, text

    def _estimate(self, query: Mapping[str, str | int]) -> Estimate:
        return self._ask(Estimate, "/jobs/estimate", {"backend": self.device, **query})

    def _in_dollars(self, amount: Callable[[], Amount]) -> Amount:
        try:
            return amount()
        except ValueError as error:
            raise BackendFailed(self.backend_name, str(error)) from None

    def _ask(
        self,
        model: type[Answer],
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        job_id: str | None = None,
        with_key: bool = True,
    ) -> Answer:
        with self._asking(job_id):
            api = self._api() if with_key else HttpApi(self.url, read_seconds=READ_SECONDS)
            return model.model_validate_json(api.get(path, query))

    def _asking(self, job_id: str | None = None) -> AbstractContextManager[None]:
        return asking(self.backend_name, self._secrets(), job_id)

    def _api(self) -> HttpApi:
        return HttpApi(self.url, {"Authorization": f"apiKey {self._key()}"}, read_seconds=READ_SECONDS)

    def _key(self) -> str:
        return checked_key(self._given_key(), f"set {KEY_VARIABLE}, or api_key in a saved block")

    def _given_key(self) -> str:
        return self.api_key.get_secret_value() if self.api_key else os.environ.get(KEY_VARIABLE, "")

    def _secrets(self) -> tuple[str, ...]:
        return (self._given_key(), self._given_key().strip())
