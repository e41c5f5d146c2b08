"""Imitated vendors behind servers that can be told to misbehave, and blocks that ask them.

IonQ's are `vendor`, `server` and `cloud`; IBM's `ibm`, `ibm_server` and `runtime`; Azure's `azure`,
`azure_server` and `workspace`; Amazon's `aws`, `aws_server` and `braket`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.transpiler import Target

from blocks.backends import _ibm_api
from blocks.backends._remote import RemoteBlock
from blocks.backends.aws_braket import AwsBraket
from blocks.backends.azure_quantum import AzureQuantum
from blocks.backends.ibm_runtime import IbmRuntime
from blocks.backends.ionq_cloud import IonqCloud
from qorum.remote import Accepted, RemoteBackend
from tests.faults.vendors.aws import Aws
from tests.faults.vendors.azure import SUBSCRIPTION, Azure
from tests.faults.vendors.ibm import CRN, DEVICE, Ibm
from tests.faults.vendors.ionq import Ionq
from tests.faults.vendors.loopback import Server

KEY = "canary-9f3b62"
TOKEN = "ab" * 32
AWS_ID, AWS_SECRET = "AKIACANARY5B1E90DC72", "canary-c41f/+07d9e2"
START = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def vendor() -> Ionq:
    return Ionq({KEY})


@pytest.fixture
def server(vendor: Ionq) -> Iterator[Server]:
    with Server(vendor) as serving:
        yield serving


@pytest.fixture
def cloud(server: Server) -> Callable[..., IonqCloud]:
    """A block with these settings, a paid device unless told otherwise."""

    def make(**settings: object) -> IonqCloud:
        given = {"device": "qpu.forte-1", "api_key": KEY, "url": f"{server.url}/v0.4", **settings}
        return IonqCloud.model_validate(given)

    return make


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """An imitated Amazon, on a machine without credentials or a region of its own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return Aws({AWS_ID: AWS_SECRET})


@pytest.fixture
def aws_server(aws: Aws) -> Iterator[Server]:
    with Server(aws) as serving:
        yield serving


@pytest.fixture
def braket(aws_server: Server) -> Callable[..., AwsBraket]:
    """A block with these settings, a QPU unless told otherwise."""

    def make(**settings: object) -> AwsBraket:
        keys = {"access_key_id": AWS_ID, "secret_access_key": AWS_SECRET}
        given = {"device": "garnet", "bucket": "results-of-tests", "url": aws_server.url, **keys, **settings}
        return AwsBraket.model_validate(given)

    return make


@pytest.fixture
def ibm(monkeypatch: pytest.MonkeyPatch) -> Ibm:
    # Ports are used again: a token of another test's server would be refused.
    monkeypatch.setattr(_ibm_api, "_tokens", _ibm_api._Tokens())
    return Ibm({KEY})


@pytest.fixture
def ibm_server(ibm: Ibm) -> Iterator[Server]:
    with Server(ibm) as serving:
        yield serving


@pytest.fixture
def runtime(ibm_server: Server) -> Callable[..., IbmRuntime]:
    """A block with these settings."""

    def make(**settings: object) -> IbmRuntime:
        given = {"device": DEVICE, "api_key": KEY, "instance": CRN, "url": ibm_server.url, **settings}
        return IbmRuntime.model_validate(given)

    return make


@pytest.fixture
def azure() -> Azure:
    return Azure({KEY})


@pytest.fixture
def azure_server(azure: Azure) -> Iterator[Server]:
    with Server(azure) as serving:
        yield serving


def connection_string(endpoint: str, key: str = KEY) -> str:
    """As the portal shows it."""
    names = f"SubscriptionId={SUBSCRIPTION};ResourceGroupName=group;WorkspaceName=work"
    return f"{names};ApiKey={key};QuantumEndpoint={endpoint}/;"


@pytest.fixture
def workspace(azure_server: Server) -> Callable[..., AzureQuantum]:
    """A block with these settings, a paid device unless told otherwise."""

    def make(**settings: object) -> AzureQuantum:
        given = {"target": "ionq.qpu.forte-1", "connection_string": connection_string(azure_server.url)}
        return AzureQuantum.model_validate({**given, **settings})

    return make


@cache
def manila() -> Target:
    """The imitated device of IBM's."""
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return FakeManilaV2().target


def ready(*circuits: QuantumCircuit) -> list[QuantumCircuit]:
    """Circuits compiled to IBM's imitated device."""
    return [
        transpile(circuit, target=manila(), optimization_level=1, seed_transpiler=5) for circuit in circuits
    ]


def one(name: str = "one") -> QuantumCircuit:
    """Three qubits of which no two are alike, on clbits in another order, one of which is never written.

    Qubit 1 is always 1; in 3/4 of the shots qubit 2 is 1 and qubit 0 is not, else the other way round.
    Clbits: 3 <- q0, 0 <- q1, 1 <- q2. So clbits 3210 read 0011 in 3/4 of the shots, else 1001.
    """
    circuit = QuantumCircuit(3, 4, name=name)
    circuit.ry(2.0943951023931953, 0)  # 2π/3: P(1) = 3/4
    circuit.cx(0, 2)
    circuit.x([0, 1])
    circuit.measure([0, 1, 2], [3, 0, 1])
    return circuit


def flipped(qubit: int, width: int = 3) -> QuantumCircuit:
    """Only this qubit is 1, and measured into the clbit of its number."""
    circuit = QuantumCircuit(width, width, name=f"flip {qubit}")
    circuit.x(qubit)
    circuit.measure(range(width), range(width))
    return circuit


def submit(block: RemoteBlock, *circuits: QuantumCircuit, shots: int = 400, token: str = TOKEN) -> str:
    """The id of a job that must be accepted."""
    told = _remote(block).submit(circuits or [one()], shots, token)
    assert isinstance(told, Accepted), told
    return told.job_id


def finish(block: RemoteBlock, job: str) -> None:
    """Poll until it is done; an imitation needs two polls."""
    states = [_remote(block).poll(job).state for _ in range(5)]
    assert states[-1] == "done", states


def fetched(
    block: RemoteBlock, *circuits: QuantumCircuit, shots: int = 400, token: str = TOKEN
) -> tuple[str, bytes]:
    """A job that is done, and its results."""
    job = submit(block, *circuits, shots=shots, token=token)
    finish(block, job)
    return job, _remote(block).fetch(job)


def _remote(block: RemoteBlock) -> RemoteBackend:
    return block.remote
