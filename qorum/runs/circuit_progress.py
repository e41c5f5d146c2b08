"""What is known of a circuit so far, and what to ask for next until it is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qorum.backends import BackendProfile
from qorum.circuits.compiled import CompiledCircuit
from qorum.counts import Counts
from qorum.errors import InputRejected
from qorum.ledger.jobs import Failure, Job, JobResult, Order, Outcome
from qorum.parameters import MAX_SHOTS
from qorum.results.referee.findings import Refereed
from qorum.results.referee.ruling import rule
from qorum.results.verdict import Replica, Verdict
from qorum.routing.fidelity import success_probability

MAX_BACKENDS = 5
"""Escalation asks at most so many backends about one circuit."""

MAX_STEPS = 6
"""Steps of one run: each after the first asks for more shots or for one more backend."""


@dataclass(frozen=True)
class Share:
    """One backend's contribution to one circuit, over all steps."""

    counts: Counts
    seconds: float
    cost_usd: float

    def __add__(self, other: Share) -> Share:
        """Both together; a run that waits may go on under another calibration: then both ids are named."""
        ids = [one.counts.calibration_id for one in (self, other)]
        told = dict.fromkeys(one for known in ids if known for one in known.split(", "))
        both = ", ".join(told) or None
        mine, theirs = (replace(one.counts, calibration_id=both) for one in (self, other))
        return Share(mine + theirs, self.seconds + other.seconds, self.cost_usd + other.cost_usd)


@dataclass(frozen=True)
class CircuitProgress:
    """Where one circuit stands.

    Attributes:
        digest: the circuit.
        shots: samples asked of each backend at first.
        shares: contributions by backend, in the order they came.
        failures: backends that brought nothing, and why.
        refused: backends that nothing more is asked of, for want of money, with the reason.
        success: estimated success probability by backend, of the compiled circuit.
        depths: depth before and after compilation for the first backend; None until then.
        verdict: what the shares agree on; None while there are none.
        refereed: what the referee found of the shares, or why nothing exact is known; None while unasked.
    """

    digest: str
    shots: int
    shares: Mapping[str, Share] = field(default_factory=dict[str, Share])
    failures: Mapping[str, Failure] = field(default_factory=dict[str, Failure])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    success: Mapping[str, float] = field(default_factory=dict[str, float])
    depths: tuple[int, int] | None = None
    verdict: Verdict | None = None
    refereed: Refereed | None = None

    @property
    def missing(self) -> dict[str, Failure]:
        """Backends that brought nothing, be it for want of money, and why."""
        refused = {
            backend: Failure(why) for backend, why in self.refused.items() if backend not in self.shares
        }
        return {**self.failures, **refused}

    def with_compiled(
        self, backend: str, found: CompiledCircuit | InputRejected, profile: BackendProfile
    ) -> CircuitProgress:
        """The progress once the circuit is, or could not be, compiled for a backend."""
        if isinstance(found, InputRejected):
            return replace(self, failures={**self.failures, backend: Failure(found.reason)})
        success = success_probability(found.circuit, profile.target) if profile.noisy else 1.0
        depths = self.depths or (found.depth_before, found.depth_after)
        return replace(self, success={**self.success, backend: success}, depths=depths)

    def with_refusal(self, backend: str, reason: str) -> CircuitProgress:
        """The progress where an order was not placed for want of money."""
        return replace(self, refused={**self.refused, backend: reason})

    def with_outcome(
        self, backend: str, outcome: Outcome, seconds: float, cost_usd: float
    ) -> CircuitProgress:
        """The progress with counts, or a failure, more; a backend's counts add up."""
        if isinstance(outcome, Failure):
            return replace(self, failures={**self.failures, backend: outcome})
        assert isinstance(outcome, Counts), "jobs of runs sample"
        counts = replace(outcome, backend=backend)  # two saved backends may have the same settings
        share, known = Share(counts, seconds, cost_usd), self.shares.get(backend)
        return replace(self, shares={**self.shares, backend: share if known is None else known + share})

    def replicas(self, profiles: Mapping[str, BackendProfile]) -> list[Replica]:
        """The shares as consensus takes them, in the order they came."""
        return [
            Replica(
                share.counts,
                noisy=profiles[backend].noisy,
                success_probability=self._estimate(profiles[backend]),
                engine=profiles[backend].engine,
            )
            for backend, share in self.shares.items()
        ]

    def judged(
        self, profiles: Mapping[str, BackendProfile], confidence: float, refereed: Refereed | None = None
    ) -> CircuitProgress:
        """The progress with the verdict on its shares; unchanged while there are none.

        Args:
            profiles: by backend.
            confidence: see `consensus.agree`.
            refereed: what the referee found of all the shares.
        """
        if not self.shares:
            return self
        verdict = rule(self.replicas(profiles), refereed, confidence=confidence)
        return replace(self, verdict=verdict, refereed=refereed)

    def next_orders(self, reserve: Sequence[str], wanted: int) -> list[Order]:
        """What would settle the circuit; nothing if it is settled or nothing is left to try.

        Backends that failed or are too dear are replaced first; then the verdict's advice is followed: more
        shots of everyone, or one more backend.

        Args:
            reserve: backends that may be asked, best first; those asked already are passed over.
            wanted: replicas asked for.
        """
        asked = {**self.shares, **self.failures, **self.refused}
        fresh = [backend for backend in reserve if backend not in asked][: MAX_BACKENDS - len(self.shares)]
        missing = wanted - len(self.shares)
        if (self.failures or self.refused) and missing > 0 and fresh:
            return [Order(self.digest, backend, self._shots_each()) for backend in fresh[:missing]]
        if self.verdict is None or self.verdict.advice == "none":
            return []
        more = min(self.verdict.suggested_shots, MAX_SHOTS - self._shots_each())
        if self.verdict.advice == "more_shots" and more > 0:
            affordable = [backend for backend in self.shares if backend not in self.refused]
            return [Order(self.digest, backend, more) for backend in affordable]
        return [Order(self.digest, backend, self._shots_each()) for backend in fresh[:1]]

    def closed(self) -> CircuitProgress:
        """The progress once nobody else can be asked: two against one is then a dispute.

        Which side lies cannot be told from three histograms; see docs/adr/010.
        """
        if self.verdict is None or not self.verdict.contested:
            return self
        return replace(self, verdict=replace(self.verdict, status="disputed", merged={}))

    def _estimate(self, profile: BackendProfile) -> float | None:
        """The success probability where something is known: a noisy target may state no errors."""
        success = self.success.get(profile.name)
        return success if profile.noisy and success is not None and success < 1.0 else None

    def _shots_each(self) -> int:
        return max((share.counts.shots for share in self.shares.values()), default=self.shots)


