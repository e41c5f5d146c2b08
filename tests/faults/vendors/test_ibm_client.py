"""The imitation is asked by IBM's own client, too: what it answers is what that understands."""

from __future__ import annotations

from typing import Any

import pytest
from qiskit_ibm_runtime import IBMBackend
from qiskit_ibm_runtime.api.client import RuntimeClient
from qiskit_ibm_runtime.api.client_parameters import ClientParameters
from qiskit_ibm_runtime.executor_sampler import Sampler
from qiskit_ibm_runtime.utils.backend_decoder import configuration_from_server_data

from .conftest import KEY, TOKEN, fetched, one, ready
from .ibm import CRN, DEVICE


@pytest.fixture
def client(ibm_server, monkeypatch) -> RuntimeClient:
    monkeypatch.setenv("IAM_URL", ibm_server.url)
    url = f"{ibm_server.url}/api/v1"
    asked = ClientParameters(
        channel="ibm_quantum_platform", token=KEY, url=url, instance=CRN, url_resolver=lambda *_: url
    )
    return RuntimeClient(asked)


def test_a_job_of_ours_is_read_by_ibm_s_client_as_by_ours(runtime, client):
    block = runtime()
    job, _ = fetched(block, *ready(one()))
    assert [found["id"] for found in client.jobs_get(job_tags=[TOKEN], limit=10)["jobs"]] == [job]
    told = client.job_get(job)
    assert (told["id"], told["state"]["status"], told["tags"]) == (job, "Completed", [TOKEN])
    assert client.job_metadata(job)["usage"]["qpu_charge_time_seconds"] == block.invoice(job, [], 1).amount
    status = client.backend_status(DEVICE)
    assert (status["operational"], status["status_msg"], status["pending_jobs"]) == (True, "active", 3)


class Service:
    """As much of the library's service as sends a job."""

    is_local = False

    def __init__(self, client: RuntimeClient) -> None:
        self.client = client

    def _run(self, program_id: str, inputs: Any, options: Any, **_: Any) -> str:
        told = self.client.program_run(
            *(program_id, options["backend"], inputs, None, options["log_level"], None),
            job_tags=options["job_tags"],
            max_execution_time=options["max_execution_time"],
        )
        return told["id"]


def sent_by_ibm(client: RuntimeClient) -> str:
    """A job with our token that IBM's library makes and IBM's client sends."""
    configuration = configuration_from_server_data(client.backend_configuration(DEVICE), CRN)
    device = IBMBackend(configuration, Service(client), client, instance=CRN)
    options = {"environment": {"job_tags": [TOKEN]}, "max_execution_time": 60}
    return Sampler(device, options).run(ready(one()), shots=400)


def test_what_ibm_s_client_sends_is_what_ours_sends(ibm, runtime, client):
    ours, _ = fetched(runtime(), *ready(one()))
    theirs = sent_by_ibm(client)
    bodies = [ibm.jobs[job].body for job in (ours, theirs)]
    assert bodies[0].keys() == bodies[1].keys()
    for name in ("program_id", "log_level", "backend", "tags", "cost"):
        assert bodies[0][name] == bodies[1][name]
    assert bodies[0]["params"].keys() == bodies[1]["params"].keys()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_ibm_s_client_would_buy_twice(ibm, ibm_server, client, status):
    """Why it sends nothing for us. Where this fails, it has learned better: see `_ibm_api`."""
    ibm_server.fault("POST", "/jobs$", "error", status=status)
    sent_by_ibm(client)
    assert len(ibm.accepted(TOKEN)) == 2
