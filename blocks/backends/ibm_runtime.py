"""IBM Quantum's devices, and IBM's fake ones here; by IBM's library, and requests by our own (`_ibm_api`)."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator
from qiskit import QuantumCircuit

from blocks._forms import EmptyIsNone
from blocks.backends import _ibm_devices, _ibm_fakes
from blocks.backends._http import HttpApi
from blocks.backends._ibm_api import INSTANCE_VARIABLE, TOKENS, IbmApi, Query, Secrets, own_host, runtime_url
from blocks.backends._ibm_jobs import (
    CLOCK_SKEW,
    MAX_CIRCUITS,
    MAX_SHOTS,
    MOST_PAGES,
    JobCreated,
    JobMetrics,
    JobPage,
    JobRecord,
    JobSearch,
    job_path,
    refuse_unfit,
)
from blocks.backends._ibm_sampler import Decoupling, RawResults, job_body, read_results
from blocks.backends._prices import listed_price
from blocks.backends._remote import Answered, NotSent, RemoteBlock, asking, checked_key, scrubbed, submitted
from qorum.backends import BackendProfile, Price
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.remote import Charge, JobStatus, RemoteBackend, Submission

KEY_VARIABLE = "QISKIT_IBM_TOKEN"
"""Of qiskit-ibm-runtime."""

READ_SECONDS = 60.0
"""Of silence, after which an answer counts as lost."""

SUBMIT_SECONDS = 300.0
"""Likewise, of a submission: IBM's library gives a large one a quarter of an hour."""

LIST_SECONDS = 60.0
"""Until a job is listed, at most: IBM promises nothing."""

Answer = TypeVar("Answer", bound=BaseModel)


