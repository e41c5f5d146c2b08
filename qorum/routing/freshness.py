"""Whether a backend's calibration is young enough for a run that sets a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qorum.backends import BackendProfile
from qorum.routing.calibration_snapshots import in_utc


@dataclass(frozen=True)
class Freshness:
    """The oldest calibration that may be used.

    Attributes:
        hours: that it may be old.
        now: from when they are reckoned, with its zone.
    """

    hours: float
    now: datetime

    def refusal(self, profile: BackendProfile) -> str | None:
        """Why a backend may not be used, or None.

        Ideal simulators have nothing that ages, and noise that is set here by hand neither.
        """
        if not profile.noisy:
            return None
        limit = f"max_calibration_age_hours allows {self.hours:g} h"
        if profile.calibrated_at is None:
            if profile.pool != "qpu":
                return None
            return f"does not tell when it was calibrated, {limit}"
        age = (self.now - in_utc(profile.calibrated_at)).total_seconds() / 3600
        if age <= self.hours:
            return None
        when = f"{profile.calibrated_at:%Y-%m-%d %H:%M}"
        if profile.pool != "qpu":
            return f"imitates a device by a calibration recorded {_hours(age)} ago ({when}), {limit}"
        return f"was calibrated {_hours(age)} ago ({when}), {limit}"


def _hours(hours: float) -> str:
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} d"
