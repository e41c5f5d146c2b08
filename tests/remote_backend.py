"""A vendor that keeps its jobs in a folder and computes them with our own engine. Registered by tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._remote import RemoteBlock
from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile, Price
from qorum.counts import Counts
from qorum.remote import Accepted, Charge, JobStatus, RemoteBackend, Submission, Unclear


class FolderVendor(RemoteBlock):
    """Each job is a file."""

    _block_type_name = "Folder vendor"
    short_name: ClassVar[str] = "vendor"

    folder: str = Field(title="Folder", description="Where the vendor keeps its jobs.")
    answer: Literal["told", "lost", "never"] = Field(default="told", title="Answer")
    ends: Literal["done", "failed", "queued"] = Field(default="done", title="Ends")
    price: float = Field(default=0.5, title="Price", description="Of a job, in USD.")
    charges: float = Field(default=0.25, title="Charges", description="For a job in the end, in USD.")

    place: ClassVar[str] = "folder"
    is_idempotent: ClassVar[bool] = False
    list_lag_seconds: ClassVar[float] = 0.0

    _engine: TorchStatevector = PrivateAttr(default_factory=TorchStatevector)

    @property
    def remote(self) -> RemoteBackend:
        return self

    def profile(self) -> BackendProfile:
        name = self.backend_name
        price = Price(per_task=self.price, circuits_per_task=1000)
        own = replace(self._engine.profile(), name=name, provider=name, engine=name, device=name)
        return replace(own, pool="qpu", price=price)

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        return Charge(self.price, self.price, "usd", is_final=False, source="vendor")

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        Path(self.folder).mkdir(exist_ok=True)
        with (Path(self.folder) / "requests.log").open("a") as log:
            log.write(f"{token}\n")
        if self.answer == "never":
            return Unclear("connection lost")
        counts = self._engine.run(circuits, shots, list(range(len(circuits))))
        job = {"token": token, "counts": [dict(one.histogram) for one in counts]}
        self._file(token).write_text(json.dumps(job))
        return Accepted(token[:8]) if self.answer == "told" else Unclear("connection lost")

    def find(self, token: str, since: datetime) -> list[str]:
        del since
        return [token[:8]] if self._file(token).exists() else []

    def poll(self, job_id: str) -> JobStatus:
        if self._file(job_id).with_suffix(".cancelled").exists():
            return JobStatus("cancelled")
        if (Path(self.folder) / "open").exists():
            return JobStatus("done")
        return JobStatus(self.ends, reason="out of order" if self.ends == "failed" else "", retryable=True)

    def fetch(self, job_id: str) -> bytes:
        return self._file(job_id).read_bytes()

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        return [Counts(one, self.backend_name, job_id) for one in json.loads(raw)["counts"]]

    def cancel(self, job_id: str) -> None:
        self._file(job_id).with_suffix(".cancelled").write_text(datetime.now(UTC).isoformat())

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        cancelled = self._file(job_id).with_suffix(".cancelled").exists()
        usd = 0.0 if cancelled else self.charges
        return Charge(usd, usd, "usd", is_final=True, source="vendor")

    def _file(self, job_id: str) -> Path:
        return Path(self.folder) / f"{job_id[:8]}.json"
