"""`python -m flows.calibrations`: the list, comparisons, and the trend as a picture."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from flows.arguments import Command, in_words
from flows.preflight import check_names
from flows.training_command_line import USAGE, carry_out, flow_of
from flows.training_curves import form_of, refuse_unknown_format
from qorum.errors import QorumError
from qorum.findings import Findings
from qorum.results.calibration_plot import trend_plot
from qorum.routing.calibration_report import CalibrationsReport


def show(command: Command, arguments: Sequence[str] | None = None) -> int:
    """Show what is stored; with `--plot` draw it, too."""
    parser = command.parser()
    given = vars(parser.parse_args(arguments))
    told, plot = given.pop("json"), given.pop("plot")
    try:
        refuse_unknown_format(plot)
        asked = command.asked(given).model_dump()
        check_names([], asked["backends"])
    except ValidationError as error:
        return _usage(parser.prog, in_words(error, command.request))
    except QorumError as error:
        return _usage(parser.prog, str(error))
    picture = Path(plot) if plot else None

    async def with_trend() -> Findings[CalibrationsReport]:
        findings: Findings[CalibrationsReport] = await flow_of(command)(**asked)
        if picture:
            if not findings.report.snapshots:
                raise QorumError(f"{picture} is not drawn: no calibrations are stored to be drawn")
            picture.write_bytes(trend_plot(findings.report.snapshots, form_of(picture)))
        return findings

    return carry_out(parser, told, with_trend, picture)


def _usage(program: str, message: str) -> int:
    print(f"{program}: {message}", file=sys.stderr)
    return USAGE
