"""What all backend blocks share: how one is named, and what it must offer."""

from __future__ import annotations

import importlib.util
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, get_args
from urllib.parse import parse_qsl, urlencode

from prefect.blocks.core import Block
from pydantic import ConfigDict, SecretBytes, SecretStr, ValidationError
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile, OwnEngine
from qorum.counts import Counts
from qorum.errors import BackendFailed, NoEligibleBackend
from qorum.faults import faults_of
from qorum.remote import RemoteBackend

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum


class BackendBlock(Block):
    """Settings of one backend, and the way to run circuits on it.

    A subclass is a whole backend: its fields are what a user may set (with help texts and bounds,
    for they become the form in the UI), `short_name` is what a user writes, and `profile` and
    `run` fulfil `qorum.backends.LocalBackend`.
    """

    model_config = ConfigDict(extra="forbid")

    short_name: ClassVar[str]

    library: ClassVar[str] = ""
    """The package that it imports and Qorum does without; empty where there is none."""

    extra: ClassVar[str] = ""
    """The part of Qorum that installs this: `pip install 'qorum[EXTRA]'`."""

    contract_variants: ClassVar[tuple[str, ...]] = ()
    """Settings, as in `from_options`, that the contract tests run besides the defaults."""

    wide_variants: ClassVar[tuple[str, ...]] = ()
    """Settings, as in `from_options`, that are considered where no backend is named and circuits are
    demanding: methods that suit some circuits only."""

    may_share_process: ClassVar[bool] = False
    """Whether what takes under a second may run in the process that asks: it neither hangs nor takes its
    process along, nor prints. Of a backend from elsewhere nobody knows it, unless it says so."""

    is_remote: ClassVar[bool] = False
    """Whether it fulfils `qorum.remote.RemoteBackend`, so that it is asked by name only: its jobs go through
    the ledger, not through `run`, unless its settings make `remote` None."""

    @classmethod
    def not_installed(cls) -> str:
        """What to do where its library is not installed; empty where it is, or none is needed."""
        if not cls.library or importlib.util.find_spec(cls.library) is not None:
            return ""
        how = f": pip install 'qorum[{cls.extra}]'" if cls.extra else ""
        return f"{cls.library} is not installed{how}"

    @abstractmethod
    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""

    def warm_up(self) -> None:
        """Import the vendor's library, so that this time does not count as the first batch's.

        Called before each batch; costs nothing once it is done. Overridden by backends that import
        a library.
        """

    @abstractmethod
    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`."""

    @property
    def can_expect(self) -> bool:
        """See `qorum.backends.ExpectationBackend.can_expect`; False unless a backend overrides it."""
        return False

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        """See `qorum.backends.ExpectationBackend.expectation`."""
        del circuits, observables
        raise BackendFailed(self.backend_name, "this backend only samples: set shots")

    @property
    def own_engine(self) -> OwnEngine | None:
        """What it is as our own engine; None unless it is that."""
        return None

    @property
    def remote(self) -> RemoteBackend | None:
        """It as one whose jobs run at a vendor and go through the ledger; None where they run here."""
        return None

    @property
    def backend_name(self) -> str:
        """`short_name?setting=value&…` with the settings that differ from their defaults, sorted.

        Secrets are left out: names are logged, stored and shown.
        """
        options = {
            field: getattr(self, field)
            for field in self.settable()
            if getattr(self, field) != type(self).model_fields[field].get_default(call_default_factory=True)
        }
        return f"{self.short_name}?{urlencode(options, safe='/:,')}" if options else self.short_name

    @classmethod
    def from_options(cls, options: str) -> BackendBlock:
        """The backend with the settings of a query string such as `method=stabilizer`.

        Raises:
            NoEligibleBackend: a setting is unknown, secret or out of bounds, with what was expected.
        """
        try:
            given = dict(parse_qsl(options, strict_parsing=bool(options)))
        except ValueError as error:
            raise NoEligibleBackend(
                {f"{cls.short_name}?{options}": f"settings are written name=value&…: {error}"}
            ) from error
        known = cls.settable()
        if secrets := given.keys() & cls.model_fields.keys() - set(known):
            told = f"{', '.join(secrets)} is secret: set it in the environment or in a saved block"
            raise NoEligibleBackend({cls.short_name: told})
        try:
            return cls(**given)
        except ValidationError as error:
            told = (": ".join((*map(str, fault.place), fault.expected)) for fault in faults_of(error))
            raise NoEligibleBackend(
                {f"{cls.short_name}?{options}": f"{'; '.join(told)} (settings: {', '.join(known)})"}
            ) from error

    @classmethod
    def settable(cls) -> list[str]:
        """The fields that a name may tell, sorted."""
        return [name for name, info in sorted(cls.model_fields.items()) if not _is_secret(info.annotation)]


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or annotation is SecretBytes or any(map(_is_secret, get_args(annotation)))
