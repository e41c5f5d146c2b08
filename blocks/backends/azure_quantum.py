"""IonQ's, Quantinuum's and Rigetti's devices and simulators through Azure Quantum, by its REST interface.

By httpx, not azure-quantum: version 3.13 of that needs cryptography up to 46.0.3, older than what is locked
here; it sends a submission up to four times, fails for ever where the circuit was uploaded before, and waits
for ever on a status that it does not know. What is sent here is what it sends: see `_azure_workspace.py`.

A job's id is made of its token, and is unique in the workspace: a repeated request makes no second job.

Left out: sign-in by Microsoft Entra (there is the connection string alone), noise models, sessions, quotas,
circuits that branch, and PASQAL, whose targets there are analog.
"""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, field_validator
from qiskit import QuantumCircuit

from blocks._forms import EmptyIsNone
from blocks.backends import _azure_prices as prices
from blocks.backends import _azure_requests as requests
from blocks.backends import _azure_results as results
from blocks.backends import _azure_workspace as azure
from blocks.backends._azure_jobs import JobRecord, Providers, Target, job_body, job_id_of
from blocks.backends._azure_programs import Kind, kind_of, wire_circuit
from blocks.backends._azure_workspace import Workspace
from blocks.backends._ionq_jobs import WireCircuit
from blocks.backends._remote import (
    Answered,
    RemoteBlock,
    asking,
    scrubbed,
    submitted,
)
from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.remote import Charge, JobStatus, RemoteBackend, Submission


