"""A task is sent to Amazon Braket at most once, and what became of it is told as it is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from qiskit import QuantumCircuit

from blocks.backends import _aws_api, aws_braket
from qorum.errors import BackendFailed, VendorUnreachable
from qorum.remote import Refused, Unclear

from .aws_devices import GARNET
from .conftest import START, TOKEN, flipped, one, submit
from .loopback import Answer
from .unfit import dynamic, measured_midway, unbound, with_gate, with_reset

LOST = [
    ("drop", {}),
    ("truncate", {}),
    ("hang", {"seconds": 30.0}),
    ("corrupt", {"body": b"<html>bad gateway</html>"}),
    ("corrupt", {"body": b"{}"}),
    ("corrupt", {"body": b'{"quantumTaskArn": null}'}),
    ("corrupt", {"body": b'{"quantumTaskArn": "../device/x"}'}),
    *[("error", {"status": status, "times": 9}) for status in (302, 408, 500, 502, 503, 504, 520)],
]


@pytest.mark.parametrize("device", ["garnet", "forte-1"])
@pytest.mark.parametrize(("kind", "settings"), LOST)
def test_a_lost_answer_is_unclear_after_one_request_and_the_task_is_found(
    aws, aws_server, braket, monkeypatch, device, kind, settings
):
    monkeypatch.setattr(_aws_api, "READ_SECONDS", 0.5)
    aws_server.fault("POST", "/quantum-task$", kind, **settings)
    told = braket(device=device).submit([one(), one()], 100, TOKEN)
    assert isinstance(told, Unclear), told
    assert len(aws_server.calls()) == 1
    [task] = aws.accepted(TOKEN)
    aws_server.heal()
    assert braket(device=device).find(TOKEN, START) == [task["quantumTaskArn"]]


@pytest.mark.parametrize(
    ("status", "told", "wait"),
    [
        (400, "", None),
        (401, "", None),
        (402, "", None),
        (403, "", None),
        (409, "", None),
        (410, "", None),
        (424, "", None),
        (429, "7", 7.0),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT", 3600.0),
        (429, "", 60.0),
    ],
)
def test_a_refusal_is_told_with_the_wait_and_no_task_is_made(aws, aws_server, braket, status, told, wait):
    aws_server.fault("POST", "/quantum-task$", "refuse", status=status, retry_after=told)
    answer = braket().submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert f"HTTP {status}: told to refuse" in answer.reason
    assert answer.retry_after == wait
    assert len(aws_server.calls()) == 1
    assert not aws.accepted(TOKEN)
    assert braket().find(TOKEN, START) == []


def test_a_host_that_is_not_there_was_sent_nothing(braket):
    answer = braket(url="http://127.0.0.1:9").submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.retry_after == 30.0
    assert "no connection to http://127.0.0.1:9" in answer.reason


@pytest.mark.parametrize(
    ("circuits", "shots", "why"),
    [
        ([dynamic()], 10, "mine: a static circuit expected, found if_else"),
        ([measured_midway()], 10, "mine: a static circuit expected, found measure"),
        ([with_reset()], 10, "mine: a static circuit expected, found reset"),
        ([with_gate("ecr")], 10, "found ['ecr']"),
        ([unbound()], 10, "rx: angles as numbers expected"),
        ([QuantumCircuit(1, 1, name="mine")], 10, "mine: at least one measurement expected"),
        ([one(), dynamic()], 10, "mine: a static circuit expected"),
        ([], 10, "at least one circuit expected"),
        ([one()], 0, "at least one shot expected, found 0"),
    ],
)
def test_what_braket_cannot_carry_out_is_not_sent(aws_server, braket, circuits, shots, why):
    answer = braket().submit(circuits, shots, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why.split(":")[-1].replace("[", r"\[")):
        braket().estimate(circuits, shots)
    assert not aws_server.recorded


@pytest.mark.parametrize(
    ("device", "circuits", "shots", "why"),
    [
        ("garnet", [one()], 20_001, "1 to 20000 shots expected, found 20001"),
        ("garnet", [one()] * 51, 10, "at most 50 circuits expected, found 51"),
        ("garnet", [flipped(0, width=21)], 10, "at most 20 qubits expected, found 21"),
        ("forte-1", [with_gate("iswap")], 10, "gates that .*Forte-1 takes expected, found .'iswap'"),
        ("sv1", [one(), one()], 10, "at most 1 circuits expected, found 2"),
    ],
)
def test_what_the_device_does_not_take_is_not_sent_once_it_was_asked(
    aws_server, braket, device, circuits, shots, why
):
    """And where it was not asked, Braket refuses before it charges."""
    block = braket(device=device, **({"region": "us-east-1"} if device == "sv1" else {}))
    answer = block.submit(circuits, shots, TOKEN)
    if len(circuits) < 51:  # more than Garnet takes of the most shots, not more than it takes of these
        assert isinstance(answer, Refused)
        assert "HTTP 400: " in answer.reason
    block.profile()
    answer = block.submit(circuits, shots, TOKEN)
    assert isinstance(answer, Refused)
    assert re.search(why, answer.reason)
    assert len(aws_server.calls("POST")) == 1


@pytest.mark.parametrize("status", ["OFFLINE", "RETIRED"])
def test_a_device_that_is_not_online_is_sent_nothing(aws, aws_server, braket, status):
    aws.status = {GARNET: status}
    block = braket()
    answer = block.submit([one()], 10, TOKEN)
    assert isinstance(answer, Refused)
    assert "HTTP 424" in answer.reason or "HTTP 410" in answer.reason
    assert block.profile().queue_wait == float("inf")
    answer = block.submit([one()], 10, TOKEN)
    assert isinstance(answer, Refused)
    assert f"Garnet is {status.lower()}: take another device" in answer.reason
    assert len(aws_server.calls("POST")) == 1
    assert not aws.tasks


def test_one_request_makes_one_task_with_the_token_three_times(aws, aws_server, braket):
    job = submit(braket(), one(), flipped(0))
    assert [(call.request.method, call.request.path) for call in aws_server.recorded] == [
        ("POST", "/quantum-task")
    ]
    [task] = aws.accepted(TOKEN)
    body = task["body"]
    assert (task["quantumTaskArn"], body["shots"], len(task["programs"])) == (job, 800, 2)
    assert (body["clientToken"], body["tags"]) == (TOKEN, {"qorum-token": TOKEN})
    assert (body["outputS3Bucket"], body["outputS3KeyPrefix"]) == ("results-of-tests", f"qorum/{TOKEN}")


def test_the_same_token_again_is_the_same_task(aws, braket):
    assert braket().is_idempotent
    assert submit(braket()) == submit(braket())
    assert len(aws.tasks) == 1


def test_a_task_is_found_among_hundreds_and_no_page_is_read_twice(aws, aws_server, braket):
    job = submit(braket())
    for number in range(210):
        submit(braket(), flipped(0), token=f"{number:064x}")
    submit(braket(device="forte-1"), token="cd" * 32)
    aws_server.recorded.clear()
    assert braket().find(TOKEN, START) == [job]
    pages = [call.request.json.get("nextToken") for call in aws_server.calls("POST", "/quantum-tasks$")]
    assert pages == [None, "100", "200"]
    assert braket().find("cd" * 32, START) == []


def test_tasks_from_before_are_not_listed(aws, aws_server, braket):
    now = aws.clock()
    aws.clock = lambda: now - timedelta(days=1)
    old = submit(braket())
    for number in range(100):
        submit(braket(), flipped(0), token=f"{number:064x}")
    aws.is_idempotent, aws.clock = False, lambda: now
    job = submit(braket())
    aws_server.recorded.clear()
    assert braket().find(TOKEN, now - timedelta(minutes=1)) == [job]
    assert len(aws_server.recorded) == 1
    assert braket().find(TOKEN, now - timedelta(days=2)) == [old, job]
    aws.ignores_time = True
    assert braket().find(TOKEN, now - timedelta(minutes=1)) == [job]


def test_duplicates_are_found_oldest_first_whatever_the_order_of_the_list(aws, braket):
    aws.is_idempotent = False
    first, second = submit(braket()), submit(braket())
    aws.tasks[second]["createdAt"] = "2026-11-30T08:00:00.000Z"
    aws.tasks[first]["createdAt"] = "2026-11-30T09:00:00Z"
    assert braket().find(TOKEN, START) == [second, first]


def test_a_task_whose_tags_were_taken_off_is_found_by_its_folder(aws, braket):
    job = submit(braket())
    aws.tasks[job]["tags"] = {}
    assert braket().find(TOKEN, START) == [job]
    aws.tasks[job] |= {"tags": {"qorum-token": TOKEN}, "outputS3Directory": "elsewhere"}
    assert braket().find(TOKEN, START) == [job]
    assert braket().find("ef" * 32, START) == []


def test_tasks_that_are_not_listed_yet_are_found_later(aws, braket):
    aws.lag = 3600
    job = submit(braket())
    assert braket().find(TOKEN, START) == []
    aws.lag = 0
    assert braket().find(TOKEN, START) == [job]


def test_a_list_without_end_is_given_up_without_an_answer(aws, aws_server, braket, monkeypatch):
    """An empty answer would be taken for leave to submit again."""
    monkeypatch.setattr(aws_braket, "MOST_PAGES", 3)
    aws._search = lambda body: Answer(200, {"quantumTasks": [], "nextToken": "again"})
    with pytest.raises(BackendFailed, match="3 pages of tasks"):
        braket().find(TOKEN, START)
    assert len(aws_server.recorded) == 3


def test_a_page_that_does_not_come_is_no_empty_list(aws_server, braket):
    submit(braket())
    aws_server.fault("POST", "/quantum-tasks$", "refuse", status=429, retry_after="4")
    with pytest.raises(VendorUnreachable) as caught:
        braket().find(TOKEN, START)
    assert caught.value.retry_after == 4.0
    for fault in ({"kind": "truncate"}, {"kind": "corrupt", "body": b"{}"}):
        aws_server.fault("POST", "/quantum-tasks$", **fault)
        with pytest.raises(VendorUnreachable):
            braket().find(TOKEN, START)
