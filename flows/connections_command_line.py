"""`python -m flows.check_connections`: as other work, after names that no backend has are refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flows.arguments import Command
from flows.preflight import check_names
from flows.training_command_line import USAGE, do
from qorum.errors import QorumError


def ask(command: Command, arguments: Sequence[str] | None = None) -> int:
    """Refuse wrong names before Prefect stores them as a run's parameters; then run the flow."""
    parser = command.parser()
    try:
        check_names([], parser.parse_args(arguments).backends)
    except QorumError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return USAGE
    return do(command, arguments)
