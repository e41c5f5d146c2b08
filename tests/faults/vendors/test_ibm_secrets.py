"""The API key reaches IBM Cloud's token service alone; the access token IBM's runtime alone."""

from __future__ import annotations

import logging
import pickle
import traceback
from urllib.parse import parse_qs

import pytest

from blocks.backends import load_backend
from blocks.backends._ibm_api import runtime_url
from blocks.backends.ibm_runtime import IbmRuntime
from qorum.errors import BackendFailed, NoEligibleBackend, QorumError, VendorUnreachable
from qorum.remote import Unclear

from .conftest import KEY, START, TOKEN, finish, one, ready, submit
from .ibm import CRN, DEVICE
from .loopback import Answer, Server


def test_neither_key_nor_access_token_is_in_a_log_error_name_or_result(
    ibm, ibm_server, runtime, caplog, capsys
):
    caplog.set_level(logging.DEBUG)
    block, said, circuits = runtime(), [], ready(one())
    job = submit(block, *circuits)
    [access] = ibm.tokens
    finish(block, job)
    said += [block, repr(block), block.backend_name, block.place, block.profile(), block.poll(job)]
    said += [block.fetch(job), block.parse(block.fetch(job), job, circuits, 400), block.model_dump_json()]
    said += [block.estimate(circuits, 400), block.invoice(job, circuits, 400), block.find(TOKEN, START)]
    said += [pickle.dumps(block), repr(block._api()), repr(block._api().opened()), repr(block._secrets())]
    said.pop(-4)  # a pickled block holds what it was given, as the saved one does
    for fault in (
        {"kind": "drop"},
        {"kind": "corrupt", "body": f"<{KEY} {access}>".encode()},
        {"kind": "truncate"},
    ):
        ibm_server.fault("POST", "/jobs$", **fault)
        said.append(block.submit(circuits, 400, TOKEN))
    ibm.keys = {"another"}  # the vendor quotes the credentials that it refuses
    said.append(block.submit(circuits, 400, TOKEN))
    said.append(block.submit(circuits, 400, TOKEN))
    for ask in (block.poll, block.fetch, block.cancel):
        with pytest.raises(QorumError) as caught:
            ask(job)
        error = caught.value
        said += [error, repr(error), pickle.dumps(error), "".join(traceback.format_exception(error))]
    said += [caplog.text, *capsys.readouterr()]
    for secret in (KEY, *ibm.tokens):
        assert not [text for text in said if secret in str(text)]
    assert any("credentials Bearer *** are invalid" in str(text) for text in said)
    assert any("API key *** could not" in str(text) for text in said)


def test_the_key_goes_to_the_token_service_alone_and_the_access_token_to_the_runtime(
    ibm, ibm_server, runtime
):
    job = submit(runtime(), *ready(one()))
    finish(runtime(), job)
    runtime().fetch(job)
    for call in ibm_server.recorded:
        sent = f"{call.request.path} {call.request.query} {call.request.headers} {call.request.body}"
        granting = call.request.path == "/identity/token"
        assert (KEY in sent) == granting
        assert any(access in sent for access in ibm.tokens) != granting
    [grant] = ibm_server.calls("POST", "/identity/token$")
    assert parse_qs(grant.request.body.decode())["apikey"] == [KEY]


def test_where_the_token_service_fails_the_runtime_is_not_asked(ibm_server, runtime):
    ibm_server.fault("POST", "/identity/token$", "refuse", status=500, times=9)
    with pytest.raises(VendorUnreachable, match="HTTP 500: of IBM Cloud's token service"):
        runtime().profile()
    assert [call.request.path for call in ibm_server.recorded] == ["/identity/token"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(ibm_server, runtime, status):
    with Server(lambda request: Answer(200, {})) as elsewhere:
        to = {"status": status, "headers": {"Location": elsewhere.url}}
        ibm_server.fault("POST", "/jobs$", "error", **to)
        ibm_server.fault("GET", "/jobs/x$", "error", **to)
        ibm_server.fault("POST", "/identity/token$", "error", **to)
        with pytest.raises(VendorUnreachable):
            runtime().poll("x")
        assert isinstance(runtime().submit(ready(one()), 400, TOKEN), Unclear)
        with pytest.raises(VendorUnreachable):
            runtime().poll("x")
        assert not elsewhere.recorded


def test_a_proxy_of_the_environment_does_not_see_what_goes_to_this_machine(runtime, monkeypatch):
    with Server(lambda request: Answer(200, {})) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        submit(runtime(), *ready(one()))
        assert not proxy.recorded


@pytest.mark.parametrize(
    "url",
    [
        "https://ibm.example",
        "https://quantum.cloud.ibm.com",
        "https://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
    ],
)
def test_no_other_host_can_be_set(url):
    with pytest.raises(ValueError, match="no address, for IBM's own, or one of this machine"):
        IbmRuntime(device=DEVICE, url=url)
    with pytest.raises(NoEligibleBackend, match="one of this machine"):
        load_backend(f"ibm?device={DEVICE}&url={url}")


def test_the_host_is_that_of_the_instance_s_region():
    assert runtime_url(CRN, "") == "https://quantum.cloud.ibm.com/api/v1"
    assert runtime_url(CRN.replace("us-east", "eu-de"), "") == "https://eu-de.quantum.cloud.ibm.com/api/v1"


def test_a_job_id_leads_nowhere_but_to_jobs(ibm_server, runtime):
    with pytest.raises(BackendFailed):
        runtime().poll("../backends/x?y=")
    assert ibm_server.recorded[-1].request.path == "/api/v1/jobs/..%2Fbackends%2Fx%3Fy%3D"


def test_a_key_in_a_name_is_refused_and_not_told():
    with pytest.raises(NoEligibleBackend, match="api_key is secret") as caught:
        load_backend(f"ibm?device={DEVICE}&api_key={KEY}")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "device=ibm_… or fake=… expected"),
        ({"device": DEVICE, "fake": "manila"}, "device=ibm_… or fake=… expected"),
        ({"fake": "torin"}, "close ones are fake_torino"),
        ({"fake": "manila", "dynamical_decoupling": "XX"}, "goes with a device only"),
        ({"device": DEVICE, "max_execution_seconds": 10_801}, "10800"),
    ],
)
def test_settings_that_do_not_fit_are_told_without_the_key(settings, why):
    with pytest.raises(ValueError, match=why) as caught:
        IbmRuntime(api_key=KEY, **settings)
    assert KEY not in str(caught.value)


def test_a_name_has_the_settings_that_differ_and_loads_the_block_again(ibm_server, runtime, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", KEY)
    name = runtime(max_execution_seconds=9).backend_name
    assert name == f"ibm?device={DEVICE}&instance={CRN}&max_execution_seconds=9&url={ibm_server.url}"
    again = load_backend(name)
    assert again.backend_name == name
    assert again.remote is again
    assert again.profile().name == name


def test_jobs_are_not_run_past_the_ledger(ibm_server, runtime):
    with pytest.raises(BackendFailed, match="carried out through the ledger"):
        runtime().run(ready(one()), 400, [1])
    assert not ibm_server.recorded


def test_a_profile_tells_calibration_price_and_wait(runtime):
    profile = runtime().profile()
    assert (profile.num_qubits, profile.max_shots, profile.queue_wait) == (5, 1_000_000, 60.0)
    assert (profile.pool, profile.provider, profile.device) == ("qpu", "ibm", DEVICE)
    assert profile.calibrated_at.year > 2000
    assert profile.calibration_id == runtime().profile().calibration_id
    assert profile.noisy
    assert profile.target.dt is not None
