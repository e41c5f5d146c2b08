"""A third replica is not waited for where two engines are done long before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.qorum.routing.test_ranking import assign, backend


@pytest.mark.parametrize(
    ("others", "seconds", "stands_by"),
    [(0.0, 3.0, False), (0.0, 3.01, True), (1.0, 5.0, False), (1.0, 5.01, True)],
)
def test_a_third_engine_is_slow_from_three_seconds_and_five_times_the_others_on(
    others: float, seconds: float, stands_by: bool
):
    at_once = {"pace": 0.0}  # so that what is foreseen is the wait alone
    quick = [backend(name, queue_wait=others, **at_once) for name in ("a", "b")]
    third = backend("c", queue_wait=seconds, **at_once)
    found = assign(profiles=(*quick, third))
    assert found.reserve == (("c",) if stands_by else ())
    assert assign(profiles=(quick[0], third)).chosen == ("a", "c")
    device = replace(third, pool="qpu")
    assert assign(profiles=(*quick, device)).chosen == ("a", "b", "c")
