"""What the blocks of vendors share: what an answer means for a paid job, and what of it may be told.

One rule for every vendor's submission: a status of the 400s, 408 aside, is a refusal; so is what was never
sent; everything else may have made a job. It does not go by classes of exceptions, for a cut answer comes as
a `KeyError` as well as a time-out of the library.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from typing import ClassVar, TypeVar
from urllib.parse import quote

from pydantic import ConfigDict
from qiskit import QuantumCircuit

from blocks.addresses import HIDDEN
from blocks.backends._base import BackendBlock
from qorum.counts import Counts
from qorum.errors import BackendFailed, QorumError, VendorUnreachable
from qorum.remote import Accepted, Refused, RemoteBackend, Submission, Unclear

NOT_SENT_SECONDS = 30.0
"""Until a vendor that could not be reached is tried again."""

BUSY_SECONDS = 60.0
"""Until a vendor is asked again that says "too many requests" and not for how long."""

LONGEST_WAIT = 3600.0
"""No answer makes us wait longer before we ask again, in seconds."""

MOST_WORDS = 300
"""Characters of a vendor's words that are told."""

SIGNED = re.compile(r"""(sig(?:nature)?(?:=|%3d))[^&\s"'<>\\]+""", re.IGNORECASE)
"""What makes a link open to whoever has it."""

Prepared = TypeVar("Prepared")


class NotSent(Exception):
    """It is certain that nothing reached the vendor.

    Attributes:
        retry_after: seconds after which it may be tried again; None: it will never go.
    """

    def __init__(self, reason: str, retry_after: float | None = NOT_SENT_SECONDS) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Answered(Exception):
    """The vendor answered with a status that is no success.

    Attributes:
        status: of HTTP.
        reason: in the vendor's words.
        retry_after: seconds that it asked us to wait; None where it told none.
        of_credentials: whether it answers who asked for nothing but to be known.
    """

    def __init__(
        self, status: int, reason: str, retry_after: float | None = None, *, of_credentials: bool = False
    ) -> None:
        super().__init__(f"HTTP {status}: {reason}" if reason else f"HTTP {status}")
        self.status, self.reason, self.retry_after = status, reason, retry_after
        self.of_credentials = of_credentials

    @property
    def refuses_credentials(self) -> bool:
        """Whether another key would change the answer."""
        asked = self.of_credentials and self.is_refusal and self.status != 429
        return asked or self.status in (401, 403)

    @property
    def is_refusal(self) -> bool:
        """Whether it says that nothing was done. 408 may come from a proxy that had passed the request on."""
        return 400 <= self.status < 500 and self.status != 408

    @property
    def wait(self) -> float | None:
        """Seconds after which a refused request may be taken; None: it never will."""
        if self.status != 429:
            return None
        return BUSY_SECONDS if self.retry_after is None else min(self.retry_after, LONGEST_WAIT)


def checked_key(key: str, how: str) -> str:
    """An API key without blanks around it.

    Args:
        key: as given.
        how: to give one, for who did not.

    Raises:
        NotSent: it is empty, or holds what no key holds and a library would quote in its error.
    """
    key = key.strip()
    if not key:
        raise NotSent(f"no API key: {how}", None)
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise NotSent("the API key holds characters that no key has: copy it again", None)
    return key


def submitted(
    prepare: Callable[[], Prepared], send: Callable[[Prepared], str], secrets: Collection[str]
) -> Submission:
    """What became of a submission; raises nothing.

    Args:
        prepare: all that can be wrong before the job is sent, requests that only read among it; what it
            raises is a refusal, for good unless it says when to ask again.
        send: sends what was prepared, once, and returns the job's id.
        secrets: not to be told.
    """
    try:
        prepared = prepare()
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing was sent
        later = error.retry_after if isinstance(error, NotSent | VendorUnreachable) else None
        return Refused(told(error, secrets), later)
    try:
        job_id = send(prepared)
    except NotSent as error:
        return Refused(told(error, secrets), error.retry_after)
    except Answered as error:
        if error.is_refusal:
            return Refused(told(error, secrets), error.wait)
        return Unclear(told(error, secrets))
    except Exception as error:  # noqa: BLE001 - whatever it is, a job may have been made
        return Unclear(told(error, secrets))
    return Accepted(job_id) if job_id else Unclear("the answer names no job")


@contextmanager
def asking(backend: str, secrets: Collection[str], job_id: str | None = None) -> Generator[None]:
    """Around requests that only read, or may be repeated: what goes wrong is told as the contract says.

    Raises:
        BackendFailed: the vendor refused. One that does not know the job may learn of it later.
        VendorUnreachable: it did not answer, or not as agreed: ask again.
    """
    try:
        yield
    except QorumError:
        raise
    except Answered as error:
        if error.is_refusal and error.status != 429:
            later = error.status == 404 and job_id is not None
            raise BackendFailed(backend, told(error, secrets), job_id, retryable=later) from None
        raise VendorUnreachable(backend, told(error, secrets), _pause(error)) from None
    except NotSent as error:
        if error.retry_after is None:
            raise BackendFailed(backend, told(error, secrets), job_id) from None
        raise VendorUnreachable(backend, told(error, secrets), error.retry_after) from None
    except Exception as error:  # noqa: BLE001 - a broken answer comes in many classes
        raise VendorUnreachable(backend, told(error, secrets), NOT_SENT_SECONDS) from None


def told(error: BaseException, secrets: Collection[str]) -> str:
    """An error in words: secrets hidden, on one line, not too long."""
    ours = isinstance(error, NotSent | Answered | QorumError | ValueError)
    words = str(error) if ours else f"{type(error).__name__}: {error}"
    return scrubbed(words, secrets)


def unsigned(text: str) -> str:
    """A text in which signed links open nothing any more."""
    return SIGNED.sub(rf"\1{HIDDEN}", text)


def scrubbed(text: str, secrets: Collection[str]) -> str:
    """A text with every secret hidden, plain or as in an address, on one line, not too long."""
    text = unsigned(text)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in (secret, quote(secret, safe="")):
            text = text.replace(form, HIDDEN)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS]}…"  # cut last: no half of a secret


def _pause(error: Answered) -> float:
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_WAIT)
    return BUSY_SECONDS if error.status == 429 else NOT_SENT_SECONDS


class RemoteBlock(BackendBlock):
    """A block that fulfils `qorum.remote.RemoteBackend`: what it costs money for goes through the ledger.

    Settings that make it run here instead, e.g. an imitated device, have `remote` None and an own `run`.
    """

    # Pydantic's errors would quote all that was given, an API key among it.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    is_remote: ClassVar[bool] = True

    credentials: ClassVar[tuple[str, ...]] = ()
    """Variables of the environment that hold them, all of them needed, where no saved block does."""

    @classmethod
    def offered(cls) -> list[str]:
        """What is asked where somebody wants to know what the credentials of the environment are good for:
        the default settings, unless a backend overrides it. It may send requests that read.

        Raises: as `qorum.remote.RemoteBackend`.
        """
        return [cls.short_name]

    @property
    @abstractmethod
    def remote(self) -> RemoteBackend | None:
        """Who takes its jobs: itself, mostly; None with settings by which it runs here."""

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """Refused: a call that may be repeated must not make jobs."""
        del circuits, shots, seeds
        reason = "a remote backend's jobs are carried out through the ledger, which submits each once"
        raise BackendFailed(self.backend_name, reason)
