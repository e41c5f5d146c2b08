"""IonQ's jobs as its REST API v0.4 writes them, and what of them we read.

Source: IonQ's OpenAPI document of 2026-05-15 (docs.ionq.com/api-reference/v0.4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field
from qiskit import QuantumCircuit

from qorum.circuits.instructions import Instruction, Program, read_program
from qorum.remote import JobStatus, State

TOKEN = "qorum-token"
"""Name of the metadata that holds our token: the API has no idempotency key and no filter for it."""

STATES: Mapping[str, State] = {
    "submitted": "queued",
    "ready": "queued",
    "started": "running",
    "completed": "done",
    "failed": "failed",
    "canceled": "cancelled",
}

RETRYABLE = frozenset(("SystemCancel", "InternalError", "QuantumComputerError", "SimulationTimeout"))
"""Failures of the vendor's own. All others are the circuit's or the account's: the same job fails again."""

PAGE = 25
"""Jobs of a page, the most that the API's paging is documented to give."""

MOST_PAGES = 400
"""That are searched for a job: an account with more jobs since its submission needs a session."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the vendor's clock may be off ours."""

GATES = {
    **{name: name for name in ("x", "y", "z", "h", "s", "t", "rx", "ry", "rz", "swap")},
    **{"sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi", "cx": "cnot"},
}
"""IonQ's names by Qiskit's. Left out is `zz`, whose angle the document does not define."""

SWAP_GATES = 3
"""Two-qubit gates that a swap is reserved as: the vendor's estimate does not tell how it counts them."""


MOST_QUBITS = 62
"""Whose outcomes fit 64-bit integers; IonQ's devices had up to 36 in 2026."""

SHUFFLE = timedelta(minutes=1)
"""How far a list that is newest first may be out of order: it may go by another time than it tells."""


class Failure(BaseModel):
    """Why a job failed."""

    code: str
    message: str = ""


class Noise(BaseModel):
    """The simulator's noise."""

    model: str = "ideal"


class JobRecord(BaseModel):
    """What we read of `GET /jobs/{id}`."""

    id: str
    status: str
    backend: str
    shots: int | None = None
    parent_job_id: str | None = None
    child_job_ids: list[str] | None = None
    failure: Failure | None = None
    noise: Noise | None = None
    predicted_wait_time_ms: float | None = None

    def as_status(self) -> JobStatus:
        """In our words; a status that IonQ does not document is `unknown`."""
        state = STATES.get(self.status, "unknown")
        failure = self.failure if state == "failed" else None
        waits = self.predicted_wait_time_ms if state == "queued" else None
        return JobStatus(
            state,
            told=self.status,
            reason=f"{failure.code}: {failure.message}".rstrip(": ") if failure else "",
            retryable=failure is not None and failure.code in RETRYABLE,
            wait_seconds=None if waits is None else waits / 1000,
        )


class JobListed(BaseModel):
    """What we read of an entry of `GET /jobs`, be it ours or not."""

    id: str
    submitted_at: AwareDatetime
    parent_job_id: str | None = None
    metadata: dict[str, object] | None = None

    @property
    def token(self) -> object:
        """Ours, if the job is ours."""
        return (self.metadata or {}).get(TOKEN)


class JobPage(BaseModel):
    """`GET /jobs`."""

    jobs: list[JobListed]
    next: str | None = None


class JobCreated(BaseModel):
    """The answer to `POST /jobs`."""

    id: str = Field(pattern=r"^[0-9A-Za-z-]+$")


@dataclass
class JobSearch:
    """Looks for a token's jobs in a list that is given newest first, page by page.

    Attributes:
        token: of the jobs.
        oldest: before it none of them was made.
    """

    token: str
    oldest: datetime
    _found: dict[str, datetime] = field(default_factory=dict, init=False)
    _seen: set[str] = field(default_factory=set, init=False)
    _last: datetime | None = field(default=None, init=False)
    _descends: bool = field(default=True, init=False)

    def ends_with(self, page: JobPage) -> bool:
        """Take the next page; whether all that follow are too old. Never, if the list is in another order."""
        for job in page.jobs:
            if job.id in self._seen:  # jobs made meanwhile shift the others to later pages
                continue
            self._seen.add(job.id)
            self._descends &= self._last is None or job.submitted_at <= self._last + SHUFFLE
            self._last = job.submitted_at
            if job.token == self.token and not job.parent_job_id and job.submitted_at >= self.oldest:
                self._found[job.id] = job.submitted_at
        return self._descends and self._last is not None and self._last < self.oldest - SHUFFLE

    @property
    def found(self) -> list[str]:
        """Ids of the jobs, oldest first; children of a job of several circuits are left out."""
        return sorted(self._found, key=lambda job: self._found[job])


