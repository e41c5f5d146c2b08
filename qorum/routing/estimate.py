"""What a run will cost, take and be worth, before anything is bought: by backend, and by objective."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from qorum.backends import BackendProfile, Billed
from qorum.findings import Report
from qorum.routing.assignments import Assignment, RouteRequest
from qorum.routing.runtimes import BatchLoad, RuntimeModel

NAMES = {"cost": "cheapest", "time": "fastest", "fidelity": "best"}
"""What a choice is called, by what it is ranked by."""


class BackendEstimate(Report):
    """One backend, for all circuits of the run that it may take.

    Attributes:
        backend: by name.
        circuits: how many it may take.
        chosen: for how many it is chosen.
        usd: what these cost as foreseen.
        most_usd: what they cost at most (95 % of such jobs, where the vendor bills by the second).
        wait_seconds: of its queue; None while it is offline.
        run_seconds: of execution as foreseen.
        most_run_seconds: and at most (95 %).
        least_fidelity: estimated success probability of the worst of the circuits; 1 of ideal simulators.
        most_fidelity: of the best.
        calibrated_at: when the errors were measured of which fidelities are made; None where none are known.
    """

    backend: str
    circuits: int
    chosen: int
    usd: float
    most_usd: float
    wait_seconds: float | None
    run_seconds: float
    most_run_seconds: float
    least_fidelity: float
    most_fidelity: float
    calibrated_at: datetime | None


class Choice(Report):
    """What one objective would choose.

    Attributes:
        objective: what is ranked by.
        is_taken: whether it is what the run does.
        backends: chosen for any circuit, in the order in which they occur.
        most_usd: of all circuits on all their backends.
        seconds: until the slowest circuit is there; None where that is not known.
        least_fidelity: of any replica.
    """

    objective: str
    is_taken: bool
    backends: tuple[str, ...]
    most_usd: float
    seconds: float | None
    least_fidelity: float


class Estimate(Report):
    """Of a run with backends that charge; shots are those of the first step, without escalation."""

    shots: int
    backends: tuple[BackendEstimate, ...]
    choices: tuple[Choice, ...]

    @property
    def most_usd(self) -> float:
        """What the first step costs at most."""
        return sum(choice.most_usd for choice in self.choices if choice.is_taken)


def estimate(
    requests: Sequence[RouteRequest],
    profiles: Mapping[str, BackendProfile],
    choices: Mapping[str, Sequence[Assignment]],
    objective: str,
    shots: int,
    runtimes: RuntimeModel,
) -> Estimate:
    """What the circuits would cost, by backend and by choice.

    Args:
        requests: the circuits.
        profiles: the backends, by name.
        choices: by objective, what routing would decide.
        objective: the one that the run follows.
        shots: samples of each circuit on each backend.
        runtimes: predicts run times.
    """
    taken = choices[objective]
    backends = dict.fromkeys(
        name for assignment in taken for name in (*assignment.chosen, *assignment.reserve)
    )
    return Estimate(
        shots=shots,
        backends=tuple(_of_backend(profiles[name], requests, taken, shots, runtimes) for name in backends),
        choices=tuple(_of_choice(name, found, name == objective) for name, found in choices.items()),
    )


def _of_backend(
    profile: BackendProfile,
    requests: Sequence[RouteRequest],
    taken: Sequence[Assignment],
    shots: int,
    runtimes: RuntimeModel,
) -> BackendEstimate:
    name = profile.name
    mine = [one for one, assignment in zip(requests, taken, strict=True) if name in assignment.scores]
    scores = [assignment.scores[name] for assignment in taken if name in assignment.scores]
    times = [runtimes.predict(BatchLoad.of(profile, [(one.num_qubits, one.size)], shots)) for one in mine]

    def usd(seconds: Sequence[float]) -> float:
        gates = [(one.one_qubit_gates, one.two_qubit_gates) for one in mine]
        return profile.price.of(
            [Billed(shots, spent, *counted) for spent, counted in zip(seconds, gates, strict=True)]
        )

    expected, most, bound = [one.seconds for one in times], [one.high for one in times], profile.time_bound
    billed = [bound.seconds(one.num_qubits, one.size.gates) for one in mine] if bound else most
    return BackendEstimate(
        backend=name,
        circuits=len(mine),
        chosen=sum(name in assignment.chosen for assignment in taken),
        usd=usd(expected),
        most_usd=usd(billed),
        wait_seconds=profile.queue_wait if math.isfinite(profile.queue_wait) else None,
        run_seconds=sum(expected),
        most_run_seconds=sum(most),
        least_fidelity=min(score.fidelity for score in scores),
        most_fidelity=max(score.fidelity for score in scores),
        calibrated_at=profile.calibrated_at,
    )


def _of_choice(objective: str, assignments: Sequence[Assignment], is_taken: bool) -> Choice:
    scores = [assignment.scores[name] for assignment in assignments for name in assignment.chosen]
    seconds = max((score.seconds for score in scores), default=0.0)
    return Choice(
        objective=objective,
        is_taken=is_taken,
        backends=tuple(dict.fromkeys(name for assignment in assignments for name in assignment.chosen)),
        most_usd=sum(score.cost_usd for score in scores),
        seconds=seconds if math.isfinite(seconds) else None,
        least_fidelity=min((score.fidelity for score in scores), default=0.0),
    )


def markdown(estimate: Estimate) -> str:
    """The estimate as a page: the choices side by side, then each backend."""
    # Names come last: they are long, and a table is cut at the right.
    rows = [
        f"| {_called(one)} | {one.most_usd:.2f} | {_seconds(one.seconds)} | {one.least_fidelity:.3g} "
        f"| {_named(one)} |"
        for one in estimate.choices
    ]
    backends = [
        f"| {_between(f'{one.usd:.2f}', f'{one.most_usd:.2f}')} | {_seconds(one.wait_seconds)} "
        f"| {_between(_seconds(one.run_seconds), _seconds(one.most_run_seconds))} "
        f"| {_between(f'{one.least_fidelity:.3g}', f'{one.most_fidelity:.3g}')} "
        f"| {_dated(one.calibrated_at)} | {one.chosen} of {one.circuits} | {one.backend} |"
        for one in estimate.backends
    ]
    return "\n".join(
        [
            f"# What this run costs, at {estimate.shots:,} shots of each circuit\n",
            "| choice | USD at most | until all is there | least fidelity | backends |",
            "|---|---|---|---|---|",
            *rows,
            "\n| USD | queue | execution | fidelity | calibrated | circuits | backend |",
            "|---|---|---|---|---|---|---|",
            *backends,
            "\nEscalation may ask for more, within the budget. *At most*: 95 % of such jobs.",
        ]
    )


def lines(estimate: Estimate) -> list[str]:
    """The choices for a log or a terminal, one a line."""
    return [
        f"{_called(one)}: at most {one.most_usd:.2f} USD, {_seconds(one.seconds)}, "
        f"fidelity {one.least_fidelity:.3g} or better: {_named(one)}"
        for one in estimate.choices
    ]


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def _called(choice: Choice) -> str:
    return f"{NAMES[choice.objective]}{' (this run)' if choice.is_taken else ''}"


def _named(choice: Choice) -> str:
    return ", ".join(choice.backends) or "none"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    if seconds < 120:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _dated(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if when else "unknown"
