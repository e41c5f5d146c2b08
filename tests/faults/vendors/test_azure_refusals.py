"""What Azure Quantum cannot carry out, or nobody can pay or ask for, is refused before anything is sent."""

from __future__ import annotations

import json
import math
import re

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from blocks.backends.azure_quantum import AzureQuantum
from qorum.errors import BackendFailed
from qorum.remote import Accepted, Refused

from .conftest import KEY, START, TOKEN, connection_string, flipped, one, submit


def measured_midway() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2, name="mine")
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    return circuit


def of(gate: str, *operands: object) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="mine")
    getattr(circuit, gate)(*operands)
    circuit.measure([0, 1], [0, 1])
    return circuit


TARGETS = ("ionq.qpu.forte-1", "quantinuum.qpu.h2-1", "rigetti.qpu.cepheus-1-108q")
PRICED = {"usd_per_hqc": 10.0, "most_seconds": 0.5}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("circuits", "shots", "why"),
    [
        ([measured_midway()], 10, "mine: a static circuit expected, found measure"),
        ([of("reset", 0)], 10, "mine: a static circuit expected, found reset"),
        ([of("swap", 0, 1)], 10, r"found \['swap'\]"),
        ([of("rzz", 0.3, 0, 1)], 10, r"found \['rzz'\]"),
        ([of("rx", Parameter("a"), 0)], 10, "rx: angles as numbers expected"),
        ([of("rx", math.inf, 0)], 10, "finite angles expected, found others of rx"),
        ([QuantumCircuit(1, 1, name="mine")], 10, "mine: at least one measurement expected"),
        ([flipped(0, width=63)], 10, "at most 62 used qubits expected, found 63"),
        ([one(), one()], 10, "one circuit a job expected, found 2"),
        ([], 10, "at least one circuit expected"),
        ([one()], 0, "1 to 10000 shots expected, found 0"),
        ([one()], 10_001, "1 to 10000 shots expected, found 10001"),
    ],
)
def test_what_the_vendor_cannot_carry_out_is_not_sent(azure_server, workspace, target, circuits, shots, why):
    block = workspace(target=target, **PRICED)
    answer = block.submit(circuits, shots, TOKEN)
    assert isinstance(answer, Refused)
    assert re.search(why, answer.reason)
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why):
        block.estimate(circuits, shots)
    assert not azure_server.recorded


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("pasqal.qpu.fresnel", "analog"),
        ("ionq.qpu", "ionq.simulator"),
        ("ionq.qpu.forte-1/../x", "ionq.simulator"),
        ("microsoft.estimator", "ionq.simulator"),
        ("", "ionq.simulator"),
    ],
)
def test_a_target_that_takes_no_circuits_of_gates_cannot_be_set(target, why):
    with pytest.raises(ValueError, match=why):
        AzureQuantum(target=target)


@pytest.mark.parametrize("target", ["ionq.qpu.unheard-of", "quantinuum.qpu.h2-1", TARGETS[2]])
def test_a_paid_target_without_a_price_is_refused(azure_server, workspace, target):
    """Whoever submits reserves first, and cannot."""
    block = workspace(target=target)
    with pytest.raises(BackendFailed, match=r"price of ionq.* is not known|set usd_per_hqc|set most_seconds"):
        block.estimate([one()], 100)
    assert not azure_server.recorded
    with pytest.raises(
        BackendFailed, match=r"no target ionq.qpu.unheard-of|set usd_per_hqc|set most_seconds"
    ):
        block.profile()


def test_only_the_qubits_in_use_are_sent(azure, workspace):
    padded = QuantumCircuit(36, 3)
    padded.x(20)
    padded.rz(1e-5, 20)
    padded.cx(20, 7)
    padded.measure(7, 2)
    texts = {}
    for number, target in enumerate(TARGETS):
        job = submit(workspace(target=target, **PRICED), padded, token=f"{number:064x}")
        texts[target.partition(".")[0]] = azure.blobs[f"/job-{job}/inputData"].decode()
    gates = [{"gate": "x", "target": 1}, {"gate": "rz", "target": 1, "rotation": 1e-5}]
    gates.append({"gate": "cnot", "control": 1, "target": 0})
    assert json.loads(texts["ionq"]) == {"gateset": "qis", "qubits": 2, "circuit": gates}
    assert texts["quantinuum"].splitlines()[2:] == [
        *("qreg q[2];", "creg c[1];", "x q[1];", "rz(0.00001000000000000) q[1];", "cx q[1], q[0];"),
        "measure q[0] -> c[0];",
    ]
    assert texts["rigetti"].splitlines() == [
        *("DECLARE ro BIT[1]", "X 1", "RZ(0.00001000000000000) 1", "CNOT 1 0", "MEASURE 0 ro[0]"),
    ]


def test_a_key_that_is_revoked_is_a_refusal_for_every_method(azure, workspace):
    job = submit(workspace())
    azure.keys.clear()
    answer = workspace().submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "HTTP 401" in answer.reason
    block = workspace()
    for ask in (
        lambda: block.poll(job),
        lambda: block.fetch(job),
        lambda: block.cancel(job),
        lambda: block.find(TOKEN, START),
        lambda: block.invoice(job, [one()], 400),
        lambda: block.profile(),
    ):
        with pytest.raises(BackendFailed, match="HTTP 401") as caught:
            ask()
        assert KEY not in str(caught.value)


FULL = connection_string("https://eastus.quantum.azure.com")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "no connection string: set AZURE_QUANTUM_CONNECTION_STRING"),
        (KEY, "lacks SubscriptionId"),
        (FULL.replace("WorkspaceName=work;", ""), "lacks WorkspaceName"),
        (FULL.replace("group", ""), "lacks ResourceGroupName"),
        (FULL.replace(f"ApiKey={KEY};", ""), "lacks ApiKey"),
        (FULL.replace("QuantumEndpoint", "Endpoint"), "lacks QuantumEndpoint"),
        (FULL.replace("=work", f"={KEY}/.."), "has no proper WorkspaceName"),
        (FULL.replace("0000-0", f"-{KEY}"), "has no proper SubscriptionId"),
    ],
)
def test_credentials_that_are_missing_or_half_there_are_told_by_what_to_do(
    azure_server, workspace, monkeypatch, given, why
):
    monkeypatch.delenv("AZURE_QUANTUM_CONNECTION_STRING", raising=False)
    answer = workspace(connection_string=given).submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert "AZURE_QUANTUM_CONNECTION_STRING" in answer.reason
    assert KEY not in answer.reason
    for ask in (workspace(connection_string=given).profile, lambda: workspace(connection_string=given).place):
        with pytest.raises(BackendFailed, match=why) as caught:
            ask()
        assert KEY not in str(caught.value)
    assert not azure_server.recorded


def test_the_connection_string_of_the_environment_serves_too(azure_server, workspace, monkeypatch):
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", f"{connection_string(azure_server.url)}\n")
    assert isinstance(workspace(connection_string=None).submit([one()], 400, TOKEN), Accepted)
