"""What all backend blocks share: how one is named, and what it must offer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlencode

from prefect.blocks.core import Block
from pydantic import ConfigDict, ValidationError
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile
from qorum.counts import Counts
from qorum.errors import BackendFailed, NoEligibleBackend

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

    contract_variants: ClassVar[tuple[str, ...]] = ()
    """Settings, as in `from_options`, that the contract tests run besides the defaults."""

    wide_variants: ClassVar[tuple[str, ...]] = ()
    """Settings, as in `from_options`, that are considered where no backend is named and circuits are
    demanding: methods that suit some circuits only."""

    may_share_process: ClassVar[bool] = False
    """Whether what takes under a second may run in the process that asks: it neither hangs nor takes its
    process along, nor prints. Of a backend from elsewhere nobody knows it, unless it says so."""

    @abstractmethod
    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""

    def load(self) -> None:
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
    def backend_name(self) -> str:
        """`short_name?setting=value&…` with the settings that differ from their defaults, sorted."""
        options = {
            field: getattr(self, field)
            for field, info in sorted(type(self).model_fields.items())
            if getattr(self, field) != info.get_default(call_default_factory=True)
        }
        return f"{self.short_name}?{urlencode(options, safe='/:,')}" if options else self.short_name

    @classmethod
    def from_options(cls, options: str) -> BackendBlock:
        """The backend with the settings of a query string such as `method=stabilizer`.

        Raises:
            NoEligibleBackend: a setting is unknown or out of bounds, with what was expected.
        """
        try:
            return cls(**dict(parse_qsl(options, strict_parsing=bool(options))))
        except ValidationError as error:
            faults = "; ".join(
                ": ".join((*map(str, fault["loc"]), _in_words(fault["type"], fault["msg"])))
                for fault in error.errors()
            )
            known = ", ".join(sorted(cls.model_fields))
            raise NoEligibleBackend(
                {f"{cls.short_name}?{options}": f"{faults} (settings: {known})"}
            ) from error
        except ValueError as error:
            raise NoEligibleBackend(
                {f"{cls.short_name}?{options}": f"settings are written name=value&…: {error}"}
            ) from error


def _in_words(kind: str, message: str) -> str:
    return "no such setting" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