@dataclass(frozen=True)
class WireCircuit:
    """A circuit as it is sent: its qubits in use, counted from 0 in ascending order.

    Compilation pads a circuit to the device; IonQ places qubits itself, all of which are connected, so that
    idle ones need not be sent. It measures every qubit at the end and knows no classical bits.

    Attributes:
        program: the circuit as compiled.
        place: of each qubit in use among those sent.
    """

    program: Program
    place: Mapping[int, int]

    @classmethod
    def of(cls, circuit: QuantumCircuit, gates: Collection[str] = GATES) -> WireCircuit:
        """Read a circuit that the vendor can carry out.

        Args:
            circuit: as compiled.
            gates: that the vendor takes, by Qiskit's names.

        Raises:
            ValueError: it cannot, with the reason.
            TypeError: a parameter is not bound.
        """
        program = read_program(circuit)
        try:
            program.require_static()
            if unknown := {step.name for step in program.gates} - set(gates):
                raise ValueError(f"one of the gates {', '.join(gates)} expected, found {sorted(unknown)}")
            if not program.measured:
                raise ValueError("at least one measurement expected, found none")
        except ValueError as error:
            raise ValueError(f"{circuit.name}: {error}") from None
        used = {qubit for step in program.instructions for qubit in step.qubits}
        if len(used) > MOST_QUBITS:
            raise ValueError(f"{circuit.name}: at most {MOST_QUBITS} used qubits expected, found {len(used)}")
        return cls(program, {qubit: index for index, qubit in enumerate(sorted(used))})

    @property
    def num_qubits(self) -> int:
        """That are sent."""
        return len(self.place)

    @property
    def gates(self) -> list[dict[str, str | int | float | list[int]]]:
        """As in `input.circuit`; angles in radians."""
        return [self._gate(step) for step in self.program.gates]

    @property
    def gate_counts(self) -> tuple[int, int]:
        """Gates on one qubit and on two, as they are charged at most."""
        two = [step for step in self.program.gates if len(step.qubits) == 2]
        swaps = sum(step.name == "swap" for step in two)
        return len(self.program.gates) - len(two), len(two) + (SWAP_GATES - 1) * swaps

    @property
    def measured(self) -> dict[int, int]:
        """Bit of the vendor's keys that each clbit holds, by clbit."""
        return {clbit: self.place[qubit] for clbit, qubit in self.program.measured.items()}

    def _gate(self, step: Instruction) -> dict[str, str | int | float | list[int]]:
        name, qubits = GATES[step.name], [self.place[qubit] for qubit in step.qubits]
        if name == "swap":
            return {"gate": name, "targets": qubits}
        if name == "cnot":
            return {"gate": name, "control": qubits[0], "target": qubits[1]}
        angle = {"rotation": step.params[0]} if step.params else {}
        return {"gate": name, "target": qubits[0], **angle}


def wire_circuits(
    circuits: Sequence[QuantumCircuit], shots: int, most_shots: int, gates: Collection[str] = GATES
) -> list[WireCircuit]:
    """Circuits as they are sent, once it is sure that they can be.

    Raises:
        ValueError: there are none, one cannot be carried out, or `shots` is out of bounds.
        TypeError: a parameter is not bound.
    """
    if not circuits:
        raise ValueError("at least one circuit expected, found none")
    if not 1 <= shots <= most_shots:
        raise ValueError(f"1 to {most_shots} shots expected, found {shots}")
    return [WireCircuit.of(circuit, gates) for circuit in circuits]


def job_body(circuits: Sequence[WireCircuit], shots: int, token: str) -> dict[str, object]:
    """Body of `POST /jobs`, without what is the backend's own."""
    qubits = max(circuit.num_qubits for circuit in circuits)
    if len(circuits) == 1:
        kind, given = "ionq.circuit.v1", {"circuit": circuits[0].gates}
    else:
        named = [{"name": str(place), "circuit": one.gates} for place, one in enumerate(circuits)]
        kind, given = "ionq.multi-circuit.v1", {"circuits": named}
    return {
        "type": kind,
        "name": f"qorum {token[:12]}",
        "metadata": {TOKEN: token},
        "shots": shots,
        # Left out, it may be on: what comes back is then an estimate, not what was counted, and costs more.
        "settings": {"error_mitigation": {"debiasing": False}},
        "input": {"gateset": "qis", "qubits": qubits, **given},
    }
