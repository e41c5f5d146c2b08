"""A job is sent to IonQ at most once, and what became of it is told as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from qiskit import QuantumCircuit

from blocks.backends import ionq_cloud
from qorum.errors import BackendFailed, VendorUnreachable
from qorum.remote import Accepted, Refused, Unclear

from .conftest import KEY, START, TOKEN, flipped, one, submit
from .unfit import dynamic, measured_midway, unbound, with_gate, with_reset

LOST = [
    ("drop", {}),
    ("truncate", {}),
    ("hang", {"seconds": 30.0}),
    ("corrupt", {"body": b"<html>bad gateway</html>"}),
    ("corrupt", {"body": b'{"id": null}'}),
    ("corrupt", {"body": b'{"id": "../sessions"}'}),
    *[("error", {"status": status, "times": 9}) for status in (302, 408, 500, 502, 503, 504, 520)],
]


@pytest.mark.parametrize(("kind", "settings"), LOST)
def test_a_lost_answer_is_unclear_after_one_request_and_the_job_is_found(
    vendor, server, cloud, monkeypatch, kind, settings
):
    monkeypatch.setattr(ionq_cloud, "READ_SECONDS", 0.5)
    server.fault("POST", "/jobs$", kind, **settings)
    told = cloud().submit([one(), one()], 100, TOKEN)
    assert isinstance(told, Unclear), told
    assert len(server.calls("POST")) == 1
    [job] = vendor.accepted(TOKEN)
    server.heal()
    assert cloud().find(TOKEN, START) == [job.id]


@pytest.mark.parametrize(
    ("status", "told", "wait"),
    [
        (400, "", None),
        (401, "", None),
        (402, "", None),
        (403, "", None),
        (409, "", None),
        (422, "", None),
        (429, "7", 7.0),
        (429, "0.5", 0.5),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT", 3600.0),
        (429, "soon", 60.0),
        (429, "nan", 60.0),
        (429, "-1", 0.0),
        (429, "", 60.0),
    ],
)
def test_a_refusal_is_told_with_the_wait_and_no_job_is_made(vendor, server, cloud, status, told, wait):
    server.fault("POST", "/jobs$", "refuse", status=status, retry_after=told)
    answer = cloud().submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert f"HTTP {status}: told to refuse" in answer.reason
    assert answer.retry_after == wait
    assert len(server.calls("POST")) == 1
    assert not vendor.accepted(TOKEN)
    assert cloud().find(TOKEN, START) == []


def test_a_host_that_is_not_there_was_sent_nothing(cloud):
    answer = cloud(url="http://127.0.0.1:9/v0.4").submit([one()], 100, TOKEN)
    assert isinstance(answer, Refused)
    assert answer.retry_after == 30.0
    assert "no connection to http://127.0.0.1:9" in answer.reason


@pytest.mark.parametrize(
    ("circuits", "shots", "why"),
    [
        ([dynamic()], 10, "mine: a static circuit expected, found if_else"),
        ([measured_midway()], 10, "mine: a static circuit expected, found measure"),
        ([with_reset()], 10, "mine: a static circuit expected, found reset"),
        ([with_gate("rzz")], 10, "found ['rzz']"),
        ([unbound()], 10, "rx: angles as numbers expected"),
        ([QuantumCircuit(1, 1, name="mine")], 10, "mine: at least one measurement expected"),
        ([one(), dynamic()], 10, "mine: a static circuit expected"),
        ([flipped(0, width=63)], 10, "flip 0: at most 62 used qubits expected, found 63"),
        ([], 10, "at least one circuit expected"),
        ([one()], 0, "1 to 1000000 shots expected, found 0"),
        ([one()], 1_000_001, "1 to 1000000 shots expected"),
    ],
)
def test_what_the_vendor_cannot_carry_out_is_not_sent(server, cloud, circuits, shots, why):
    answer = cloud().submit(circuits, shots, TOKEN)
    assert isinstance(answer, Refused)
    assert why in answer.reason
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why.split(":")[-1].replace("[", r"\[")):
        cloud().estimate(circuits, shots)
    assert not server.recorded


def test_one_request_makes_one_job_with_the_token_and_without_debiasing(vendor, server, cloud):
    job = submit(cloud(), one(), flipped(0))
    assert [(call.request.method, call.request.path) for call in server.recorded] == [("POST", "/v0.4/jobs")]
    [made] = vendor.accepted(TOKEN)
    assert (made.id, made.is_paid, len(made.circuits)) == (job, True, 2)
    assert made.body["settings"] == {"error_mitigation": {"debiasing": False}}
    assert made.body["metadata"] == {"qorum-token": TOKEN}
    assert "noise" not in made.body


def test_only_the_qubits_in_use_are_sent(vendor, cloud):
    padded = QuantumCircuit(36, 1)
    padded.x(20)
    padded.cx(20, 7)
    padded.measure(7, 0)
    submit(cloud(), padded)
    [job] = vendor.accepted(TOKEN)
    assert job.body["input"] == {
        "gateset": "qis",
        "qubits": 2,
        "circuit": [{"gate": "x", "target": 1}, {"gate": "cnot", "control": 1, "target": 0}],
    }


def test_a_job_is_found_behind_more_than_two_hundred_newer_ones_and_no_page_is_read_twice(
    vendor, server, cloud
):
    job = submit(cloud())
    for number in range(210):
        submit(cloud(), flipped(0), token=f"{number:064x}")
    server.recorded.clear()
    assert cloud().find(TOKEN, START) == [job]
    pages = [call.request.query.get("next") for call in server.calls("GET", "/jobs$")]
    assert len(pages) == len(set(pages)) == 9


def test_the_search_ends_where_jobs_are_too_old_not_at_the_end_of_the_account(vendor, server, cloud):
    now = vendor.clock()
    vendor.clock = lambda: now - timedelta(days=1)
    for number in range(100):
        submit(cloud(), flipped(0), token=f"{number:064x}")
    vendor.clock = lambda: now
    job = submit(cloud())
    server.recorded.clear()
    assert cloud().find(TOKEN, now - timedelta(minutes=1)) == [job]
    assert len(server.recorded) == 1


def test_a_job_of_the_same_token_from_before_is_not_one_of_these(vendor, cloud):
    now = vendor.clock()
    vendor.clock = lambda: now - timedelta(days=1)
    submit(cloud())
    assert cloud().find(TOKEN, now) == []


def test_a_list_in_another_order_is_read_to_its_end(vendor, server, cloud):
    wanted = submit(cloud())
    jobs = [submit(cloud(), flipped(0), token=f"{number:064x}") for number in range(60)]
    for age, job in enumerate([wanted, *jobs]):  # listed last, as the vendor never promised not to do
        vendor.jobs[job].submitted_at = START + timedelta(hours=60 - age)
    assert cloud().find(TOKEN, START + timedelta(hours=59)) == [wanted]


def test_jobs_that_are_listed_a_little_out_of_order_are_found_without_reading_all(vendor, server, cloud):
    wanted = submit(cloud())
    for number in range(100):
        submit(cloud(), flipped(0), token=f"{number:064x}")
    for place, job in enumerate(reversed(vendor.jobs.values())):
        job.submitted_at = START - timedelta(hours=place // 2, seconds=0 if place % 2 else 40)
    vendor.jobs[wanted].submitted_at = START
    vendor.jobs[wanted] = vendor.jobs.pop(wanted)  # listed first, as the newest
    server.recorded.clear()
    assert cloud().find(TOKEN, START) == [wanted]
    assert len(server.recorded) == 1


def test_a_list_without_end_is_given_up_without_an_answer(vendor, server, cloud, monkeypatch):
    """An empty answer would be taken for leave to submit again."""
    monkeypatch.setattr(ionq_cloud, "MOST_PAGES", 3)
    submit(cloud())
    for number in range(100):
        submit(cloud(), flipped(0), token=f"{number:064x}")
    with pytest.raises(BackendFailed, match=r"3 pages of jobs .* use a session"):
        cloud().find(TOKEN, START)


def test_duplicates_are_found_oldest_first_and_their_parts_are_not_among_them(cloud):
    first = submit(cloud(), one(), one())
    second = submit(cloud(), one(), one())
    assert cloud().find(TOKEN, START) == [first, second]
    assert cloud().find("cd" * 32, START) == []


def test_jobs_that_are_not_listed_yet_are_found_later(vendor, cloud):
    vendor.lag = 3600
    job = submit(cloud())
    assert cloud().find(TOKEN, START) == []
    vendor.lag = 0
    assert cloud().find(TOKEN, START) == [job]


def test_a_page_that_does_not_come_is_no_empty_list(server, cloud):
    submit(cloud())
    server.fault("GET", "/jobs$", "refuse", status=429, retry_after="4")
    with pytest.raises(VendorUnreachable) as caught:
        cloud().find(TOKEN, START)
    assert caught.value.retry_after == 4.0
    server.fault("GET", "/jobs$", "truncate")
    with pytest.raises(VendorUnreachable):
        cloud().find(TOKEN, START)


def test_a_session_of_one_job_takes_no_second_one_and_is_searched_alone(vendor, server, cloud):
    opened = vendor.sessions
    opened["s-1"] = {"id": "s-1", "settings": {"job_count_limit": 1}}
    submit(cloud(), flipped(0), token="cd" * 32)
    job = submit(cloud(session="s-1"))
    again = cloud(session="s-1").submit([one()], 400, TOKEN)
    assert isinstance(again, Refused)
    assert "the session has ended" in again.reason
    assert len(vendor.accepted(TOKEN)) == 1
    server.recorded.clear()
    assert cloud(session="s-1").find(TOKEN, START) == [job]
    assert [call.request.query["session_id"] for call in server.recorded] == ["s-1"]


def test_a_key_that_has_expired_is_a_refusal_for_every_method(vendor, cloud):
    job = submit(cloud())
    vendor.keys.clear()
    answer = cloud().submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "HTTP 401" in answer.reason
    block = cloud()
    for ask in (
        lambda: block.poll(job),
        lambda: block.fetch(job),
        lambda: block.cancel(job),
        lambda: block.find(TOKEN, START),
        lambda: block.invoice(job, [one()], 400),
        lambda: block.estimate([one()], 400),
        lambda: block.profile(),
    ):
        with pytest.raises(BackendFailed, match="HTTP 401") as caught:
            ask()
        assert KEY not in str(caught.value)


def test_without_a_key_nothing_is_sent(server, cloud, monkeypatch):
    monkeypatch.delenv("IONQ_API_KEY", raising=False)
    answer = cloud(api_key=None).submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "set IONQ_API_KEY" in answer.reason
    with pytest.raises(BackendFailed, match="set IONQ_API_KEY"):
        cloud(api_key=None).profile()
    assert not server.recorded
    monkeypatch.setenv("IONQ_API_KEY", f"{KEY}\n")
    assert isinstance(cloud(api_key=None).submit([one()], 400, TOKEN), Accepted)
