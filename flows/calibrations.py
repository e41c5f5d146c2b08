"""Stored calibrations: a list, and what changed; no vendor is asked."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow

from blocks.object_store import open_store
from flows.requests import CalibrationsRequest, takes
from qorum.findings import Findings
from qorum.routing.calibration_report import CalibrationsReport
from tasks.calibrate import read_stored


@flow(name="calibrations", validate_parameters=True)
@takes(CalibrationsRequest)
async def calibrations(backends: list[str], since: str, most: int) -> Findings[CalibrationsReport]:
    """List stored calibrations, newest first; compare the newest of each backend that is named.

    Returns:
        `snapshots`, `comparisons`, `missing`, `older`: see `CalibrationsReport`.
    """
    start_of_day = datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC) if since else None
    return Findings(await read_stored(backends, start_of_day, most, open_store()))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("calibrations"))
