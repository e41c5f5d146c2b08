"""The API key reaches IonQ and nothing else."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest

from blocks.backends import _http, load_backend
from blocks.backends.ionq_cloud import IonqCloud
from qorum.errors import BackendFailed, NoEligibleBackend, QorumError, VendorUnreachable
from qorum.remote import Refused, Unclear

from .conftest import KEY, START, TOKEN, finish, one, submit
from .ionq import Ionq
from .loopback import Answer, Server


def test_the_key_is_in_no_log_error_name_or_result(vendor, server, cloud, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    block, said = cloud(), []
    job = submit(block)
    finish(block, job)
    said += [block, repr(block), block.backend_name, block.profile(), block.poll(job)]
    said += [block.fetch(job), block.parse(block.fetch(job), job, [one()], 400), block.model_dump_json()]
    said += [block.estimate([one()], 400), block.invoice(job, [one()], 400), block.find(TOKEN, START)]
    vendor.keys = {"another"}  # the vendor quotes the key that it refuses
    said.append(block.submit([one()], 400, TOKEN))
    for fault in ({"kind": "drop"}, {"kind": "corrupt", "body": f"<{KEY}>".encode()}, {"kind": "truncate"}):
        vendor.keys = {KEY}
        server.fault("POST", "/jobs$", **fault)
        said.append(block.submit([one()], 400, TOKEN))
    vendor.keys = {"another"}
    for ask in (block.poll, block.fetch, block.cancel):
        with pytest.raises(QorumError) as caught:
            ask(job)
        error = caught.value
        said += [error, repr(error), pickle.dumps(error), "".join(traceback.format_exception(error))]
    said += [caplog.text, *capsys.readouterr()]
    assert not [text for text in said if KEY in str(text) or KEY.encode() in bytes(str(text), "utf8")]
    assert any("API key *** failed" in str(text) for text in said)
    assert all(KEY in call.request.headers.get("authorization", KEY) for call in server.recorded)


def test_a_description_of_a_device_is_asked_for_without_the_key(server, cloud):
    cloud().profile()
    told = {call.request.path: "authorization" in call.request.headers for call in server.recorded}
    assert len(told) == 3
    assert [path for path, with_key in told.items() if with_key] == ["/v0.4/jobs/estimate"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, cloud, status):
    with Server(lambda request: Answer(200, {})) as elsewhere:
        server.fault(
            "POST", "/jobs$", "error", status=status, headers={"Location": f"{elsewhere.url}/v0.4/jobs"}
        )
        server.fault("GET", "/jobs/x$", "error", status=status, headers={"Location": elsewhere.url})
        assert isinstance(cloud().submit([one()], 400, TOKEN), Unclear)
        with pytest.raises(VendorUnreachable):
            cloud().poll("x")
        assert not elsewhere.recorded


def test_a_proxy_of_the_environment_does_not_see_what_goes_to_this_machine(cloud, monkeypatch):
    with Server(lambda request: Answer(200, {})) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        submit(cloud())
        assert not proxy.recorded


@pytest.mark.parametrize(
    "url",
    [
        "https://ionq.example/v0.4",
        "http://api.ionq.co/v0.4",
        "https://api.ionq.co.example/v0.4",
        "https://api.ionq.co@evil.example/v0.4",
        "http://127.0.0.1@evil.example/v0.4",
        "http://127.0.0.1.evil.example/v0.4",
        "https://api.ionq.co:8443/v0.4",
    ],
)
def test_no_other_host_can_be_set(url):
    with pytest.raises(ValueError, match=r"api\.ionq\.co/v0\.4 or an address of this machine"):
        IonqCloud(url=url)
    with pytest.raises(NoEligibleBackend, match="an address of this machine"):
        load_backend(f"ionq?url={url}")


def test_a_job_id_leads_nowhere_but_to_jobs(server, cloud):
    with pytest.raises(BackendFailed):
        cloud().poll("../backends/qpu.forte-1?x=")
    assert [call.request.path for call in server.recorded] == [
        "/v0.4/jobs/..%2Fbackends%2Fqpu.forte-1%3Fx%3D"
    ]


def test_a_key_in_a_name_is_refused_and_not_told():
    with pytest.raises(NoEligibleBackend, match="api_key is secret") as caught:
        load_backend(f"ionq?device=simulator&api_key={KEY}")
    assert KEY not in str(caught.value)
    with pytest.raises(NoEligibleBackend) as caught:
        load_backend("ionq?device=abacus")
    assert "api_key" not in str(caught.value)


def test_settings_that_do_not_fit_are_told_without_the_key():
    with pytest.raises(ValueError, match="simulator only") as caught:
        IonqCloud(device="qpu.forte-1", noise="aria-1", api_key=KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY}\nX-Evil: 1", f"{KEY} {KEY}", f"{KEY}ü", "\x00"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(server, cloud, key):
    answer = cloud(api_key=key).submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert KEY not in answer.reason
    assert not server.recorded


def test_a_name_has_the_settings_that_differ_and_loads_the_block_again(server, cloud, monkeypatch):
    monkeypatch.setenv("IONQ_API_KEY", KEY)
    name = cloud(session="s-1").backend_name
    assert name == f"ionq?device=qpu.forte-1&session=s-1&url={server.url}/v0.4"
    again = load_backend(name)
    assert again.backend_name == name
    assert again.is_remote
    assert again.profile().name == name
    assert load_backend("ionq").backend_name == "ionq"


def test_jobs_are_not_run_past_the_ledger(server, cloud):
    with pytest.raises(BackendFailed, match="carried out through the ledger"):
        cloud().run([one()], 400, [1])
    assert not server.recorded


def test_a_profile_tells_calibration_price_and_wait(cloud):
    profile = cloud().profile()
    assert (profile.num_qubits, profile.max_shots, profile.queue_wait) == (36, 1_000_000, 60.0)
    assert (profile.pool, profile.provider, profile.device) == ("qpu", "ionq", "qpu.forte-1")
    assert profile.calibration_id == "c0ffee00-0000-4000-8000-000000000001"
    assert profile.calibrated_at.isoformat() == "2026-11-01T00:00:00+00:00"
    assert profile.noisy
    assert not profile.dynamic
    assert not profile.price.is_free
    assert profile.target["cx"][(3, 35)].error == pytest.approx(1 - 0.9946)
    assert profile.target["cx"][(35, 3)].duration == 0.00097
    assert profile.target["measure"][(0,)].error == pytest.approx(1 - 0.9962)
    assert profile.target.qubit_properties[35].t2 == 1


def test_a_simulator_is_free_and_noisy_only_with_a_noise_model(cloud):
    ideal, noisy = (cloud(device="simulator", noise=noise).profile() for noise in ("ideal", "aria-1"))
    assert (ideal.noisy, ideal.price.is_free, ideal.calibration_id) == (False, True, None)
    assert (noisy.noisy, noisy.price.is_free, noisy.device) == (True, True, "simulator-aria-1")


@pytest.mark.parametrize("status", ["unavailable", "retired", "on holiday"])
def test_a_device_that_is_not_available_waits_for_ever(vendor, cloud, status):
    vendor.status = status
    assert cloud().profile().queue_wait == float("inf")


def test_an_answer_is_read_only_so_far(server, cloud, monkeypatch):
    job = submit(cloud())
    server.fault("GET", f"/jobs/{job}$", "corrupt", body=b" " * 1000)
    api = _http.HttpApi(f"{server.url}/v0.4", {"Authorization": f"apiKey {KEY}"}, most_bytes=999)
    with pytest.raises(ValueError, match="at most 999 bytes expected"):
        api.get(f"/jobs/{job}")
    assert len(api.get(f"/jobs/{job}")) < 999
    assert KEY not in repr(api)


def test_a_refusal_whose_words_are_cut_is_still_a_refusal(cloud, server):
    class Cut(Ionq):
        def __call__(self, request):
            return Answer(403, b"x" * 10_000)

    with Server(Cut({KEY})) as cut:
        cut.fault("POST", "/jobs$", "truncate")
        answer = cloud(url=f"{cut.url}/v0.4").submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.reason == "HTTP 403"