def gather(
    progress: Mapping[str, CircuitProgress],
    outcomes: Sequence[tuple[Job, JobResult]],
    compiled: Mapping[tuple[str, str], CompiledCircuit | InputRejected],
    refused: Mapping[tuple[str, str], str],
    profiles: Mapping[str, BackendProfile],
) -> dict[str, CircuitProgress]:
    """The progress of a step's circuits with what the step brought, not judged yet.

    A batch's seconds are shared evenly among its circuits.

    Args:
        progress: by digest, of the step's circuits that are to be judged; what came of others is passed over.
        outcomes: the step's jobs with what came of them.
        compiled: what became of each (digest, backend) ordered.
        refused: why orders were not placed, by (digest, backend).
        profiles: by backend.
    """
    new: dict[str, CircuitProgress] = {}
    for (digest, backend), found in compiled.items():
        if digest in progress:
            known = new.get(digest, progress[digest])
            new[digest] = known.with_compiled(backend, found, profiles[backend])
    for (digest, backend), reason in refused.items():
        if digest in new:
            new[digest] = new[digest].with_refusal(backend, reason)
    for job, result in outcomes:
        seconds = result.seconds / len(job.digests)
        for digest, purchase, outcome in zip(job.digests, job.purchases, result.outcomes, strict=True):
            if digest in new:
                cost = result.charged_usd.get(purchase, 0.0)
                new[digest] = new[digest].with_outcome(job.backend, outcome, seconds, cost)
    return new