class AzureQuantum(RemoteBlock):
    """One target of an Azure Quantum workspace. Static circuits, one a job."""

    _block_type_name = "Azure Quantum"
    _block_type_slug = "azure-quantum"
    _description = "IonQ's, Quantinuum's and Rigetti's devices and simulators through Azure Quantum."

    short_name: ClassVar[str] = "azure"
    credentials: ClassVar[tuple[str, ...]] = (azure.VARIABLE,)

    target: str = Field(
        default="ionq.simulator",
        title="Target",
        description="ionq.simulator and rigetti.sim.qvm are free; ionq.qpu.forte-1, quantinuum.qpu.h2-1, "
        "quantinuum.sim.h2-1e or rigetti.qpu.cepheus-1-108q charge; quantinuum.sim.h2-1sc only compiles.",
    )
    usd_per_hqc: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        title="USD for an HQC",
        description="What Quantinuum's credit costs by your contract; 0 if it is paid for already. "
        "Without it Quantinuum's devices and emulators are refused.",
    )
    most_seconds: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        title="Seconds at most",
        description="That a job on a device of Rigetti's may run, whose price is reserved. 0: not known, and "
        "such devices are refused, for nothing bounds it.",
    )
    connection_string: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None,
        title="Connection string",
        description=f"Of the workspace, with its key. Empty: that of the environment, {azure.VARIABLE}.",
    )

    @field_validator("target")
    @classmethod
    def _is_known(cls, target: str) -> str:
        kind_of(target)
        return target

    @property
    def remote(self) -> RemoteBackend:
        """See `blocks.backends._base.BackendBlock.remote`."""
        return self

    @property
    def place(self) -> str:
        """See `qorum.remote.RemoteBackend.place`."""
        with self._asking():
            return f"{self._workspace().url}/{self.target}"

    @property
    def is_idempotent(self) -> bool:
        """A job's id is made of its token, and ids are unique in a workspace, as Microsoft documents.

        What a second request is answered, it does not. Its own client repeats requests under one id by
        itself; here the job and a conflict are both taken for what they may be.
        """
        return True

    @property
    def list_lag_seconds(self) -> float:
        """The time limits of the requests of a submission, which are five at most, and a minute more."""
        return 4 * azure.UPLOAD_SECONDS + azure.READ_SECONDS + azure.SLACK_SECONDS

    def profile(self) -> BackendProfile:
        """See `qorum.remote.RemoteBackend.profile`; asked afresh. Azure tells no errors of devices."""
        with self._asking():
            found = Providers.model_validate_json(self._workspace().send("GET", "/providerStatus"))
        with self._refusing():
            told = found.target(self.target)
            num_qubits = self._num_qubits(told)
            price = prices.price(self.target, self._kind, num_qubits, self.usd_per_hqc, self.most_seconds)
        return BackendProfile(
            name=self.backend_name,
            provider="azure",
            engine=self._kind.provider.name,
            device=self.target,
            pool="qpu",
            num_qubits=num_qubits,
            target=ideal_target(dynamic=False, gates=tuple(self._kind.provider.gates)),
            noisy=self._kind.is_noisy,
            max_shots=self._kind.most_shots,
            max_circuits=1,
            queue_wait=told.average_queue_time if told.is_online else math.inf,
            price=price,
        )

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.estimate`: computed, as Azure has no request for it."""
        with self._refusing():
            wire = wire_circuit(circuits, shots, self._kind)
            qubits = self._kind.num_qubits or wire.num_qubits
            price = prices.price(self.target, self._kind, qubits, self.usd_per_hqc, self.most_seconds)
            return prices.estimate(self.target, price, wire, shots, self.usd_per_hqc)

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        """See `qorum.remote.RemoteBackend.submit`; before it, the circuit is put into the job's container."""
        job_id, kind = job_id_of(token), self._kind

        def prepare() -> tuple[Workspace, dict[str, object]]:
            workspace = self._workspace()
            circuit = kind.provider.write(wire_circuit(circuits, shots, kind))
            container = requests.put_circuit(workspace, job_id, circuit, kind.provider.content_type)
            return workspace, job_body(self.target, kind, shots, token, container)

        def send(prepared: tuple[Workspace, dict[str, object]]) -> str:
            workspace, body = prepared
            return requests.create(workspace, job_id, body)

        return submitted(prepare, send, self._secrets())

    def find(self, token: str, since: datetime) -> list[str]:
        """See `qorum.remote.RemoteBackend.find`: one request, by the id; there is at most one job of it."""
        del since
        job_id = job_id_of(token)
        with self._asking(job_id):
            return [job_id] if requests.exists(self._workspace(), job_id) else []

    def poll(self, job_id: str) -> JobStatus:
        """See `qorum.remote.RemoteBackend.poll`."""
        status = self._record(job_id)[0].as_status()
        return replace(status, reason=scrubbed(status.reason, self._secrets()))

    def fetch(self, job_id: str) -> bytes:
        """See `qorum.remote.RemoteBackend.fetch`: the job and its results, without signatures of links."""
        record, text = self._record(job_id)
        container, blob = record.output
        if not (container and blob):
            raise BackendFailed(self.backend_name, "the job has no results yet", job_id, retryable=True)
        with self._asking(job_id):
            found = azure.download(self._workspace().link(container, blob))
        return results.RawResults.of(job_id, text, found).model_dump_json().encode()

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        """See `qorum.remote.RemoteBackend.parse`."""
        wire = self._wire(circuits, shots)
        try:
            one = results.read_results(raw, job_id, self.target, self._kind, wire, shots)
        except (ValueError, RecursionError) as error:
            raise BackendFailed(self.backend_name, scrubbed(str(error), self._secrets()), job_id) from None
        return [Counts(one.histogram, self.backend_name, job_id, seed=one.seed)]

    def cancel(self, job_id: str) -> None:
        """See `qorum.remote.RemoteBackend.cancel`."""
        with self._asking(job_id):
            try:
                self._workspace().send("POST", f"{requests.job_path(job_id)}:cancel")
            except Answered as error:
                # Whether a final job is refused or left as it is, is not documented.
                if error.status not in (400, 409, 422) or not self.poll(job_id).is_final:
                    raise

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """See `qorum.remote.RemoteBackend.invoice`: the job's `costEstimate`, before taxes.

        Some providers report none, and that what fails is free stands nowhere: then it is what was reserved.
        """
        reserved = self.estimate(circuits, shots)
        if reserved.is_final:
            return reserved
        record, _ = self._record(job_id)
        cost, is_final = record.cost_estimate, record.as_status().is_final
        if cost is None:
            return reserved
        if cost.currency_code.upper() != "USD":
            reason = f"a cost in USD expected, found {cost.estimated_total:g} {cost.currency_code}"
            raise BackendFailed(self.backend_name, reason, job_id)
        usd = cost.estimated_total
        return Charge(usd, usd, "usd", is_final, source=f"GET {requests.job_path(job_id)}: costEstimate")

    @property
    def _kind(self) -> Kind:
        return kind_of(self.target)

    def _num_qubits(self, told: Target) -> int:
        limits = [limit for limit in (told.num_qubits, self._kind.num_qubits) if limit]
        if not limits:
            raise ValueError(f"how many qubits {self.target} has is told by nobody")
        return min(limits)

    def _wire(self, circuits: Sequence[QuantumCircuit], shots: int) -> WireCircuit:
        with self._refusing():
            return wire_circuit(circuits, shots, self._kind)

    def _record(self, job_id: str) -> tuple[JobRecord, bytes]:
        """A job, and the answer word for word."""
        with self._asking(job_id):
            return requests.read(self._workspace(), job_id)

    @contextmanager
    def _refusing(self) -> Generator[None]:
        """Around what needs no network: what does not fit is told as the contract says."""
        try:
            yield
        except (ValueError, TypeError) as error:
            raise BackendFailed(self.backend_name, scrubbed(str(error), self._secrets())) from None

    def _asking(self, job_id: str | None = None) -> AbstractContextManager[None]:
        return asking(self.backend_name, self._secrets(), job_id)

    def _workspace(self) -> Workspace:
        return Workspace.of(self._given())

    def _given(self) -> str:
        own = self.connection_string
        return own.get_secret_value() if own else os.environ.get(azure.VARIABLE, "")

    def _secrets(self) -> tuple[str, ...]:
        return (self._given(), *azure.keys_of(self._given()))