class IbmRuntime(RemoteBlock):
    """One of IBM Quantum's devices; with `fake`, one of IBM's fake devices, which runs here and is free."""

    _block_type_name = "IBM Quantum"
    _block_type_slug = "ibm-runtime"
    _description = "IBM Quantum's devices, directly at IBM, and IBM's fake devices without an account."

    short_name: ClassVar[str] = "ibm"
    library: ClassVar[str] = "qiskit_ibm_runtime"
    extra: ClassVar[str] = "ibm"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = ("fake=manila",)
    credentials: ClassVar[tuple[str, ...]] = (KEY_VARIABLE, INSTANCE_VARIABLE)

    device: str = Field(
        default="",
        pattern=r"^[a-z0-9_]*$",
        title="Device",
        description="Such as ibm_torino; it charges by the second. Empty with a fake device.",
    )
    fake: Annotated[str, AfterValidator(lambda name: name.removeprefix("fake_"))] = Field(
        default="",
        pattern=r"^[a-z0-9_]*$",
        title="Fake device",
        description="Such as torino or brisbane: its connectivity, gates and noise, simulated here; free.",
    )
    instance: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z:/-]*$",
        title="Instance",
        description=f"Its CRN (crn:v1:…::). Empty: that of the environment, {INSTANCE_VARIABLE}.",
    )
    max_execution_seconds: int = Field(
        default=60,
        ge=1,
        le=10_800,
        title="Seconds of a job",
        description="Of the device, at most: IBM stops a job there. So much is reserved for each.",
    )
    dynamical_decoupling: Decoupling = Field(
        default="off", title="Dynamical decoupling", description="Pulses in the idle times of qubits."
    )
    api_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="API key", description=f"Empty: that of the environment, {KEY_VARIABLE}."
    )
    url: Annotated[str, AfterValidator(own_host)] = Field(
        default="", title="Address", description="Empty for IBM's, or one of this machine for tests."
    )

    @model_validator(mode="after")
    def _one_device(self) -> IbmRuntime:
        if bool(self.device) == bool(self.fake):
            raise ValueError("device=ibm_… or fake=… expected, e.g. fake=torino")
        if self.fake:
            if self.dynamical_decoupling != "off":
                raise ValueError("dynamical decoupling goes with a device only: fake ones do not idle")
            _ibm_fakes.fake_device(self.fake)
        return self

    @classmethod
    def offered(cls) -> list[str]:
        """See `RemoteBlock.offered`: the devices of the environment's instance."""
        return [f"{cls.short_name}?device={name}" for name in cls(device="any").all_devices()]

    def all_devices(self) -> list[str]:
        """The devices of the instance."""
        with self._asking():
            return _ibm_devices.device_names(self._api())

    @property
    def remote(self) -> RemoteBackend | None:
        """See `blocks.backends._base.BackendBlock.remote`."""
        return None if self.fake else self

    @property
    def place(self) -> str:
        """See `qorum.remote.RemoteBackend.place`."""
        return f"{self.url or 'ibm'}/{self._instance()}/{self.device}"

    @property
    def is_idempotent(self) -> bool:
        """No key is documented by which IBM would notice a repeated request."""
        return False

    @property
    def list_lag_seconds(self) -> float:
        """The time limits of a submission and of what is read before it: access token, status, and two of the
        device; and what a job then takes to be listed."""
        return 4 * READ_SECONDS + SUBMIT_SECONDS + LIST_SECONDS

    def warm_up(self) -> None:
        """Import IBM's library, or Aer."""
        if self.fake:
            _ibm_fakes.fake_device(self.fake).warm_up()
        else:
            import qiskit_ibm_runtime.executor_sampler  # noqa: F401

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`; of fake devices only."""
        if not self.fake:
            return super().run(circuits, shots, seeds)
        return _ibm_fakes.run_fake(self.fake, self.backend_name, circuits, shots, seeds)

    def profile(self) -> BackendProfile:
        """See `qorum.remote.RemoteBackend.profile`; asked afresh."""
        if self.fake:
            return _ibm_fakes.fake_profile(self.fake, self.backend_name)
        price = self._price()
        with self._asking():
            found = _ibm_devices.described(self._api(), self.device, self._instance())
            status = _ibm_devices.status(self._api(), self.device)
            target, calibrated_at = found.target(), found.calibrated_at
        branches = {"if_else", "reset"} <= set(target.operation_names)
        return BackendProfile(
            name=self.backend_name,
            provider="ibm",
            engine="ibm",
            device=self.device if self.dynamical_decoupling == "off" else self.backend_name,
            pool="qpu",
            num_qubits=target.num_qubits or 0,
            target=target,
            dynamic=branches and self.dynamical_decoupling == "off",
            noisy=True,
            max_shots=MAX_SHOTS,
            max_circuits=MAX_CIRCUITS,
            queue_wait=status.wait_seconds if status.is_online else math.inf,
            price=Price(per_task=self._most(price).usd, circuits_per_task=MAX_CIRCUITS),  # what is reserved
            calibration_id=found.calibration_id,
            calibrated_at=calibrated_at,
        )

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.estimate`: IBM stops the job at `max_execution_seconds`."""
        try:
            refuse_unfit(circuits, shots)
        except ValueError as error:
            raise BackendFailed(self.backend_name, str(error)) from None
        return self._most(self._price())

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        """See `qorum.remote.RemoteBackend.submit`; the token is the job's tag."""

        def prepare() -> tuple[HttpApi, dict[str, Any]]:
            refuse_unfit(circuits, shots)
            with self._asking():
                _ibm_devices.refuse_offline(self._api(), self.device)
                found = _ibm_devices.described(self._api(), self.device, self._instance())
            limits = self.max_execution_seconds, self.dynamical_decoupling
            body = job_body(found, circuits, shots, token, *limits)
            return replace(self._api(), read_seconds=SUBMIT_SECONDS).opened(), body

        def send(prepared: tuple[HttpApi, dict[str, Any]]) -> str:
            api, body = prepared
            return JobCreated.model_validate_json(api.send("POST", "/jobs", body=body)).id

        return submitted(prepare, send, self._secrets())

    def find(self, token: str, since: datetime) -> list[str]:
        """See `qorum.remote.RemoteBackend.find`: by tag and date, until a page brings nothing new."""
        search = JobSearch(token, since.astimezone() - CLOCK_SKEW)
        for _ in range(MOST_PAGES):
            if search.ends_with(self._ask(JobPage, "/jobs", search.query)):
                return search.found
        reason = f"{MOST_PAGES} pages of jobs since {since:%Y-%m-%d %H:%M} do not hold it all"
        raise BackendFailed(self.backend_name, reason)

    def poll(self, job_id: str) -> JobStatus:
        """See `qorum.remote.RemoteBackend.poll`."""
        return self._record(job_id)[0].as_status()

    def fetch(self, job_id: str) -> bytes:
        """See `qorum.remote.RemoteBackend.fetch`: both answers word for word."""
        _, record = self._record(job_id)
        with self._asking(job_id):
            results = self._api().get(f"{job_path(job_id)}/results").decode()
            if not results:
                raise NotSent(f"job {job_id} has no results yet")
        return RawResults(job_id=job_id, record=record, results=results).model_dump_json().encode()

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        """See `qorum.remote.RemoteBackend.parse`."""
        try:
            histograms = read_results(raw, job_id, self.device, circuits, shots)
        except (ValueError, RecursionError) as error:
            raise BackendFailed(self.backend_name, scrubbed(str(error), self._secrets()), job_id) from None
        return [Counts(histogram, self.backend_name, job_id) for histogram in histograms]

    def cancel(self, job_id: str) -> None:
        """See `qorum.remote.RemoteBackend.cancel`."""
        with self._asking(job_id):
            try:
                self._api().send("POST", f"{job_path(job_id)}/cancel")
            except Answered as error:
                if error.status != 409 or not self.poll(job_id).is_final:
                    raise

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.invoice`: seconds by IBM's figure, dollars by the price table."""
        del circuits, shots
        price, path = self._price(), f"{job_path(job_id)}/metrics"
        seconds = self._ask(JobMetrics, path, job_id=job_id).usage.final_seconds
        if seconds is None:
            return self._most(price)
        return Charge(price.per_second * seconds, seconds, "seconds", is_final=True, source=f"GET {path}")

    def _price(self) -> Price:
        return listed_price(self.backend_name, "ibm", self.device)

    def _most(self, price: Price) -> Charge:
        seconds, source = self.max_execution_seconds, "max_execution_seconds"
        return Charge(price.per_second * seconds, seconds, "seconds", is_final=False, source=source)

    def _record(self, job_id: str) -> tuple[JobRecord, str]:
        """A job, and the answer word for word."""
        with self._asking(job_id):
            text = self._api().get(job_path(job_id), {"exclude_params": "true"}).decode()
            record = JobRecord.model_validate_json(text)
            if record.id != job_id:
                raise ValueError(f"job {job_id} expected, found {record.id}")
        return record, text

    def _ask(self, model: type[Answer], path: str, query: Query = None, job_id: str | None = None) -> Answer:
        with self._asking(job_id):
            return model.model_validate_json(self._api().get(path, query))

    def _asking(self, job_id: str | None = None) -> AbstractContextManager[None]:
        return asking(self.backend_name, self._secrets(), job_id)

    def _api(self) -> IbmApi:
        key = checked_key(self._given_key(), f"set {KEY_VARIABLE}, or api_key in a saved block")
        instance = self._instance()
        return IbmApi(runtime_url(instance, self.url), self.url or TOKENS, instance, key, READ_SECONDS)

    def _instance(self) -> str:
        return self.instance or os.environ.get(INSTANCE_VARIABLE, "").strip()

    def _given_key(self) -> str:
        return self.api_key.get_secret_value() if self.api_key else os.environ.get(KEY_VARIABLE, "")

    def _secrets(self) -> Secrets:
        return Secrets(self.url or TOKENS, self._given_key())
