"""What wakes a run, and how often vendors are asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qorum.ledger.jobs import Job
from qorum.ledger.waiting import LONGEST_PAUSE, MOST_QUESTIONS, SHORTEST_PAUSE, groups_of, pause


def job(backend: str, *digests: str) -> Job:
    return Job("e", 0, backend, digests, digests, (0,) * len(digests), 100, {})


def test_a_circuit_is_judged_once_its_own_jobs_have_ended():
    fast, slow = job("fast", "a", "b"), job("slow", "b", "c")
    assert groups_of([fast, slow]) == tuple(sorted([(fast.request_key,), (slow.request_key,)]))
    assert groups_of([fast, job("slow", "a", "b")]) == (
        tuple(sorted([fast.request_key, job("slow", "a", "b").request_key])),
    )
    assert groups_of([]) == ()


@given(st.floats(0, 1e6), st.integers(1, 2000), st.integers(0, 1000))
def test_pauses_grow_with_age_and_crowd_and_never_leave_their_bounds(waited: float, jobs: int, times: int):
    found = pause(waited, jobs, "token", times)
    assert 0.75 * max(SHORTEST_PAUSE, jobs / MOST_QUESTIONS) <= found
    assert found <= 1.25 * max(LONGEST_PAUSE, jobs / MOST_QUESTIONS)
    assert found == pause(waited, jobs, "token", times)


def test_jobs_are_asked_for_at_times_that_differ():
    assert len({pause(0.0, 1, token, 0) for token in "abcdef"}) == 6
    assert pause(3600.0, 1, "a", 0) > pause(60.0, 1, "a", 0)
