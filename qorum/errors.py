"""The one error family. A message says what was expected, what was found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _rebuild(kind: type[QorumError], fields: dict[str, Any]) -> QorumError:
    return kind(**fields)


class QorumError(Exception):
    """Base of every error that Qorum raises on purpose; survives pickling with its fields."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self._fields: dict[str, Any] = fields or {"message": message}

    def __reduce__(self) -> tuple[Callable[..., QorumError], tuple[type[QorumError], dict[str, Any]]]:
        return _rebuild, (type(self), self._fields)


class InputRejected(QorumError):
    """What was given cannot be used as given: a circuit, a Hamiltonian, data, a setting.

    Attributes:
        source: its name, file or template, as the user would recognise it.
        line: 1-based line of the source text, where one is to blame.
        reason: what was expected, what was found, what to do.
    """

    def __init__(self, source: str, reason: str, line: int | None = None) -> None:
        where = source if line is None else f"{source}, line {line}"
        super().__init__(f"{where}: {reason}", source=source, reason=reason, line=line)
        self.source, self.reason, self.line = source, reason, line


class CircuitRejected(InputRejected):
    """A circuit that cannot be run as given."""


class NoEligibleBackend(QorumError):
    """No backend passed the hard filters; `reasons` maps each backend to why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        listed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        super().__init__(f"no eligible backend ({listed or 'none was offered'})", reasons=dict(reasons))
        self.reasons = dict(reasons)


class BackendFailed(QorumError):
    """A backend could not finish a batch; `retryable` tells whether the same call may work later."""

    def __init__(
        self, backend: str, reason: str, job_id: str | None = None, *, retryable: bool = False
    ) -> None:
        job = f" (job {job_id})" if job_id else ""
        super().__init__(
            f"{backend}{job}: {reason}", backend=backend, reason=reason, job_id=job_id, retryable=retryable
        )
        self.backend, self.reason, self.job_id, self.retryable = backend, reason, job_id, retryable


class VendorUnreachable(QorumError):
    """A vendor did not answer, or not as agreed; `retry_after` tells in how many seconds to ask again."""

    def __init__(self, backend: str, reason: str, retry_after: float = 10.0) -> None:
        super().__init__(f"{backend}: {reason}", backend=backend, reason=reason, retry_after=retry_after)
        self.backend, self.reason, self.retry_after = backend, reason, retry_after


class JobUnfinished(QorumError):
    """A job at a vendor that more will be known of later: asked for again it is found, and not paid twice."""

    def __init__(self, token: str, reason: str) -> None:
        super().__init__(f"job {token[:12]}: {reason}", token=token, reason=reason)
        self.token, self.reason = token, reason


class JobWaiting(JobUnfinished):
    """A job that its vendor has and has not ended: it is left to who watches."""


class JobHeld(JobUnfinished):
    """A job of which nobody can tell whether the vendor took it; a person has to look."""


class BudgetExceeded(QorumError):
    """A paid job would cost more than what is left of the budget (both in USD)."""

    def __init__(self, needed_usd: float, left_usd: float) -> None:
        super().__init__(
            f"the job costs up to {needed_usd:.4f} USD but {left_usd:.4f} USD are left; raise max_cost_usd",
            needed_usd=needed_usd,
            left_usd=left_usd,
        )
        self.needed_usd, self.left_usd = needed_usd, left_usd


class MonthlyLimitReached(QorumError):
    """A paid job would cost more than what is left of a limit of this month, both in its unit."""

    def __init__(self, limit: str, needed: float, left: float, unit: str) -> None:
        super().__init__(
            f"the job costs up to {needed:.4f} {unit} but {left:.4f} {unit} are left this month of {limit}; "
            "raise it in QORUM_MONTHLY_LIMITS",
            limit=limit,
            needed=needed,
            left=left,
            unit=unit,
        )


class StorageUnfit(QorumError):
    """An object store that cannot do what it is asked to be trusted with."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(f"{store}: {reason}", store=store, reason=reason)
        self.store, self.reason = store, reason


class CheckpointCorrupt(QorumError):
    """A checkpoint that cannot be gone on from; `key` tells which, `reason` why."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"checkpoint {key}: {reason}", key=key, reason=reason)
        self.key, self.reason = key, reason


class TrainingHalted(QorumError):
    """A training that cannot go on by itself; its last good state is kept."""

    def __init__(self, training: str, reason: str) -> None:
        super().__init__(f"training {training}: {reason}", training=training, reason=reason)
        self.training, self.reason = training, reason
