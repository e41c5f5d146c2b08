"""Where batches run: in this process, or on workers of the backends' pools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prefect.utilities.annotations import quote

from blocks.object_store import ObjectStore
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import Job, JobResult
from qorum.runs.stages import Compilation, Routing
from tasks.dispatch import dispatch, online_pools
from tasks.execute import execute


@dataclass(frozen=True)
class Dispatcher:
    """Carries out jobs.

    Attributes:
        pools: work pools with a worker online; None where everything runs in this process.
        purse: what jobs are paid from.
    """

    pools: frozenset[str] | None
    purse: Purse

    @classmethod
    async def choose(cls, dispatch: Literal["inline", "pools", "auto"], purse: Purse) -> Dispatcher:
        """The dispatcher that the user asked for; `auto` prefers pools where a worker is online."""
        if dispatch == "inline":
            return cls(None, purse)
        online = await online_pools(("cpu", "cuda", "mps", "qpu"))
        return cls(None if dispatch == "auto" and not online else frozenset(online), purse)

    @property
    def online(self) -> frozenset[str]:
        """Pools whose jobs can be carried out; in this process only the CPU's can."""
        return frozenset({"cpu"}) if self.pools is None else self.pools

    async def run(
        self, job: Job, routing: Routing, compilation: Compilation, store: ObjectStore
    ) -> tuple[Job, JobResult]:
        """Carry out one job, whose circuits' costs are reserved; what it was charged is settled."""
        if self.pools is None:
            result = await execute(quote(job), quote(compilation.by_key), store)
        else:
            profile = routing.profiles[job.backend]
            result = await dispatch(quote(job), profile.pool, profile.price.is_free, store)
        for purchase, usd in result.charged_usd.items():
            self.purse.settle(purchase, usd)
        return job, result
