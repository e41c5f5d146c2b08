"""The keys of AWS sign requests; they are sent nowhere, and stand nowhere."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest

from blocks.backends import load_backend
from blocks.backends._aws_api import Keys, braket_api
from blocks.backends.aws_braket import AwsBraket
from qorum.errors import BackendFailed, NoEligibleBackend, QorumError, VendorUnreachable
from qorum.remote import Refused, Unclear

from .conftest import AWS_ID, AWS_SECRET, START, TOKEN, finish, one, submit
from .loopback import Answer, Server

SESSION = "canary-session-8e27"
SECRETS = (AWS_SECRET, SESSION, AWS_ID)


@pytest.mark.parametrize("given", ["block", "environment", "profile"])
def test_keys_are_in_no_log_error_name_or_result(
    aws, aws_server, braket, caplog, capsys, monkeypatch, tmp_path, given
):
    caplog.set_level(logging.DEBUG)
    for name in ("botocore", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.INFO)  # botocore's own words of DEBUG hold session tokens
    aws.token = SESSION
    block, said = braket(session_token=SESSION), []
    if given != "block":
        block = braket(access_key_id=None, secret_access_key=None)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        pairs = dict(zip(names, (AWS_ID, AWS_SECRET, SESSION), strict=True))
        if given == "environment":
            for name, value in pairs.items():
                monkeypatch.setenv(name, value)
        else:
            lines = ["[default]", *(f"{name.lower()}={value}" for name, value in pairs.items())]
            (tmp_path / "aws_shared_credentials_file").write_text("\n".join(lines))
    keys, aws.keys = aws.keys, {}  # the vendor quotes what it refuses, the id of the key among it
    said.append(block.submit([one()], 400, TOKEN))
    aws.keys = keys
    job = submit(block)
    finish(block, job)
    said += [block, repr(block), block.backend_name, block.place, block.profile(), block.poll(job)]
    said += [block.fetch(job), block.parse(block.fetch(job), job, [one()], 400), block.model_dump_json()]
    said += [block.estimate([one()], 400), block.invoice(job, [one()], 400), block.find(TOKEN, START)]
    for fault in ("drop", "truncate", "corrupt"):
        aws.keys = keys
        told = " ".join(f"<{secret}>" for secret in SECRETS).encode()
        aws_server.fault("POST", "/quantum-task$", fault, body=told)
        said.append(block.submit([one()], 400, TOKEN))
    aws.keys = {}
    for ask in (block.poll, block.fetch, block.cancel):
        with pytest.raises(QorumError) as caught:
            ask(job)
        error = caught.value
        said += [error, repr(error), pickle.dumps(error), "".join(traceback.format_exception(error))]
    texts = [str(text) for text in [*said, caplog.text, *capsys.readouterr()]]
    assert not [text for text in texts if any(secret in text for secret in SECRETS)]
    assert any("Credential=***/" in text for text in texts)
    sent = [
        "\n".join([call.request.path, str(call.request.query), call.request.body.decode()])
        for call in aws_server.recorded
    ]
    assert not [text for text in sent if any(secret in text for secret in SECRETS)]
    assert not [call for call in aws_server.recorded if AWS_SECRET in str(call.request.headers)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(aws_server, braket, status):
    with Server(lambda request: Answer(200, {})) as elsewhere:
        there = {"Location": f"{elsewhere.url}/quantum-task"}
        aws_server.fault("POST", "/quantum-task$", "error", status=status, headers=there)
        aws_server.fault("GET", "/quantum-task/", "error", status=status, headers=there)
        aws_server.fault("GET", "/results.json$", "error", status=status, headers=there)
        assert isinstance(braket().submit([one()], 400, TOKEN), Unclear)
        [job] = braket().find(TOKEN, START)
        with pytest.raises(VendorUnreachable):
            braket().poll(job)
        finish(braket(), job)
        with pytest.raises(VendorUnreachable):
            braket().fetch(job)
        assert not elsewhere.recorded


def test_a_proxy_of_the_environment_does_not_see_what_goes_to_this_machine(braket, monkeypatch):
    with Server(lambda request: Answer(200, {})) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        submit(braket())
        assert not proxy.recorded


def test_an_address_of_the_environment_is_not_asked(aws_server, braket, monkeypatch):
    """Libraries of AWS would send there what is meant for Amazon."""
    with Server(lambda request: Answer(200, {})) as elsewhere:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BRAKET", "AWS_ENDPOINT_URL_S3", "BRAKET_ENDPOINT"):
            monkeypatch.setenv(name, elsewhere.url)
        job = submit(braket())
        finish(braket(), job)
        braket().fetch(job)
        assert not elsewhere.recorded
    assert braket_api("", "eu-north-1", Keys("a", "b")).url == "https://braket.eu-north-1.amazonaws.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://braket.example",
        "https://braket.us-east-1.amazonaws.com",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1.evil.example",
    ],
)
def test_no_other_host_can_be_set(url):
    with pytest.raises(ValueError, match="an address of this machine"):
        AwsBraket(url=url)
    with pytest.raises(NoEligibleBackend, match="an address of this machine"):
        load_backend(f"aws?url={url}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device", "abacus"),
        ("device", "arn:aws:braket:x.evil.example/::device/qpu/a/b"),
        ("device", "arn:aws:braket:us-east-1::device/qpu/ionq/../x"),
        ("region", "x.evil.example/"),
        ("bucket", "a/../b"),
        ("bucket", "UPPER"),
    ],
)
def test_settings_lead_to_no_other_host_or_path(field, value):
    with pytest.raises(NoEligibleBackend, match=field):
        load_backend(f"aws?{field}={value}")


def test_a_task_id_leads_nowhere_but_to_tasks(aws_server, braket):
    with pytest.raises(BackendFailed, match="HTTP 404"):
        braket().poll("../device/x?y=")
    assert [call.request.path for call in aws_server.recorded] == ["/quantum-task/..%2Fdevice%2Fx%3Fy%3D"]


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
def test_a_key_in_a_name_is_refused_and_not_told(name):
    with pytest.raises(NoEligibleBackend, match=f"{name} is secret") as caught:
        load_backend(f"aws?device=garnet&{name}={AWS_SECRET}")
    assert AWS_SECRET not in str(caught.value)


def test_settings_that_do_not_fit_are_told_without_the_keys():
    with pytest.raises(ValueError, match="the device is in eu-north-1") as caught:
        AwsBraket(device="garnet", region="us-east-1", secret_access_key=AWS_SECRET)
    assert AWS_SECRET not in str(caught.value)


@pytest.mark.parametrize("key", [f"{AWS_SECRET}\nX-Evil: 1", f"{AWS_SECRET} x", f"{AWS_SECRET}ü", "\x00"])
@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(aws_server, braket, name, key):
    answer = braket(**{name: key}).submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert AWS_SECRET not in answer.reason
    assert not aws_server.recorded


def test_a_name_has_the_settings_that_differ_and_loads_the_block_again(aws_server, braket, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", AWS_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    name = braket(device="forte-1").backend_name
    assert name == f"aws?bucket=results-of-tests&device=forte-1&url={aws_server.url}"
    again = load_backend(name)
    assert again.backend_name == name
    assert again.is_remote
    assert again.profile().name == name
    assert load_backend("aws").backend_name == "aws"
    arn = "arn:aws:braket:us-east-1::device/qpu/ionq/Forte-2"
    assert load_backend(f"aws?device={arn}").backend_name == f"aws?device={arn}"


def test_tasks_are_not_made_past_the_ledger(aws_server, braket):
    with pytest.raises(BackendFailed, match="carried out through the ledger"):
        braket().run([one()], 400, [1])
    assert not aws_server.recorded
