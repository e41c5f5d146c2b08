"""What came of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from qorum.training.definitions import TrainingDefinition
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


@dataclass(frozen=True)
class TrainingReport:
    """What came of a training, or how far it is.

    Attributes:
        definition: what was trained.
        energy: the result; an estimate where energies are sampled.
        deviation: standard deviation of that estimate; 0 where it is exact.
        parameters: that belong to it, shape [parameters].
        steps: optimizer steps.
        backend: where it ended.
        history: all evaluations; energies of SPSA's rows are those of its first perturbed point, not of the
            incumbent.
        moves: changes of backend.
        reason: why it ended.
        cost_usd: what was spent.
        operators: of an ansatz that grew: what it took on, as places in its pool, one for each parameter.
        figures: further ones by name, e.g. `test accuracy`; of a graph the `partition`, too, a bitstring.
    """

    definition: TrainingDefinition
    energy: float
    deviation: float
    parameters: np.ndarray
    steps: int
    backend: str
    history: History
    moves: tuple[Move, ...]
    reason: str
    cost_usd: float
    operators: tuple[int, ...] = ()
    figures: dict[str, float | str] = field(default_factory=dict[str, float | str])

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
        return cls(
            definition=definition,
            energy=energy,
            deviation=deviation,
            parameters=parameters,
            steps=training.steps,
            backend=backend,
            history=history,
            moves=tuple(training.moves),
            reason=reason,
            cost_usd=float(sum(row.cost_usd for row in history.rows)) if cost_usd is None else cost_usd,
            operators=operators,
            figures=figures,
        )

    @property
    def error(self) -> float | None:
        """Energy above the reference, where there is one."""
        reference = self.definition.reference
        return None if reference is None else self.energy - reference

    @property
    def _spread(self) -> str:
        return f" ± {self.deviation:.1e}" if self.deviation > 0 else ""

    def headline(self) -> str:
        """One line for logs and titles."""
        error = "" if self.error is None else f", {self.error:+.2e} from the reference"
        told = {name: value for name, value in self.figures.items() if name in IN_HEADLINES}
        further = "".join(f", {name} {_in_words(value)}" for name, value in told.items())
        return (
            f"{self.definition.name}: {self.energy:.8f}{self._spread}{error}{further}"
            f" after {self.steps} steps, {len(self.history)} evaluations on {self.backend} ({self.reason})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; figures that are not known are null.

        Values are called `energy` in every kind of training; `minimized` says what they are.
        """
        return {
            "training_id": self.definition.training_id,
            "kind": self.definition.kind,
            "name": self.definition.name,
            "minimized": self.definition.minimized,
            "energy": _known(self.energy),
            "deviation": _known(self.deviation),
            "reference": self.definition.reference,
            "steps": self.steps,
            "evaluations": len(self.history),
            "shots": int(self.history.column("shots").sum()),
            "cost_usd": self.cost_usd,
            "seconds": float(
                self.history.column("seconds_quantum").sum() + self.history.column("seconds_classical").sum()
            ),
            "parameters": self.parameters.tolist(),
            "operators": list(self.operators),
            "model": self.definition.model,
            "optimizer": self.definition.optimizer,
            "backend": self.backend,
            "reason": self.reason,
            "figures": self.figures,
            "warnings": self.definition.warnings,
            "moves": [asdict(move) for move in self.moves],
            "history": [
                {
                    "step": row.step,
                    "energy": row.energy,
                    "gradient_norm": _known(row.gradient_norm),
                    "shots": row.shots,
                    "backend": row.backend,
                }
                for row in self.history.rows
            ],
        }

    def markdown(self, plot: str) -> str:
        """A page for people; `plot` is an address of the energy curve, empty for none."""
        figures = {
            self.definition.minimized: f"{self.energy:.10f}{self._spread}",
            "reference": "unknown" if self.error is None else f"{self.definition.reference:.10f}",
            "above the reference": "" if self.error is None else f"{self.error:.3e}",
            "steps": f"{self.steps:,}",
            "evaluations": f"{len(self.history):,}",
            "backend": f"`{self.backend}`",
            "ansatz or model": f"`{self.definition.model}`",
            "optimizer": f"`{self.definition.optimizer}`",
            "ended": self.reason,
            "cost": f"{self.cost_usd:.2f} USD",
            **{name: _in_words(value) for name, value in self.figures.items()},
        }
        curve = [f"![{self.definition.minimized} by evaluation]({plot})", ""] if plot else []
        lines = [f"# {self.definition.name}", "", *curve, "| | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in figures.items() if value]
        lines += ["", *(f"**Warning:** {warning}" for warning in self.definition.warnings)]
        if self.moves:
            what = self.definition.minimized
            lines += [
                "",
                f"| evaluation | from | to | {what} before | {what} there | why |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| {move.evaluation} | `{move.origin}` | `{move.target}` |"
                f" {'unknown' if move.energy is None else f'{move.energy:.8f}'} | {move.energy_there:.8f} |"
                f" {move.reason} |"
                for move in self.moves
            ]
        return "\n".join(lines)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _in_words(value: float | str) -> str:
    return f"`{value}`" if isinstance(value, str) else f"{value:.6g}"
