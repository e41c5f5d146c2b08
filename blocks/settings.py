"""What an installation is told by its environment, as one typed object that a block of code can replace."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from qorum.errors import QorumError
from qorum.faults import faults_of
from qorum.ledger.limits import Limit, parse_limits

PREFIX = "QORUM_"


class Settings(BaseSettings):
    """The variables `QORUM_…`, and the one of MLflow that we answer for; secrets are in none of them.

    Attributes:
        home: folder of everything kept on this machine.
        store: address of the store, see `open_store`; empty: a folder in `home`.
        backend_modules: modules with backends of the installation's own; QORUM_BACKEND_MODULES has commas.
        circuit_seconds: how long one circuit may take before its process is stopped.
        lost_batch_seconds: how long a batch on a work pool may go without a worker online, the pool's or the
            one that began it, before it is cancelled and counts as failed.
        queued_batch_seconds: how long a batch may stand in a pool's queue although workers are online.
        monthly_limits: the most that vendors may charge in a calendar month, see `parse_limits`.
        prices: a file of own prices in the form of `qorum/routing/prices.toml`; its entries come first.
        mlflow_ui: where people open MLflow, for links.
        mlflow_uri: MLflow's server or database, MLFLOW_TRACKING_URI; empty: a database in `home`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True
    )

    home: Path = Path(".qorum")
    store: str = ""
    backend_modules: Annotated[tuple[str, ...], NoDecode] = ()
    circuit_seconds: float = Field(default=600.0, gt=0, allow_inf_nan=False)
    lost_batch_seconds: float = Field(default=600.0, gt=0, allow_inf_nan=False)
    queued_batch_seconds: float = Field(default=6 * 3600.0, gt=0, allow_inf_nan=False)
    monthly_limits: Annotated[tuple[Limit, ...], NoDecode] = ()
    prices: Path | None = None
    mlflow_ui: str = ""
    mlflow_uri: str = Field(default="", validation_alias="MLFLOW_TRACKING_URI")

    @field_validator("home", "prices")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @field_validator("backend_modules", mode="before")
    @classmethod
    def _split(cls, modules: object) -> object:
        return [name for name in modules.split(",") if name] if isinstance(modules, str) else modules

    @field_validator("monthly_limits", mode="before")
    @classmethod
    def _parse(cls, limits: object) -> object:
        return parse_limits(limits) if isinstance(limits, str) else limits


_replaced: ContextVar[Settings | None] = ContextVar("qorum_settings", default=None)


def settings() -> Settings:
    """Those of the context, else of the environment as it is now.

    Raises:
        QorumError: a variable has a value that it cannot have.
    """
    replaced = _replaced.get()
    if replaced is not None:
        return replaced
    try:
        return Settings()
    except ValidationError as error:
        told = (f"{_variable(fault.place)}: {fault.expected}" for fault in faults_of(error))
        raise QorumError("; ".join(told)) from None


def _variable(place: tuple[int | str, ...]) -> str:
    name = str(place[0])
    return name if name.isupper() else f"{PREFIX}{name.upper()}"


@contextmanager
def using(replacement: Settings) -> Generator[None]:
    """Within, these are the settings, of this thread or asyncio task and of all that it starts here.

    So several teams' runs can share a process, each with its own store. A worker's process has its own.
    """
    token = _replaced.set(replacement)
    try:
        yield
    finally:
        _replaced.reset(token)
