"""A vendor that has taken a job and does not know it yet when it is asked for by its id."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from qorum.errors import BackendFailed, JobUnfinished
from qorum.remote import JobStatus
from tests.vendor_model import Desk, MemoryStore, ModelVendor, World


@dataclass
class LateVendor(ModelVendor):
    """Knows a job by its id only once it is listed; where it `forgets`, never."""

    forgets: bool = False

    def poll(self, job_id: str) -> JobStatus:
        if self.forgets or self._job(job_id).listed_at > self.world.now:
            raise BackendFailed("model", "HTTP 404: no such job", job_id, retryable=True)
        return super().poll(job_id)


def desk(*, forgets: bool = False) -> Desk:
    world = World(Random(3))
    vendor = LateVendor(world, least_lag=20.0, forgets=forgets)
    return Desk(world, vendor, MemoryStore.of(world), skew=0)


def test_a_job_that_is_not_known_yet_is_asked_for_again_as_long_as_lists_may_lag():
    late = desk()
    carried = late.ask()
    assert len(carried.counts) == 1
    assert len(late.vendor.jobs) == 1
    assert "does not know job-0 yet" in "".join(late.log)


def test_a_job_that_stays_unknown_is_unfinished_and_found_later():
    late = desk(forgets=True)
    began = late.world.now
    with pytest.raises(JobUnfinished, match="HTTP 404"):
        late.ask()
    waited = (late.world.now - began).total_seconds()
    assert late.vendor.list_lag_seconds < waited < 5 * late.vendor.list_lag_seconds
    late.vendor.forgets = False
    assert len(late.ask().counts) == 1
    assert len(late.vendor.jobs) == 1
