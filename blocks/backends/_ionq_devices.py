"""IonQ's devices as they describe themselves, as a profile's parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from qiskit.circuit import Measure
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import InstructionProperties, QubitProperties, Target

from blocks.backends._http import is_loopback
from blocks.backends._ionq_jobs import GATES
from qorum.backends import Price

API = "https://api.ionq.co/v0.4"


def own_host(url: str) -> str:
    """Only there the key is sent: to the vendor, or to this machine, where an imitation may run.

    Raises:
        ValueError: neither.
    """
    parts = urlsplit(url)
    if (parts.scheme, parts.netloc) != ("https", urlsplit(API).netloc) and not is_loopback(url):
        raise ValueError(f"{API} or an address of this machine expected")
    return url.rstrip("/")


class Device(BaseModel):
    """`GET /backends/{backend}`; times in ms."""

    backend: str
    status: str
    qubits: int = Field(ge=1)
    average_queue_time: float = Field(ge=0)
    degraded: bool = False
    characterization_id: str | None = None

    @property
    def is_online(self) -> bool:
        """Whether a job sent now is worth its money."""
        return self.status == "available" and not self.degraded


class Median(BaseModel):
    """Of a fidelity."""

    median: float = Field(ge=0, le=1)


class Fidelities(BaseModel):
    """Medians: the API gives nothing qubit by qubit."""

    spam: Median
    one_qubit: Median | None = Field(default=None, alias="1q")
    two_qubits: Median | None = Field(default=None, alias="2q")


class Timing(BaseModel):
    """Seconds."""

    readout: float | None = None
    one_qubit: float | None = Field(default=None, alias="1q")
    two_qubits: float | None = Field(default=None, alias="2q")
    t1: float | None = None
    t2: float | None = None


class Characterization(BaseModel):
    """`GET /backends/{backend}/characterizations/{id}`: one calibration."""

    id: str
    date: datetime
    qubits: int = Field(ge=1)
    fidelity: Fidelities
    timing: Timing = Timing()
    connectivity: list[tuple[int, int]] = Field(default_factory=list)

    def target(self) -> Target:
        """Native gates with their errors; all pairs are connected unless the device says otherwise."""
        fidelity, timing = self.fidelity, self.timing
        idle = [QubitProperties(t1=timing.t1, t2=timing.t2)] * self.qubits
        target = Target(num_qubits=self.qubits, qubit_properties=idle)
        one = _properties(fidelity.one_qubit, timing.one_qubit)
        two = _properties(fidelity.two_qubits, timing.two_qubits)
        library = get_standard_gate_name_mapping()
        for name in GATES:
            gate = library[name]
            places, known = (self._pairs, two) if gate.num_qubits == 2 else (self._singles, one)
            target.add_instruction(gate, dict.fromkeys(places, known))
        measured = _properties(fidelity.spam, timing.readout)
        target.add_instruction(Measure(), dict.fromkeys(self._singles, measured))
        return target

    @property
    def _singles(self) -> list[tuple[int, ...]]:
        return [(qubit,) for qubit in range(self.qubits)]

    @property
    def _pairs(self) -> list[tuple[int, ...]]:
        """Both directions of what is connected, which the API lists without order."""
        either = [*self.connectivity, *((b, a) for a, b in self.connectivity)]
        return sorted(set(either)) or list(permutations(range(self.qubits), 2))


class Amount(BaseModel):
    """Money."""

    value: float = Field(ge=0, allow_inf_nan=False)
    unit: str


class JobCost(BaseModel):
    """`GET /jobs/{id}/cost`; `cost` stands there once the job is billed."""

    estimated_cost: Amount
    cost: Amount | None = None


class Rates(BaseModel):
    """USD: the least that a job costs, and a gate of one shot."""

    job_cost_minimum: float = Field(ge=0, allow_inf_nan=False)
    cost_1q_gate: float = Field(ge=0, allow_inf_nan=False)
    cost_2q_gate: float = Field(ge=0, allow_inf_nan=False)


class Estimate(BaseModel):
    """`GET /jobs/estimate`: prices of the account that asks."""

    cost_unit: str
    estimated_cost: float = Field(ge=0, allow_inf_nan=False)
    rate_information: Rates

    def at_most(self, num_circuits: int) -> float:
        """USD that a job can cost, from the estimate for all gates of its circuits in one.

        The document does not say whether the minimum is added or is a floor, nor whether it is charged for
        a job or for a circuit. This holds for all four: it is the estimate itself for one circuit.

        Raises:
            ValueError: it is not in dollars.
        """
        self._need_dollars()
        return self.estimated_cost + (num_circuits - 1) * self.rate_information.job_cost_minimum

    def price(self) -> Price:
        """The rates as routing reckons with them, minimum added: never less than is charged.

        Raises:
            ValueError: they are not in dollars.
        """
        self._need_dollars()
        rates = self.rate_information
        return Price(
            per_circuit=rates.job_cost_minimum,
            per_one_qubit_gate_shot=rates.cost_1q_gate,
            per_two_qubit_gate_shot=rates.cost_2q_gate,
        )

    def _need_dollars(self) -> None:
        if self.cost_unit.lower() != "usd":
            raise ValueError(f"prices in USD expected, found {self.cost_unit}")


def gate_query(counts: Sequence[tuple[int, int]]) -> dict[str, int]:
    """Gates of all circuits as `GET /jobs/estimate` asks for them."""
    return {"1q_gates": sum(one for one, _ in counts), "2q_gates": sum(two for _, two in counts)}


def _properties(fidelity: Median | None, seconds: float | None) -> InstructionProperties:
    return InstructionProperties(duration=seconds, error=None if fidelity is None else 1 - fidelity.median)
