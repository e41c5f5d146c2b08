"""Credentials that are missing, half set or expired are told before anything is submitted to IBM."""

from __future__ import annotations

import pytest

from qorum.errors import BackendFailed
from qorum.remote import Accepted, Refused

from .conftest import KEY, START, TOKEN, one, ready, submit
from .ibm import CRN


def test_a_key_that_has_expired_is_a_refusal_for_every_method(ibm, runtime):
    job = submit(runtime(), *ready(one()))
    ibm.keys.clear()
    for reason in ("HTTP 401", "HTTP 400: of IBM Cloud's token service: Provided API key"):
        answer = runtime().submit(ready(one()), 400, TOKEN)
        assert isinstance(answer, Refused)
        assert reason in answer.reason  # first the access token is refused, then another one
        assert answer.retry_after is None
    block = runtime()
    for ask in (
        lambda: block.poll(job),
        lambda: block.fetch(job),
        lambda: block.cancel(job),
        lambda: block.find(TOKEN, START),
        lambda: block.invoice(job, ready(one()), 400),
        lambda: block.profile(),
    ):
        with pytest.raises(BackendFailed, match="HTTP 400") as caught:
            ask()
        assert KEY not in str(caught.value)


def test_an_access_token_that_has_expired_early_is_replaced(ibm, ibm_server, runtime):
    job = submit(runtime(), *ready(one()))
    ibm.tokens.clear()
    with pytest.raises(BackendFailed, match="HTTP 401"):
        runtime().poll(job)
    assert runtime().poll(job).state == "queued"
    assert len(ibm_server.calls("POST", "/identity/token$")) == 2


def test_one_access_token_serves_many_requests(ibm_server, runtime):
    job = submit(runtime(), *ready(one()))
    for _ in range(3):
        runtime().poll(job)
    assert len(ibm_server.calls("POST", "/identity/token$")) == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"api_key": None}, "no API key: set QISKIT_IBM_TOKEN"),
        ({"instance": ""}, "no instance: set QISKIT_IBM_INSTANCE"),
        ({"instance": "my-instance"}, "the CRN of an instance expected"),
        ({"instance": CRN.replace("us-east", "evil/")}, "the CRN of an instance expected"),
        ({"instance": f"{CRN}job:1"}, "the CRN of an instance expected"),
    ],
)
def test_half_of_the_credentials_is_refused_before_anything_is_sent(
    ibm_server, runtime, monkeypatch, settings, why
):
    monkeypatch.delenv("QISKIT_IBM_TOKEN", raising=False)
    monkeypatch.delenv("QISKIT_IBM_INSTANCE", raising=False)
    answer = runtime(**settings).submit(ready(one()), 400, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why):
        runtime(**settings).profile()
    assert not ibm_server.recorded
    monkeypatch.setenv("QISKIT_IBM_TOKEN", f"{KEY}\n")
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", CRN)
    from_environment = runtime(api_key=None, instance="")
    assert isinstance(from_environment.submit(ready(one()), 400, TOKEN), Accepted)
