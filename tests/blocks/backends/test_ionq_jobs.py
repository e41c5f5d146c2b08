"""When the search of IonQ's list of jobs may end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blocks.backends._ionq_jobs import TOKEN, JobPage, JobSearch

SINCE = datetime(2026, 11, 30, tzinfo=UTC)


def page(*jobs: tuple[str, float], token: str = "") -> JobPage:
    """Jobs by name and minutes after `SINCE`; `token` is the one of a job called `ours`."""
    listed = [
        {
            "id": name,
            "submitted_at": (SINCE + timedelta(minutes=minutes)).isoformat(),
            "metadata": {TOKEN: token} if name == "ours" else None,
        }
        for name, minutes in jobs
    ]
    return JobPage.model_validate({"jobs": listed, "next": "more"})


def test_it_ends_once_jobs_are_clearly_too_old():
    search = JobSearch("t", SINCE)
    assert not search.ends_with(page(("a", 10), ("b", 5)))
    assert not search.ends_with(page(("c", 0.5), ("d", -0.5)))  # the next may be ours, a little out of order
    assert not search.ends_with(page(("ours", 0.2), token="t"))
    assert search.ends_with(page(("e", -2)))
    assert search.found == ["ours"]


def test_jobs_that_were_shifted_to_the_next_page_do_not_look_like_another_order():
    search = JobSearch("t", SINCE)
    assert not search.ends_with(page(("a", 30), ("b", 20), ("c", 10)))
    assert search.ends_with(page(("b", 20), ("c", 10), ("d", -20)))


def test_a_list_in_another_order_never_ends_it():
    search = JobSearch("t", SINCE)
    assert not search.ends_with(page(("a", -40), ("b", -30)))
    assert not search.ends_with(page(("c", -20), ("d", -10)))


def test_an_empty_page_or_a_time_without_a_zone_is_no_end():
    assert not JobSearch("t", SINCE).ends_with(page())
    with pytest.raises(ValueError, match="timezone"):
        JobPage.model_validate({"jobs": [{"id": "a", "submitted_at": "2026-11-30T00:00:00"}]})


def test_what_others_keep_in_their_metadata_stops_nobody():
    found = JobPage.model_validate(
        {"jobs": [{"id": "a", "submitted_at": SINCE.isoformat(), "metadata": {TOKEN: 7, "b": {"c": None}}}]}
    )
    search = JobSearch("t", SINCE)
    search.ends_with(found)
    assert search.found == []
