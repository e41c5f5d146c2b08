"""A job is sent to Azure Quantum at most once, and what became of it is told as it is."""

from __future__ import annotations

import pytest

from blocks.backends import _azure_workspace
from qorum.errors import BackendFailed, VendorUnreachable
from qorum.remote import Accepted, Refused, Unclear

from .conftest import START, TOKEN, connection_string, one, submit

JOB = "/jobs/[^/]*$"
LOST = [
    ("drop", {}),
    ("truncate", {}),
    ("hang", {"seconds": 30.0}),
    ("corrupt", {"body": b"<html>bad gateway</html>"}),
    ("corrupt", {"body": b'{"id": null}'}),
    ("corrupt", {"body": b'{"id": "another", "status": "Waiting", "target": "ionq.qpu.forte-1"}'}),
    *[("error", {"status": status, "times": 9}) for status in (302, 408, 500, 502, 503, 504, 520)],
]


@pytest.mark.parametrize("again", ["same", "conflict"])
@pytest.mark.parametrize(("kind", "settings"), LOST)
def test_a_lost_answer_is_unclear_after_one_request_and_the_job_is_found(
    azure, azure_server, workspace, monkeypatch, kind, settings, again
):
    monkeypatch.setattr(_azure_workspace, "READ_SECONDS", 0.5)
    azure.again = again
    azure_server.fault("PUT", JOB, kind, **settings)
    told = workspace().submit([one()], 100, TOKEN)
    assert isinstance(told, Unclear), told
    assert len(azure_server.calls("PUT", JOB)) == 1
    [job] = azure.accepted(TOKEN)
    azure_server.heal()
    assert workspace().find(TOKEN, START) == [job.id]


REFUSALS = [
    *[(status, "", None) for status in (400, 401, 402, 403, 404, 422)],
    (429, "7", 7.0),
    (429, "Fri, 31 Dec 2100 23:59:59 GMT", 3600.0),
    (429, "soon", 60.0),
    (429, "", 60.0),
]
STEPS = [("PUT", JOB), ("POST", "/storage/sasUri$"), ("PUT", "/inputData$")]


@pytest.mark.parametrize(("method", "path"), STEPS)
@pytest.mark.parametrize(("status", "told", "wait"), REFUSALS)
def test_a_refusal_is_told_with_the_wait_and_no_job_is_made(
    azure, azure_server, workspace, method, path, status, told, wait
):
    azure_server.fault(method, path, "refuse", status=status, retry_after=told, times=2)
    answer = workspace().submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert f"HTTP {status}: told to refuse" in answer.reason
    assert answer.retry_after == wait
    assert len(azure_server.calls("PUT", JOB)) == (path == JOB)
    assert not azure.accepted(TOKEN)
    assert workspace().find(TOKEN, START) == []


@pytest.mark.parametrize(("method", "path"), STEPS[1:])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("drop", {}),
        ("hang", {"seconds": 30.0}),
        ("error", {"status": 500}),
        ("error", {"status": 408}),
        ("refuse", {"status": 302}),
    ],
)
def test_a_circuit_whose_upload_is_not_clear_is_not_submitted_and_may_be_sent_again(
    azure, azure_server, workspace, monkeypatch, method, path, kind, settings
):
    monkeypatch.setattr(_azure_workspace, "UPLOAD_SECONDS", 0.5)
    azure_server.fault(method, path, kind, **settings)
    answer = workspace().submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("the circuit was not uploaded")
    assert answer.retry_after == 30.0
    assert not azure_server.calls("PUT", JOB)
    submit(workspace(), shots=100)  # what was uploaded already is replaced
    assert len(azure.accepted(TOKEN)) == 1


def test_a_container_that_is_not_there_is_made(azure, azure_server, workspace):
    azure.makes_containers = False
    job = submit(workspace())
    asked = [call.request.path.rpartition("/")[2] for call in azure_server.recorded]
    assert asked == ["sasUri", "inputData", f"job-{job}", "inputData", job]
    azure.containers.clear()
    azure_server.fault("PUT", "/job-[^/]*$", "error", status=409)  # made by another worker meanwhile
    assert submit(workspace()) == job


def test_three_requests_make_one_job_with_the_token_and_without_debiasing(azure, azure_server, workspace):
    job = submit(workspace())
    asked = [(call.request.method, call.request.path.rpartition("/")[2]) for call in azure_server.recorded]
    assert asked == [("POST", "sasUri"), ("PUT", "inputData"), ("PUT", job)]
    [made] = azure.accepted(TOKEN)
    assert (made.id, made.is_paid) == (job, True)
    assert made.body["inputParams"] == {"shots": 400, "error-mitigation": {"debias": False}}
    assert made.body["metadata"] == {"qorum-token": TOKEN}


@pytest.mark.parametrize("again", ["same", "conflict"])
def test_a_token_is_one_job_however_often_it_is_submitted(azure, azure_server, workspace, again):
    """By whichever worker, before or after it is done."""
    azure.again = again
    first = submit(workspace())
    assert submit(workspace()) == first
    assert [workspace().poll(first).state for _ in range(2)][-1] == "done"
    assert submit(workspace()) == first
    assert workspace().find(TOKEN, START) == [first]
    assert len(azure.jobs) == 1
    assert submit(workspace(), token="cd" * 32) != first


def test_a_conflict_with_a_job_that_is_not_seen_is_unclear(azure, azure_server, workspace):
    """A refusal would give its money free, and it may be there."""
    azure_server.fault("PUT", JOB, "refuse", status=409)
    told = workspace().submit([one()], 400, TOKEN)
    assert isinstance(told, Unclear)
    assert told.reason == "HTTP 409: told to refuse; no job of this id is seen"


def test_a_conflict_that_nobody_can_look_into_is_unclear(azure, azure_server, workspace):
    azure.again = "conflict"
    job = submit(workspace())
    azure_server.recorded.clear()
    for status in (403, 500):
        azure_server.fault("GET", JOB, "refuse", status=status)
        assert isinstance(workspace().submit([one()], 400, TOKEN), Unclear)
    assert workspace().submit([one()], 400, TOKEN) == Accepted(job)
    assert len(azure_server.calls("PUT", JOB)) == 3  # one each


def test_a_host_that_is_not_there_was_sent_nothing(workspace):
    answer = workspace(connection_string=connection_string("http://127.0.0.1:9")).submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.retry_after == 30.0
    assert "no connection to http://127.0.0.1:9/" in answer.reason


def test_jobs_that_cannot_be_looked_up_yet_are_found_later(azure, workspace):
    azure.lag = 3600
    job = submit(workspace())
    assert workspace().find(TOKEN, START) == []
    azure.lag = 0
    assert workspace().find(TOKEN, START) == [job]
    assert workspace().find("cd" * 32, START) == []


def test_an_answer_that_does_not_come_is_no_absence(azure_server, workspace):
    submit(workspace())
    azure_server.fault("GET", JOB, "refuse", status=429, retry_after="4")
    with pytest.raises(VendorUnreachable) as caught:
        workspace().find(TOKEN, START)
    assert caught.value.retry_after == 4.0
    for kind in ("truncate", "drop"):
        azure_server.fault("GET", JOB, kind)
        with pytest.raises(VendorUnreachable):
            workspace().find(TOKEN, START)
    azure_server.fault("GET", JOB, "refuse", status=403)
    with pytest.raises(BackendFailed, match="HTTP 403"):
        workspace().find(TOKEN, START)
