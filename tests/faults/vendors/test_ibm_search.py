"""A job at IBM is looked up by its tag: all of them, oldest first, and the search ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blocks.backends import ibm_runtime
from qorum.errors import BackendFailed, VendorUnreachable

from .conftest import START, TOKEN, flipped, one, ready, submit


def test_a_job_is_found_behind_more_than_a_page_of_others_though_the_count_is_off(ibm, ibm_server, runtime):
    ibm.page, ibm.miscount = 4, 10**6
    circuits = ready(flipped(0))
    jobs = [submit(runtime(), *circuits) for _ in range(10)]
    ibm_server.recorded.clear()
    assert runtime().find(TOKEN, START) == jobs
    assert [call.request.query["offset"] for call in ibm_server.recorded] == ["0", "4", "8", "10"]
    ibm.miscount = -(10**6)
    assert runtime().find(TOKEN, START) == jobs


def test_a_list_that_ignores_what_was_asked_for_is_searched_all_the_same(ibm, ibm_server, runtime):
    circuits = ready(flipped(0))
    others = [submit(runtime(), *circuits, token=f"{number:064x}") for number in range(3)]
    now = ibm.clock()
    ibm.clock = lambda: now - timedelta(days=1)
    submit(runtime(), *circuits)
    ibm.clock = lambda: now
    job = submit(runtime(), *circuits)
    asked = ibm._list
    ibm._list = lambda query: asked({name: query[name] for name in ("limit", "offset")})
    assert runtime().find(TOKEN, now) == [job]
    assert runtime().find(f"{1:064x}", START) == [others[1]]


def test_a_job_of_the_same_token_from_before_is_not_one_of_these(ibm, runtime):
    now = ibm.clock()
    ibm.clock = lambda: now - timedelta(days=1)
    submit(runtime(), *ready(one()))
    assert runtime().find(TOKEN, now) == []


def test_a_list_without_end_is_given_up_without_an_answer(ibm, runtime, monkeypatch):
    """An empty answer would be taken for leave to submit again."""
    monkeypatch.setattr(ibm_runtime, "MOST_PAGES", 3)
    ibm.page = 1
    for _ in range(4):
        submit(runtime(), *ready(flipped(0)))
    with pytest.raises(BackendFailed, match=r"3 pages of jobs .* do not hold it all"):
        runtime().find(TOKEN, START)


def test_duplicates_are_found_oldest_first(runtime):
    first, second = (submit(runtime(), *ready(one())) for _ in range(2))
    assert runtime().find(TOKEN, START) == [first, second]
    assert runtime().find("cd" * 32, START) == []


def test_jobs_that_are_not_listed_yet_are_found_later(ibm, runtime):
    ibm.lag = 3600
    job = submit(runtime(), *ready(one()))
    assert runtime().find(TOKEN, START) == []
    ibm.lag = 0
    assert runtime().find(TOKEN, START) == [job]


def test_a_page_that_does_not_come_is_no_empty_list(ibm_server, runtime):
    submit(runtime(), *ready(one()))
    ibm_server.fault("GET", "/jobs$", "refuse", status=429, retry_after="4")
    with pytest.raises(VendorUnreachable) as caught:
        runtime().find(TOKEN, START)
    assert caught.value.retry_after == 4.0
    for kind in ("truncate", "drop", "corrupt"):
        ibm_server.fault("GET", "/jobs$", kind)
        with pytest.raises(VendorUnreachable):
            runtime().find(TOKEN, START)
