"""The key reaches the workspace, a signed link what it leads to, and nothing else has either."""

from __future__ import annotations

import json
import logging
import pickle
import traceback

import pytest

from blocks.backends import load_backend
from blocks.backends._azure_workspace import Link
from blocks.backends.azure_quantum import AzureQuantum
from qorum.errors import BackendFailed, NoEligibleBackend, QorumError, VendorUnreachable
from qorum.remote import Refused, Unclear

from .azure import ACCESS_TOKEN, SIGNATURE, _quoted
from .conftest import KEY, START, TOKEN, connection_string, fetched, finish, one, submit
from .loopback import Answer, Server

JOB = "/jobs/[^/]*$"
SECRETS = (KEY, SIGNATURE, _quoted(SIGNATURE), _quoted(SIGNATURE)[-12:], ACCESS_TOKEN)


def secrets_in(text: object) -> list[str]:
    data = text if isinstance(text, bytes) else str(text).encode()
    return [secret for secret in SECRETS if secret.encode() in data]


def test_no_secret_is_in_a_log_error_name_or_result(azure, azure_server, workspace, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    block, said = workspace(target="quantinuum.qpu.h2-1", usd_per_hqc=10.0), []
    job = submit(block)
    finish(block, job)
    said += [block, repr(block), block.backend_name, block.place, block.profile(), block.poll(job)]
    said += [block.fetch(job), block.parse(block.fetch(job), job, [one()], 400), block.model_dump_json()]
    said += [block.estimate([one()], 400), block.invoice(job, [one()], 400), block.find(TOKEN, START)]
    quoting = json.dumps(
        {"error": {"code": "x", "message": f"{KEY} at https://x/y?sv=1&sig={_quoted(SIGNATURE)}"}}
    )
    for number, fault in enumerate(
        [
            {"kind": "drop"},
            {"kind": "truncate"},
            {"kind": "corrupt", "body": f"<{KEY} sig={_quoted(SIGNATURE)}>".encode()},
            {
                "kind": "corrupt",
                "body": f'{{"id": "x", "u": "https://x/y?sig={_quoted(SIGNATURE)}"}}'.encode(),
            },
            {"kind": "error", "status": 500, "body": quoting.encode()},
            {"kind": "refuse", "status": 400, "body": quoting.encode()},
        ]
    ):
        for method, path in (("PUT", JOB), ("POST", "/sasUri$"), ("PUT", "/inputData$")):
            azure_server.fault(method, path, **fault)
            said.append(block.submit([one()], 400, f"{number:064x}"))
            azure_server.heal()
        for ask in (block.poll, block.fetch, block.cancel):
            azure_server.fault("GET", JOB, **fault)
            azure_server.fault("POST", ":cancel$", **fault)
            with pytest.raises(QorumError) as caught:
                ask(job)
            azure_server.heal()
            error = caught.value
            said += [error, repr(error), pickle.dumps(error), "".join(traceback.format_exception(error))]
    azure.keys = {"another"}  # the vendor quotes the key that it refuses
    said.append(block.submit([one()], 400, TOKEN))
    said += [caplog.text, *capsys.readouterr()]
    assert not [(text, secrets_in(text)) for text in said if secrets_in(text)]
    assert any("key *** is not valid" in str(text) for text in said)
    assert any("y?sv=1&sig=***" in str(text) for text in said)
    assert "/inputData" in caplog.text  # requests are in the log: without what opens them


def test_a_failure_that_quotes_a_link_is_told_without_what_opens_it(azure, workspace):
    azure.queue, azure.fails = 0, {"code": "x", "message": f"no https://a/b?sig={_quoted(SIGNATURE)}, {KEY}"}
    status = workspace().poll(submit(workspace()))
    assert status.reason == "x: no https://a/b?sig=*** ***"


def test_the_key_goes_to_the_workspace_and_signatures_to_the_store_and_the_job(azure_server, workspace):
    fetched(workspace())
    workspace().profile()
    for call in azure_server.recorded:
        request = call.request
        is_store = request.path.startswith("/job-")
        assert ("x-ms-quantum-api-key" in request.headers) != is_store
        assert KEY not in str(request.headers) or not is_store
        assert ("sig" in request.query) == is_store
        is_signed = _quoted(SIGNATURE).encode() in request.body
        assert is_signed == (request.method == "PUT" and not is_store)


def test_what_is_stored_opens_nothing_but_says_all_else(azure, workspace):
    block = workspace(target="quantinuum.qpu.h2-1", usd_per_hqc=10.0)
    job, raw = fetched(block)
    found = json.loads(raw)
    record, results = json.loads(found["record"]), json.loads(found["results"])
    assert (record["id"], record["status"], record["inputParams"]) == (job, "Succeeded", {"shots": 400})
    assert record["outputDataUri"].endswith("/rawOutputData?sig=***")
    assert results["access_token"] == "***"
    assert len(results["c"]) == 400
    assert not secrets_in(raw)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(azure_server, workspace, status):
    with Server(lambda request: Answer(200, {})) as elsewhere:
        told = {"status": status, "headers": {"Location": f"{elsewhere.url}/jobs"}}
        azure_server.fault("PUT", JOB, "error", **told)
        assert isinstance(workspace().submit([one()], 400, TOKEN), Unclear)
        azure_server.fault("PUT", "/inputData$", "error", **told)
        assert isinstance(workspace().submit([one()], 400, "cd" * 32), Refused)
        azure_server.fault("GET", JOB, "error", **told)
        with pytest.raises(VendorUnreachable):
            workspace().poll("x")
        assert not elsewhere.recorded


LEADS = [
    "https://evil.example/job-x?sig=s",
    "https://blob.core.windows.net.evil.example/job-x?sig=s",
    "https://a.blob.core.windows.net@evil.example/job-x?sig=s",
    "https://a.blob.core.windows.net:8443/job-x?sig=s",
    "http://a.blob.core.windows.net/job-x?sig=s",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("link", LEADS)
def test_a_link_that_leads_elsewhere_is_not_followed(azure_server, workspace, link):
    job, _ = fetched(workspace())
    azure_server.recorded.clear()
    body = json.dumps({"sasUri": link}).encode()
    azure_server.fault("POST", "/sasUri$", "corrupt", body=body, times=2)
    answer = workspace().submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "a link to Azure's blob store expected" in answer.reason
    with pytest.raises(VendorUnreachable, match="a link to Azure's blob store expected"):
        workspace().fetch(job)
    assert not azure_server.calls("PUT")


def test_a_link_to_the_store_is_taken_apart_and_put_together_again():
    for host in ("https://acc7.blob.core.windows.net", "https://acc7.z21.blob.storage.azure.net"):
        text = f"{host}/job-x?sv=2023-11-03&sig={_quoted(SIGNATURE)}"
        link = Link.of(text, False)
        assert (link.url, link.query["sig"], link.signed) == (f"{host}/job-x", SIGNATURE, text)
        assert not secrets_in(repr(link))
    with pytest.raises(ValueError, match="blob store expected, found one to 127"):
        Link.of("http://127.0.0.1:10000/job-x?sig=s", False)  # only where the workspace is here, too


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://azure.example",
        "http://eastus.quantum.azure.com",
        "https://eastus.quantum.azure.com.evil.example",
        "https://eastus.quantum.azure.com@evil.example",
        "https://evil.example/.quantum.azure.com",
        "https://eastus.quantum.azure.com:8443",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1:9/elsewhere",
    ],
)
def test_the_key_is_sent_to_no_other_host(workspace, endpoint):
    block = workspace(connection_string=connection_string(endpoint))
    answer = block.submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "QuantumEndpoint is https://REGION.quantum.azure.com/ expected" in answer.reason
    assert answer.retry_after is None


