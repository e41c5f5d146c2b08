"""What a training is: everything that decides its sequence of parameters and energies, as it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qorum.errors import QorumError
from qorum.ledger.tokens import canonical_json
from qorum.training.ansatze import parse_ansatz
from qorum.training.ansatze.encodings import parse_encoding
from qorum.training.optimizers import parse_optimizer
from qorum.training.options import TrainingOptions
from qorum.training.parameters import TrainingId

Kind = Literal["vqe", "qaoa", "qnn"]

CHANGEABLE = {
    *("training_id", "name", "reference", "levels", "warnings", "max_steps"),
    *("backup_backends", "max_error_rate", "max_cost_usd"),
    *("checkpoint_every", "experiment", "tags", "entanglement_entropy", "observables"),
    *("patience", "min_improvement"),
}
"""What may differ when a training goes on: how far, where if its backend fails, and what is seen of it.

So may the name and reference within a problem, and defaults of an ansatz or optimizer that are spelled out.
"""


ADDED: dict[str, Any] = {"circuit": "", "below": []}
"""What earlier releases did not know, and what it is in their trainings."""


class Below(BaseModel):
    """A lower state, by what prepares it.

    Attributes:
        operators: that a growing ansatz has taken on.
        parameters: of the ansatz.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operators: list[int]
    parameters: list[float]


class TrainingDefinition(TrainingOptions):
    """A training as stored: enough to begin it again, and to tell it from others.

    Attributes:
        kind: which flow runs it.
        name: of the problem, for people.
        problem: the problem itself, as plain data.
        model: the ansatz, or what a classifier is made of, as a reference such as `uccsd`.
        circuit: OpenQASM 3 of a user's own ansatz, whose name is then the model; empty for one by reference.
        below: of an excited state: the lower ones, lowest first.
        levels: lowest energies to compare several states with; empty where one is sought, or none is known.
        reference: the energy to compare with, if it is known.
        warnings: what a user should know of the problem as it was read, in words.
    """

    training_id: TrainingId = Field(default="", validate_default=True)  # must be given: empty is none
    kind: Kind
    name: str
    problem: dict[str, Any]
    model: str
    circuit: str = ""
    below: list[Below] = Field(default_factory=list[Below])
    levels: list[float] = Field(default_factory=list[float])
    reference: float | None = None
    warnings: list[str] = Field(default_factory=list)

    @property
    def minimized(self) -> Literal["energy", "loss"]:
        """What its values are called."""
        return "loss" if self.kind == "qnn" else "energy"

    @property
    def digest(self) -> str:
        """sha256 over what may not differ when the training goes on."""
        return hashlib.sha256(canonical_json(self._decisive)).hexdigest()

    def differences(self, other: TrainingDefinition) -> list[str]:
        """In words, what `other` asks for that this definition does not."""
        mine, theirs = self._decisive, other._decisive
        shown, asked = self.model_dump(), other.model_dump()
        return sorted(
            f"another {what}"
            if what in ("problem", "circuit")
            else f"{what} {shown[what]} is stored, {asked[what]} asked"
            for what in sorted({*mine, *theirs})
            if mine.get(what) != theirs.get(what)
        )

    @property
    def _decisive(self) -> dict[str, Any]:
        """What may not differ, with defaults spelled out."""
        found = self.model_dump(exclude=CHANGEABLE)
        found["problem"] = {
            name: value for name, value in self.problem.items() if name not in ("name", "reference")
        }
        found["model"] = _spelled_out(self.model, parse_encoding if self.kind == "qnn" else parse_ansatz)
        if self.circuit:  # what it is called decides nothing
            found["model"] = []
        for name, default in ADDED.items():  # so that trainings of earlier releases keep their digests
            if found[name] == default:
                del found[name]
        found["optimizer"] = _spelled_out(self.optimizer, parse_optimizer)
        return found


def _spelled_out(reference: str, parse: Callable[[str], tuple[str, BaseModel]]) -> list[Any]:
    """A name and all of its settings; a reference that cannot be read as it is."""
    try:
        name, settings = parse(reference)
    except QorumError:  # refused where it is used, with the reason
        return [reference]
    return [name, settings.model_dump()]
