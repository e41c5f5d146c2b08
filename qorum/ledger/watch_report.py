"""What is told of the watch over jobs at vendors."""

from __future__ import annotations

from qorum.findings import Report


class WatchReport(Report):
    """What one watch did until no run waited any more.

    Attributes:
        jobs: that it asked vendors about.
        resumed: runs that went on, a run each time that it did.
        cancelled: runs whose jobs were cancelled at their vendors.
    """

    jobs: int
    resumed: int
    cancelled: int
