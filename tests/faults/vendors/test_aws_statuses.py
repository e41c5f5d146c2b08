"""How a task at Amazon Braket stands, and what comes of cancelling it."""

from __future__ import annotations

import json

import pytest

from qorum.errors import BackendFailed, VendorUnreachable

from .conftest import fetched, finish, one, submit


def test_a_task_goes_from_queued_to_done(braket):
    job = submit(braket())
    first = braket().poll(job)
    assert (first.state, first.told, first.queue_position, first.is_final) == ("queued", "QUEUED", 2, False)
    last = braket().poll(job)
    assert (last.state, last.queue_position) == ("done", None)


def test_a_status_that_nobody_knows_is_unknown_and_not_final(aws, braket):
    job = submit(braket())
    aws.tasks[job]["status"], aws._advance = "LEVITATING", lambda task: None
    status = braket().poll(job)
    assert (status.state, status.told, status.is_final) == ("unknown", "LEVITATING", False)


def test_a_failure_is_told_with_its_reason(aws, braket):
    aws.fails, aws.queue = "Device calibration failed", 0
    status = braket().poll(submit(braket()))
    assert (status.state, status.reason, status.retryable) == ("failed", "Device calibration failed", False)


def test_the_status_of_another_task_is_none(aws, aws_server, braket):
    job, other = submit(braket()), submit(braket(), token="cd" * 32)
    told = {**aws.tasks[other], "status": "COMPLETED", "body": None}
    aws_server.fault("GET", "/quantum-task/", "corrupt", body=json.dumps(told).encode())
    with pytest.raises(VendorUnreachable, match=f"task {job} expected, found {other}"):
        braket().poll(job)


def test_a_cancelled_task_is_cancelled_and_costs_nothing(aws, aws_server, braket):
    job = submit(braket())
    braket().cancel(job)
    braket().cancel(job)
    orders = {call.request.json["clientToken"] for call in aws_server.calls("PUT")}
    assert len(orders) == 1
    status = braket().poll(job)
    assert (status.state, status.told, status.is_final) == ("running", "CANCELLING", False)
    assert braket().poll(job).state == "cancelled"
    charge = braket().invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (0.0, True)


def test_a_task_that_is_completed_while_it_is_cancelled_is_done_and_paid(aws, braket):
    aws.outruns = True
    job = submit(braket())
    braket().cancel(job)
    finish(braket(), job)
    [counts] = braket().parse(braket().fetch(job), job, [one()], 400)
    assert counts.shots == 400
    assert braket().invoice(job, [one()], 400).usd == pytest.approx(aws.invoice())


def test_a_task_that_was_done_before_it_could_be_cancelled_stays_done(aws_server, braket):
    job, raw = fetched(braket(), one())
    braket().cancel(job)
    assert len(aws_server.calls("PUT")) == 1
    assert braket().poll(job).state == "done"
    assert json.loads(braket().fetch(job))["files"] == json.loads(raw)["files"]


def test_a_cancellation_that_is_refused_is_told(aws_server, braket):
    job = submit(braket())
    aws_server.fault("PUT", "/cancel$", "refuse", status=409)
    with pytest.raises(BackendFailed, match="HTTP 409"):
        braket().cancel(job)
    finish(braket(), job)
