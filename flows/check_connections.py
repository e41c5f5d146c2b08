"""Which backends can be asked, with the credentials given, and what they are now; nothing is bought."""

from __future__ import annotations

from prefect import flow

from flows.requests import CheckConnectionsRequest, takes
from qorum.findings import Findings
from qorum.routing.connections import ConnectionsReport
from tasks.connect import connect
from tasks.outcome import conclude_connections


@flow(name="check-connections", validate_parameters=True)
@takes(CheckConnectionsRequest)
async def check_connections(backends: list[str], wait_seconds: float) -> Findings[ConnectionsReport]:
    """Ask backends side by side what they are now, and whether they know the credentials.

    Only what reads is asked for: no job is made, and nothing is charged.

    Returns:
        `connections`: for each whether it can be reached, or why not and what to do; whether it is online,
        its qubits, queue, price, last calibration and place.
    """
    return conclude_connections(Findings(await connect(backends, wait_seconds)))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("check_connections"))
