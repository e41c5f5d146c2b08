"""How devices are now, kept for later: their calibrations, each stored once; nothing is bought."""

from __future__ import annotations

from prefect import flow

from blocks.object_store import open_store
from flows.requests import RefreshCalibrationsRequest, takes
from qorum.findings import Findings
from qorum.routing.calibration_report import RefreshReport
from tasks.calibrate import refresh_all
from tasks.outcome import conclude_refresh


@flow(name="refresh-calibrations", validate_parameters=True)
@takes(RefreshCalibrationsRequest)
async def refresh_calibrations(backends: list[str], wait_seconds: float) -> Findings[RefreshReport]:
    """Ask backends side by side for their calibrations, and store those that changed.

    Only what reads is asked for: no job is made, and nothing is charged.

    Returns:
        `backends`: for each whether its calibration was stored, or why not.
    """
    return conclude_refresh(Findings(await refresh_all(backends, wait_seconds, open_store())))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("refresh_calibrations"))
