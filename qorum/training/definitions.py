"""What a training is: everything that decides its sequence of parameters and energies, as it is stored."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from qorum.ledger.tokens import canonical_json
from qorum.parameters import MaxCost, RunSeed
from qorum.training.parameters import MaxErrorRate, MaxSteps, TrainingId, TrainingShots

Kind = Literal["vqe", "qaoa", "qnn"]

CHANGEABLE = {
    *("training_id", "name", "reference", "max_steps"),
    *("backend", "backup_backends", "max_error_rate", "max_cost_usd"),
}
"""What may differ when a training goes on: how far, and on what is done if its backend fails."""


class TrainingDefinition(BaseModel):
    """A training as stored: enough to begin it again, and to tell it from others.

    Attributes:
        training_id: its name in the store.
        kind: which flow runs it.
        name: of the problem, for people.
        problem: the problem itself, as plain data.
        model: the ansatz, or what a classifier is made of, as a reference such as `uccsd`.
        optimizer: as a reference such as `adam?learning_rate=0.05`.
        shots: samples of each energy; 0: exact.
        seed: all others are hashed from it.
        max_steps: where it ends at the latest.
        backend: where it begins; moves are part of its checkpoints.
        backup_backends: where it goes on if that fails, in this order.
        max_error_rate: share of failed evaluations among the last ones above which a backend is left.
        max_cost_usd: most that it may cost; 0: no paid backend.
        reference: the energy to compare with, if it is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training_id: TrainingId
    kind: Kind
    name: str
    problem: dict[str, Any]
    model: str
    optimizer: str
    shots: TrainingShots
    seed: RunSeed
    max_steps: MaxSteps
    backend: str
    backup_backends: tuple[str, ...] = ()
    max_error_rate: MaxErrorRate = 0.2
    max_cost_usd: MaxCost = 0.0
    reference: float | None = None

    @property
    def digest(self) -> str:
        """sha256 over what may not differ when the training goes on."""
        return hashlib.sha256(canonical_json(self.model_dump(exclude=CHANGEABLE))).hexdigest()

    def differences(self, other: TrainingDefinition) -> list[str]:
        """In words, what `other` asks for that this definition does not."""
        mine, theirs = self.model_dump(exclude=CHANGEABLE), other.model_dump(exclude=CHANGEABLE)
        return [
            "another problem" if what == "problem" else f"{what} {mine[what]} is stored, {theirs[what]} asked"
            for what in mine
            if mine[what] != theirs[what]
        ]
