"""What a training is: everything that decides its sequence of parameters and energies, as it is stored."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from qorum.ledger.tokens import canonical_json
from qorum.training.options import TrainingOptions
from qorum.training.parameters import TrainingId

Kind = Literal["vqe", "qaoa", "qnn"]

CHANGEABLE = {
    *("training_id", "name", "reference", "max_steps"),
    *("backup_backends", "max_error_rate", "max_cost_usd"),
    *("checkpoint_every", "experiment", "tags", "entanglement_entropy"),
}
"""What may differ when a training goes on: how far, where if its backend fails, and what is seen of it."""


class TrainingDefinition(TrainingOptions):
    """A training as stored: enough to begin it again, and to tell it from others.

    Attributes:
        kind: which flow runs it.
        name: of the problem, for people.
        problem: the problem itself, as plain data.
        model: the ansatz, or what a classifier is made of, as a reference such as `uccsd`.
        reference: the energy to compare with, if it is known.
    """

    training_id: TrainingId
    kind: Kind
    name: str
    problem: dict[str, Any]
    model: str
    reference: float | None = None

    @property
    def minimized(self) -> Literal["energy", "loss"]:
        """What its values are called."""
        return "loss" if self.kind == "qnn" else "energy"

    @property
    def digest(self) -> str:
        """sha256 over what may not differ when the training goes on."""
        return hashlib.sha256(canonical_json(self.model_dump(exclude=CHANGEABLE))).hexdigest()

    def differences(self, other: TrainingDefinition) -> list[str]:
        """In words, what `other` asks for that this definition does not."""
        mine, theirs = self.model_dump(exclude=CHANGEABLE), other.model_dump(exclude=CHANGEABLE)
        return sorted(
            "another problem" if what == "problem" else f"{what} {mine[what]} is stored, {theirs[what]} asked"
            for what in mine
            if mine[what] != theirs[what]
        )
