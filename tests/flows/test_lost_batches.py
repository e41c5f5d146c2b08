"""Batches on a work pool that nobody serves: said, given up after a while, and never run late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from prefect import flow, get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Pending, Running
from prefect.utilities.annotations import quote

from blocks.object_store import open_store
from blocks.settings import Settings, using
from flows.execute_batch import execute_batch
from qorum.ledger.jobs import Failure, Job, JobResult
from tasks.dispatch import dispatch
from tasks.pools import PoolWatch


def job_of(experiment_id: str) -> Job:
    """Of an experiment of its own: the runs of a job are found by its token on whatever pool."""
    return Job(
        experiment_id=experiment_id,
        step=0,
        backend="aer",
        digests=("a" * 64, "b" * 64),
        compiled=("x", "y"),
        seeds=(1, 2),
        shots=100,
        options={},
    )


class Pool:
    """A work pool without a worker."""

    def __init__(self, name: str, client: PrefectClient) -> None:
        self.name, self.job, self._client = name, job_of(name), client

    async def create(self) -> None:
        await self._client.create_work_pool(WorkPoolCreate(name=self.name, type="process"))
        flow_id = await self._client.create_flow(execute_batch)
        self._deployment = await self._client.create_deployment(
            flow_id, self.name, work_pool_name=self.name, entrypoint="flows.execute_batch.execute_batch"
        )

    async def runs(self) -> list[FlowRun]:
        """Of its batches, in the order in which they were sent."""
        wanted = DeploymentFilter(id=DeploymentFilterId(any_=[self._deployment]))
        found = await self._client.read_flow_runs(deployment_filter=wanted)
        return sorted(found, key=lambda run: str(run.idempotency_key))

    async def send(self, *, is_free: bool = True) -> JobResult:
        """What comes of the job."""

        @flow
        async def sending() -> JobResult:
            result = await dispatch(quote(self.job), self.name, is_free, open_store(), quote(PoolWatch()))
            return quote(result)  # pyright: ignore[reportReturnType]

        found = await sending()
        return found.unquote()  # pyright: ignore[reportAttributeAccessIssue]

    async def begin_one(self) -> None:
        """Has its first run begun, as does a worker that is never heard of again."""
        while not (found := await self.runs()):  # noqa: ASYNC110 - of the server
            await asyncio.sleep(0.1)
        for state in (Pending(), Running()):
            await self._client.set_flow_run_state(found[0].id, state)


@pytest.fixture
async def pool(request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    async with get_client() as client:
        made = Pool(f"pool-{abs(hash(request.node.name)) % 10**8}", client)
        await made.create()
        yield made


def reasons(result: JobResult) -> set[str]:
    assert all(isinstance(outcome, Failure) for outcome in result.outcomes)
    assert len(result.outcomes) == 2
    return {outcome.reason for outcome in result.outcomes if isinstance(outcome, Failure)}


async def test_a_batch_that_no_worker_takes_is_told_of_given_up_and_cancelled(
    pool: Pool, caplog: pytest.LogCaptureFixture
):
    with using(Settings(lost_batch_seconds=2)), caplog.at_level(logging.WARNING):
        result = await pool.send(is_free=False)
    (reason,) = reasons(result)
    assert "no worker was online for 2 s (QORUM_LOST_BATCH_SECONDS)" in reason
    assert f"prefect worker start --pool {pool.name}" in reason
    told = [line for line in caplog.messages if "aer, step 0 waits" in line]
    assert len(told) == 1, "said once"
    assert f"pool {pool.name} has no worker online" in told[0]
    assert f"make worker POOL={pool.name}" in told[0]
    (run,) = await pool.runs()
    assert run.state is not None
    assert run.state.type == StateType.CANCELLED
    assert all(isinstance(one, Failure) and one.retryable for one in result.outcomes)
    assert result.charged_usd == dict.fromkeys(pool.job.purchases, 0.0), "no run began, so none has charged"


async def test_the_same_job_again_is_sent_anew_as_nothing_of_it_ever_ran(pool: Pool):
    with using(Settings(lost_batch_seconds=1)):
        await pool.send(is_free=False)
        await pool.send(is_free=False)
    assert [run.idempotency_key for run in await pool.runs()] == [
        f"{pool.job.token}/0",
        f"{pool.job.token}/1",
    ]


async def test_a_queue_has_its_own_bound(pool: Pool):
    with using(Settings(lost_batch_seconds=300, queued_batch_seconds=1)):
        (reason,) = reasons(await pool.send())
    assert f"no worker of pool {pool.name} took it within 1 s (QORUM_QUEUED_BATCH_SECONDS)" in reason
    (run,) = await pool.runs()
    assert run.state is not None
    assert run.state.type == StateType.CANCELLED


async def test_what_may_have_been_charged_is_not_sent_again(pool: Pool):
    with using(Settings(lost_batch_seconds=3)):
        result, _ = await asyncio.gather(pool.send(is_free=False), pool.begin_one())
        (reason,) = reasons(result)
        assert "it may have been charged, and is not sent again" in reason
        assert not any(isinstance(one, Failure) and one.retryable for one in result.outcomes)
        assert result.charged_usd == {}, "unknown"
        assert reasons(await pool.send(is_free=False)) == {
            f"its run on pool {pool.name} brought no result to {open_store().url}: it ended Cancelled; "
            "it may have been charged, and is not sent again"
        }
    assert len(await pool.runs()) == 1
