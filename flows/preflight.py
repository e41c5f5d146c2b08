"""What a command in a terminal looks at before it starts anything, so that a mistake costs one line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import httpx
from prefect.settings import get_current_settings

from blocks.backends import SAVED, load_backend
from blocks.experiment_tracker import ExperimentTracker
from qorum.circuits.library import PREFIX, parse_template
from qorum.errors import QorumError

ANSWER_SECONDS = 5.0


def check_servers() -> None:
    """Whether Prefect and MLflow can be had, as they are configured.

    Raises:
        QorumError: which of them cannot, and what to do.
    """
    settings = get_current_settings()
    if settings.api.url:
        _check_prefect(settings.api.url)
    else:
        _check_home(settings.home.absolute())
    ExperimentTracker().probe()


def check_output(file: str | Path | None) -> None:
    """Whether what is to be written to `file` can be: None is nothing, `-` standard output.

    Raises:
        QorumError: it cannot.
    """
    if file in (None, "-"):
        return
    path = Path(str(file)).absolute()
    if path.is_dir():
        raise QorumError(f"{file}: a file expected, found a folder; name a file in it")
    if not path.parent.is_dir():
        raise QorumError(f"{file}: there is no folder {path.parent}; make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise QorumError(f"{file}: cannot be written to; choose another place")


def check_names(circuits: Sequence[str], backends: Sequence[str]) -> None:
    """Whether templates and backends are known, with the settings given.

    Raises:
        CircuitRejected, NoEligibleBackend: which is not, and what is known.
    """
    for circuit in circuits:
        if circuit.startswith(PREFIX):
            parse_template(circuit)
    for backend in backends:
        if not backend.startswith(SAVED):  # those are on a server
            load_backend(backend)


def _check_prefect(url: str) -> None:
    try:
        answer = httpx.get(f"{url.rstrip('/')}/health", timeout=ANSWER_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        found = type(error).__name__
    else:
        # One that asks for a login is there; whether we may use it, Prefect's own client finds out.
        if answer.status_code in (httpx.codes.OK, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return
        found = f"status {answer.status_code}"
    address = httpx.URL(url).copy_with(userinfo=b"")
    raise QorumError(
        f"no Prefect server answers at {address} ({found}); start it (`make ui`), correct PREFECT_API_URL, "
        "or unset it for a temporary one"
    )


def _check_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QorumError(f"PREFECT_HOME {home} cannot be made ({error.strerror}); set another") from None
    if not os.access(home, os.W_OK):
        raise QorumError(f"PREFECT_HOME {home} cannot be written to; set another")
