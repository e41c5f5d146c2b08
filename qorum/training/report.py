"""What came of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from operator import not_
from typing import Literal

import numpy as np
from pydantic import Field

from qorum.findings import Report, is_none
from qorum.training.definitions import Kind, TrainingDefinition
from qorum.training.history import History
from qorum.training.phases import Move, Phase
from qorum.training.training import Training

WHOLE_LOSS, WHOLE_DEVIATION = "loss of all samples", "deviation of the loss of all samples"
"""Figures that take the place of the energy."""

STATE_ENERGY = "energy of the state"
"""A figure that takes the place of an energy with penalties."""

LOCAL_MINIMUM = "a local minimum"
"""How the reason begins where a training has converged above the reference."""

ABOVE = 1e-3
"""What a minimum lies above the reference by to be told, in deviations of the operator's eigenvalues."""

OTHER_WAYS = "another start (initial=random), more layers or another ansatz may help"

IN_HEADLINES = ("training accuracy", "test accuracy", "best sampled cut")
"""Further figures that one line has room for."""


class Evaluation(Report):
    """One evaluation, as a report has it; the history in the store has more of it (`qorum.training.history`).

    Attributes:
        step: optimizer steps that were finished once it was told.
        energy: of SPSA that of its first perturbed point, not of the incumbent.
        gradient_norm: at that point; None where no gradient was asked for.
        shots: samples spent.
        backend: which answered.
    """

    step: int
    energy: float
    gradient_norm: float | None
    shots: int
    backend: str


class Level(Report):
    """One of the states that were asked for.

    Attributes:
        level: 0 for the ground state.
        energy: found; None where nothing was.
        exact: the eigenvalue of that number, with its multiplicity; None where it is not known.
        training_id: of the training that found it.
        reason: why that ended.
    """

    level: int
    energy: float | None
    exact: float | None
    training_id: str
    reason: str

    def in_words(self) -> str:
        """The energy beside the exact one."""
        if self.energy is None:
            return "unknown"
        if self.exact is None:
            return f"{self.energy:.8f}"
        return f"{self.energy:.8f}, exact {self.exact:.8f}, {self.energy - self.exact:+.2e} from it"


