"""Amazon Braket's devices and on-demand simulators, through Braket's own interface and the S3 it writes to.

By signed requests, not the SDK: see `blocks.backends._aws_api`. `braket` is the free local simulator.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote

from pydantic import PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._aws_account import AwsAccount
from blocks.backends._aws_api import READ_SECONDS, read_object
from blocks.backends._aws_circuits import WireCircuit, task_body, wire_circuits
from blocks.backends._aws_devices import DeviceRecord
from blocks.backends._aws_files import RawResults, gather
from blocks.backends._aws_prices import SOURCE, charged_usd, most_usd, task_price
from blocks.backends._aws_profiles import device_profile
from blocks.backends._aws_results import billed_seconds, read_results
from blocks.backends._aws_tasks import (
    CLOCK_SKEW,
    MOST_PAGES,
    TaskCreated,
    TaskPage,
    TaskRecord,
    TaskSearch,
    cancel_body,
    task_path,
)
from blocks.backends._http import HttpApi
from blocks.backends._remote import Answered, scrubbed, submitted
from qorum.backends import BackendProfile, Price
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.remote import Charge, JobStatus, RemoteBackend, Submission


class AwsBraket(AwsAccount):
    """One of Braket's gate devices, or an on-demand simulator. Static circuits, measured at the end.

    A batch is one task where the device takes program sets: all QPUs do, simulators do not.
    """

    _block_type_name = "Amazon Braket"
    _block_type_slug = "amazon-braket"
    _description = "Quantum devices and simulators of the AWS cloud: AQT, IonQ, IQM, Rigetti, SV1, DM1, TN1."

    short_name: ClassVar[str] = "aws"
    library: ClassVar[str] = "botocore"

    _told: DeviceRecord | None = PrivateAttr(default=None)

    @property
    def remote(self) -> RemoteBackend:
        """See `blocks.backends._base.BackendBlock.remote`."""
        return self

    @property
    def place(self) -> str:
        """See `qorum.remote.RemoteBackend.place`: a simulator's tasks are found in their region alone."""
        return f"{self.url or 'braket'}/{self._region}/{self._arn}"

    @property
    def is_idempotent(self) -> bool:
        """Braket makes one task of requests with one client token; for how long is not documented."""
        return True

    @property
    def list_lag_seconds(self) -> float:
        """Braket promises nothing: the time limit of a request, and a minute more."""
        return READ_SECONDS + 60.0

    def profile(self) -> BackendProfile:
        """See `qorum.remote.RemoteBackend.profile`; asked afresh."""
        with self._asking():
            self._bucket()
            device = self._device()
        price = self._price(device)
        try:
            return device_profile(device, self.backend_name, price, datetime.now(UTC))
        except ValueError as error:
            raise BackendFailed(self.backend_name, str(error)) from None

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.estimate`; the device is asked for its price, in one request."""
        wires = self._wires(circuits, shots)
        with self._asking():
            price = self._price(self._device())
        usd = most_usd(price, wires, shots, self._simulator)
        return Charge(usd, usd, "usd", is_final=False, source=f"computed: {SOURCE}")

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        """See `qorum.remote.RemoteBackend.submit`.

        What the device takes is checked by its description where `profile` or `estimate` asked for that, so
        that this is one request; else Braket checks it, before it charges.
        """

        def prepare() -> tuple[HttpApi, dict[str, object]]:
            wires = wire_circuits(circuits, shots)
            if self._told:
                self._told.check(wires, shots)
            return self._api(), task_body(wires, shots, token, self._arn, self._bucket())

        def send(prepared: tuple[HttpApi, dict[str, object]]) -> str:
            api, body = prepared
            return TaskCreated.model_validate_json(api.send("POST", "/quantum-task", body=body)).id

        return submitted(prepare, send, self._secrets())

    def find(self, token: str, since: datetime) -> list[str]:
        """See `qorum.remote.RemoteBackend.find`: the device's tasks since then, page by page."""
        search, page_token = TaskSearch(token, since.astimezone(UTC) - CLOCK_SKEW), None
        for _ in range(MOST_PAGES):
            with self._asking():
                body = search.query(self._arn, page_token)
                page = TaskPage.model_validate_json(self._api().send("POST", "/quantum-tasks", body=body))
            search.take(page)
            if not (page_token := page.next):
                return search.found
        reason = f"{MOST_PAGES} pages of tasks since {since:%Y-%m-%d %H:%M} do not hold it all"
        raise BackendFailed(self.backend_name, reason)

    def poll(self, job_id: str) -> JobStatus:
        """See `qorum.remote.RemoteBackend.poll`."""
        return self._record(job_id)[0].as_status()

    def fetch(self, job_id: str) -> bytes:
        """See `qorum.remote.RemoteBackend.fetch`: the task's record and its files in S3, word for word."""
        record, text = self._record(job_id)
        with self._asking(job_id):
            keys = self._keys()

            def read(path: str) -> str:
                key = f"{record.folder}/{path}"
                return read_object(self.url, self._region, keys, record.bucket, key).decode()

            files = gather(read)
        return RawResults(job_id=job_id, task=text, files=files).model_dump_json().encode()

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        """See `qorum.remote.RemoteBackend.parse`."""
        wires = self._wires(circuits, shots)
        try:
            histograms = read_results(raw, job_id, self._arn, wires, shots)
        except (ValueError, RecursionError) as error:
            raise BackendFailed(self.backend_name, scrubbed(str(error), self._secrets()), job_id) from None
        return [Counts(one, self.backend_name, job_id) for one in histograms]

    def cancel(self, job_id: str) -> None:
        """See `qorum.remote.RemoteBackend.cancel`."""
        with self._asking(job_id):
            try:
                self._api().send("PUT", f"{task_path(job_id)}/cancel", body=cancel_body(job_id))
            except Answered as error:
                if error.status != 409 or not self.poll(job_id).is_final:
                    raise

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.invoice`: computed, for Braket tells no task's charge.

        A simulator charges for the milliseconds that it tells in its results; where it does not, what was
        reserved counts.
        """
        record, _ = self._record(job_id)
        with self._asking(job_id):
            price = self._price(self._device())
        status, seconds = record.as_status(), None
        if self._simulator and status.state == "done":
            raw = self.fetch(job_id)
            with suppress(ValueError, RecursionError):  # damaged results are for `parse` to tell
                seconds = billed_seconds(raw)
        if not status.is_final or (self._simulator and status.state == "done" and seconds is None):
            usd = most_usd(price, self._wires(circuits, shots), shots, self._simulator)
        else:
            usd = charged_usd(price, record, seconds)
        return Charge(usd, usd, "usd", is_final=status.is_final, source=f"computed: {SOURCE}")

    def _wires(self, circuits: Sequence[QuantumCircuit], shots: int) -> list[WireCircuit]:
        try:
            return wire_circuits(circuits, shots)
        except (ValueError, TypeError) as error:
            raise BackendFailed(self.backend_name, str(error)) from None

    def _record(self, job_id: str) -> tuple[TaskRecord, str]:
        """A task, and the answer word for word."""
        with self._asking(job_id):
            query = {"additionalAttributeNames": "QueueInfo"}
            text = self._api().get(task_path(job_id), query).decode()
            record = TaskRecord.model_validate_json(text)
            if record.id != job_id:
                raise ValueError(f"task {job_id} expected, found {record.id}")
        return record, text

    def _device(self) -> DeviceRecord:
        """What the device tells now; `submit` checks circuits by it."""
        told = DeviceRecord.model_validate_json(self._api().get(f"/device/{quote(self._arn, safe='')}"))
        if told.arn != self._arn:
            raise ValueError(f"device {self._arn} expected, found {told.arn}")
        self._told = told
        return told

    def _price(self, device: DeviceRecord) -> Price:
        try:
            return task_price(self._arn, device.capabilities.service.cost, device.max_circuits)
        except ValueError as error:
            raise BackendFailed(self.backend_name, str(error)) from None
