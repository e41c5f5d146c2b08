"""Where batches run: in this process, or on workers of the backends' pools."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from blocks.backends import load_backend
from blocks.object_store import ObjectStore
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import Job, JobResult
from qorum.runs.stages import Compilation, Routing
from tasks.dispatch import dispatch
from tasks.execute import execute
from tasks.pools import PoolWatch, online_pools
from tasks.wait import is_watched
from tasks.whole import whole


@dataclass(frozen=True)
class Dispatcher:
    """Carries out jobs.

    Attributes:
        pools: work pools with a worker online; None where everything runs in this process.
        purse: what jobs are paid from.
        hands_over: whether the run ends its process while vendors have its jobs, and goes on afterwards.
        watch: follows what is on pools.
    """

    pools: frozenset[str] | None
    purse: Purse
    hands_over: bool = False
    watch: PoolWatch = field(default_factory=PoolWatch)

    @classmethod
    async def choose(cls, dispatch: Literal["inline", "pools", "auto"], purse: Purse) -> Dispatcher:
        """The dispatcher that the user asked for; `auto` prefers pools where a worker is online."""
        if dispatch == "inline":
            return cls(None, purse)
        online = await online_pools(("cpu", "cuda", "mps", "qpu"))
        if dispatch == "auto" and not online:
            return cls(None, purse)
        return cls(frozenset(online), purse, hands_over=await is_watched())

    @property
    def online(self) -> frozenset[str]:
        """Pools whose jobs can be carried out; by this process the CPU's, and vendors' over the network."""
        return frozenset({"cpu", "qpu"}) if self.pools is None else self.pools

    async def run(
        self, job: Job, routing: Routing, compilation: Compilation, store: ObjectStore
    ) -> tuple[Job, JobResult]:
        """Carry out one job, whose circuits' costs are reserved; what it was charged is settled."""
        if self.pools is None:
            result = await execute(whole(job), whole(compilation.by_key), store)
        else:
            profile = routing.profiles[job.backend]
            is_remote = (await asyncio.to_thread(load_backend, job.backend)).remote is not None
            result = await dispatch(
                *(whole(job), profile.pool, profile.price.is_free, store, whole(self.watch)),
                in_ledger=is_remote,
                hands_over=is_remote and self.hands_over,
            )
        for purchase, usd in result.charged_usd.items():
            self.purse.settle(purchase, usd)
        return job, result
