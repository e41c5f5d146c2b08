"""Vendors that jobs are submitted to by `benchmarks.submit_once --vendors`; a further one is one entry.

Each is imitated at the level of its protocol, by a server on loopback that the real block asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Protocol

from qiskit import QuantumCircuit, transpile

from blocks.backends._remote import RemoteBlock
from blocks.backends.aws_braket import AwsBraket
from blocks.backends.azure_quantum import AzureQuantum
from blocks.backends.ibm_runtime import IbmRuntime
from blocks.backends.ionq_cloud import IonqCloud
from tests.faults.vendors import azure, ibm
from tests.faults.vendors.aws import Aws
from tests.faults.vendors.azure import Azure
from tests.faults.vendors.ibm import Ibm
from tests.faults.vendors.ionq import Ionq
from tests.faults.vendors.loopback import Answer, Request

KEY, SECRET = "key-of-an-imitation", "secret-of-an-imitation"

Ticks = Callable[[], float]
"""Seconds since 1970 of the clock that workers and vendor share."""


class Imitation(Protocol):
    """What is asked of an imitated vendor besides answers."""

    lag: float

    def __call__(self, request: Request) -> Answer:
        """The answer to one request."""
        ...

    def accepted(self, token: str) -> Sequence[object]:
        """Jobs taken with this token."""
        ...

    def invoice(self) -> float:
        """USD of all jobs."""
        ...


@dataclass(frozen=True)
class Vendor:
    """A vendor, imitated.

    Attributes:
        imitation: a new one; chance decides what its documents leave open.
        block: that asks it, at the address of its server.
        circuits: as they are sent.
        submission: method and path (a regular expression) of the request that makes a job.
        most_lag: seconds after it took a job until it lists it, at most, as the block's `list_lag_seconds`
            has it beside the time limits of requests.
    """

    imitation: Callable[[Random, Ticks], Imitation]
    block: Callable[[str], RemoteBlock]
    circuits: Callable[[], Sequence[QuantumCircuit]]
    submission: tuple[str, str]
    most_lag: float = 60.0


def _ionq(chance: Random, ticks: Ticks) -> Imitation:
    return Ionq({KEY}, queue=chance.randint(0, 3), ticks=ticks, clock=_dated(ticks))


def _ionq_block(url: str) -> RemoteBlock:
    return IonqCloud.model_validate({"device": "qpu.forte-1", "api_key": KEY, "url": f"{url}/v0.4"})


def _ibm(chance: Random, ticks: Ticks) -> Imitation:
    return Ibm({KEY}, queue=chance.randint(0, 3), ticks=ticks, clock=_dated(ticks))


def _ibm_block(url: str) -> RemoteBlock:
    given = {"device": ibm.DEVICE, "api_key": KEY, "instance": ibm.CRN, "url": url}
    return IbmRuntime.model_validate(given)


def _azure(chance: Random, ticks: Ticks) -> Imitation:
    again = chance.choice(("same", "conflict"))
    return Azure({KEY}, queue=chance.randint(0, 3), again=again, ticks=ticks)


def _azure_block(url: str) -> RemoteBlock:
    names = f"SubscriptionId={azure.SUBSCRIPTION};ResourceGroupName=group;WorkspaceName=work"
    told = f"{names};ApiKey={KEY};QuantumEndpoint={url}/;"
    return AzureQuantum.model_validate({"target": "ionq.qpu.forte-1", "connection_string": told})


def _aws(chance: Random, ticks: Ticks) -> Imitation:
    return Aws({KEY: SECRET}, queue=chance.randint(0, 3), ticks=ticks, clock=_dated(ticks))


def _aws_block(url: str) -> RemoteBlock:
    keys = {"access_key_id": KEY, "secret_access_key": SECRET}
    return AwsBraket.model_validate({"device": "garnet", "bucket": "results-of-races", "url": url, **keys})


def _dated(ticks: Ticks) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(ticks(), UTC)


def circuit() -> QuantumCircuit:
    """Two qubits that agree."""
    made = QuantumCircuit(2, 2, name="pair")
    made.h(0)
    made.cx(0, 1)
    made.measure([0, 1], [0, 1])
    return made


def _for_manila() -> Sequence[QuantumCircuit]:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return [transpile(circuit(), target=FakeManilaV2().target, optimization_level=1, seed_transpiler=5)]


VENDORS: Mapping[str, Vendor] = {
    "ionq": Vendor(_ionq, _ionq_block, lambda: [circuit()], ("POST", "/jobs$")),
    "ibm": Vendor(_ibm, _ibm_block, _for_manila, ("POST", "/jobs$")),
    "aws": Vendor(_aws, _aws_block, lambda: [circuit()], ("POST", "/quantum-task$")),
    "azure": Vendor(_azure, _azure_block, lambda: [circuit()], ("PUT", "/jobs/[^/]+$")),
}