@pytest.mark.parametrize("region", ["eastus", "westeurope", "eastus-v2"])
def test_a_workspace_of_any_region_is_taken(workspace, region):
    block = workspace(connection_string=connection_string(f"https://{region}.quantum.azure.com"))
    root = f"https://{region}.quantum.azure.com/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups"
    rest = "group/providers/Microsoft.Quantum/workspaces/work/ionq.qpu.forte-1"
    assert block.place == f"{root}/{rest}"


@pytest.mark.parametrize("key", [f"{KEY}ü", f"{KEY}\x00", f"{KEY}\x7f"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(azure_server, workspace, key):
    block = workspace(connection_string=connection_string(azure_server.url, key))
    answer = block.submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert KEY not in answer.reason
    assert not azure_server.recorded


def test_a_job_id_leads_nowhere_but_to_jobs(azure_server, workspace):
    with pytest.raises(BackendFailed):
        workspace().poll("../quotas?x=")
    [call] = azure_server.recorded
    assert call.request.path.endswith("/jobs/..%2Fquotas%3Fx%3D")


def test_a_connection_string_in_a_name_is_refused_and_not_told():
    with pytest.raises(NoEligibleBackend, match="connection_string is secret") as caught:
        load_backend(f"azure?target=ionq.simulator&connection_string={KEY}")
    assert KEY not in str(caught.value)
    with pytest.raises(NoEligibleBackend, match="analog") as caught:
        load_backend("azure?target=pasqal.sim.emu-tn")
    assert "connection_string" not in str(caught.value)
    with pytest.raises(ValueError, match=r"ionq\.simulator") as caught:
        AzureQuantum(target="abacus", connection_string=KEY)
    assert KEY not in str(caught.value)


def test_a_name_has_the_settings_that_differ_and_loads_the_block_again(azure_server, workspace, monkeypatch):
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", connection_string(azure_server.url))
    name = workspace(target="quantinuum.qpu.h2-1", usd_per_hqc=12.5).backend_name
    assert name == "azure?target=quantinuum.qpu.h2-1&usd_per_hqc=12.5"
    again = load_backend(name)
    assert (again.backend_name, again.is_remote, again.profile().name) == (name, True, name)
    assert load_backend("azure").backend_name == "azure"


def test_jobs_are_not_run_past_the_ledger(azure_server, workspace):
    with pytest.raises(BackendFailed, match="carried out through the ledger"):
        workspace().run([one()], 400, [1])
    assert not azure_server.recorded


def test_a_profile_tells_qubits_price_and_wait(azure, azure_server, workspace):
    profile = workspace().profile()
    assert (profile.num_qubits, profile.max_shots, profile.max_circuits) == (36, 10_000, 1)
    assert (profile.pool, profile.provider, profile.engine) == ("qpu", "azure", "ionq")
    assert (profile.device, profile.queue_wait) == ("ionq.qpu.forte-1", 60.0)
    assert (profile.noisy, profile.dynamic, profile.price.is_free) == (True, False, False)
    assert not {"swap", "if_else"} & set(profile.target.operation_names)
    assert len(azure_server.recorded) == 1
    qubits = {
        "quantinuum.sim.h2-1e": 32,
        "quantinuum.qpu.h2-1": 56,
        "rigetti.sim.qvm": 20,
        "ionq.simulator": 29,
    }
    noisy = {"quantinuum.sim.h2-1e", "quantinuum.qpu.h2-1"}
    for target, number in qubits.items():
        profile = workspace(target=target, usd_per_hqc=10.0).profile()
        assert (profile.num_qubits, profile.noisy) == (number, target in noisy)


@pytest.mark.parametrize("status", ["Unavailable", "Degraded", "On holiday"])
def test_a_target_that_is_not_available_waits_for_ever(azure, workspace, status):
    azure.availability = status
    assert workspace().profile().queue_wait == float("inf")


def test_a_target_that_the_workspace_has_not_is_told_with_those_it_has(workspace):
    with pytest.raises(
        BackendFailed, match=r"no target ionq\.qpu\.aria-1, but ionq\.qpu\.forte-1, ionq\.sim"
    ):
        workspace(target="ionq.qpu.aria-1").profile()