class TrainingReport(Report):
    """What came of a training, or how far it is.

    Values are called `energy` in every kind of training; `minimized` says what they are.

    Attributes:
        training_id, kind, name, reference, model, optimizer, warnings: as in `TrainingDefinition`.
        energy: the result; an estimate where energies are sampled; None while nothing is evaluated.
        deviation: standard deviation of that estimate; 0 where it is exact, None where it is not known.
        steps: optimizer steps.
        evaluations: rows of the history.
        shots: of all evaluations.
        cost_usd: what was spent.
        seconds: of all evaluations, with the time between them.
        parameters: that belong to the energy, shape [parameters].
        operators: of an ansatz that grew: what it took on, as places in its pool, one for each parameter.
        backend: where it ended.
        reason: why it ended.
        figures: further ones by name, e.g. `test accuracy`; of a graph the `partition`, too, a bitstring.
        moves: changes of backend.
        history: all evaluations, in order.
        states: where several were asked for, lowest first; else empty, and not in the JSON.
    """

    training_id: str
    kind: Kind
    name: str
    minimized: Literal["energy", "loss"]
    energy: float | None
    deviation: float | None
    reference: float | None
    steps: int
    evaluations: int
    shots: int
    cost_usd: float
    seconds: float
    parameters: tuple[float, ...]
    operators: tuple[int, ...]
    model: str
    optimizer: str
    backend: str
    reason: str
    figures: Mapping[str, int | float | str]
    warnings: tuple[str, ...]
    moves: tuple[Move, ...]
    history: tuple[Evaluation, ...]
    states: tuple[Level, ...] = Field(default=(), exclude_if=not_)

    @classmethod
    def of(
        cls,
        definition: TrainingDefinition,
        training: Training,
        history: History,
        backend: str,
        reason: str,
        appraise: Callable[[np.ndarray, Phase, str], Mapping[str, float | str]] | None = None,
        cost_usd: float | None = None,
    ) -> TrainingReport:
        """From a training and its history.

        Args:
            definition: what was trained.
            training: where it stands.
            history: its evaluations.
            backend: where it is.
            reason: why it ended.
            appraise: finds further figures of the parameters.
            cost_usd: what was spent; None: what the evaluations in the history cost.
        """
        energy, parameters = training.result
        deviation = 0.0
        if training.estimates:
            ours = (row for row in reversed(history.rows) if np.array_equal(row.point, parameters))
            deviation = math.sqrt(next((row.variance for row in ours), math.nan))
        operators = training.phase.operators
        figures = {} if appraise is None else dict(appraise(parameters, Phase(operators), backend))
        energy = float(figures.pop(STATE_ENERGY, energy))
        above = 0.0 if definition.reference is None else energy - definition.reference
        if (
            definition.kind == "vqe"
            and reason.startswith("converged")
            and above > ABOVE * training.units.scale
        ):
            reason = reason.replace("converged", LOCAL_MINIMUM, 1)
            reason = f"{reason}, {above:.1e} above the reference: {OTHER_WAYS}"
        if WHOLE_LOSS in figures:  # of batches, an energy is that of some samples alone
            energy, deviation = float(figures.pop(WHOLE_LOSS)), float(figures.pop(WHOLE_DEVIATION))
        seconds = history.column("seconds_quantum").sum() + history.column("seconds_classical").sum()
        return cls(
            training_id=definition.training_id,
            kind=definition.kind,
            name=definition.name,
            minimized=definition.minimized,
            energy=_known(energy),
            deviation=_known(deviation),
            reference=definition.reference,
            steps=training.steps,
            evaluations=len(history),
            shots=int(history.column("shots").sum()),
            cost_usd=float(sum(row.cost_usd for row in history.rows)) if cost_usd is None else cost_usd,
            seconds=float(seconds),
            parameters=tuple(parameters.tolist()),
            operators=operators,
            model=definition.model,
            optimizer=definition.optimizer,
            backend=backend,
            reason=reason,
            figures=figures,
            warnings=tuple(definition.warnings),
            moves=tuple(training.moves),
            history=tuple(
                Evaluation(
                    step=row.step,
                    energy=row.energy,
                    gradient_norm=_known(row.gradient_norm),
                    shots=row.shots,
                    backend=row.backend,
                )
                for row in history.rows
            ),
        )

    @property
    def error(self) -> float | None:
        """Energy above the reference, where both are known."""
        return None if self.reference is None or self.energy is None else self.energy - self.reference

    @property
    def energies(self) -> np.ndarray:
        """Of all evaluations, in order; float64, shape [evaluations]."""
        return np.array([row.energy for row in self.history], dtype=np.float64)

    def told(self, digits: int) -> str:
        """The energy with so many digits, and what it is uncertain by."""
        spread = f" ± {self.deviation:.1e}" if self.deviation else ""
        return "unknown" if self.energy is None else f"{self.energy:.{digits}f}{spread}"

    def headline(self) -> str:
        """One line for logs and titles."""
        error = "" if self.error is None else f", {self.error:+.2e} from the reference"
        told = {name: value for name, value in self.figures.items() if name in IN_HEADLINES}
        further = "".join(f", {name} {in_words(value)}" for name, value in told.items())
        return (
            f"{self.name}: {self.told(8)}{error}{further}"
            f" after {self.steps} steps, {self.evaluations} evaluations on {self.backend} ({self.reason})"
        )


class Migration(Report):
    """What came of the order that a training goes on with another backend.

    Attributes:
        training_id: which.
        backend: the one that it was ordered to.
        moved: `live`: it runs there; `resumed`: it has gone on there; `ordered`: it will, once it goes on.
        evaluations: of one that runs, after how many it moved; else not in the JSON.
        report: of one that was resumed; else not in the JSON.
    """

    training_id: str
    backend: str
    moved: Literal["live", "resumed", "ordered"]
    evaluations: int | None = Field(default=None, exclude_if=is_none)
    report: TrainingReport | None = Field(default=None, exclude_if=is_none)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def in_words(value: float | str) -> str:
    """A figure as people read it."""
    return f"`{value}`" if isinstance(value, str) else f"{value:.6g}"
