"""How a training is carried out: all that a user may ask for besides the problem and the model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from qorum.parameters import MaxCost, RunSeed
from qorum.training.parameters import (
    BackupBackends,
    MaxErrorRate,
    MaxSteps,
    NewOrKnownTraining,
    OptimizerName,
    TrainingBackend,
    TrainingShots,
)


class TrainingOptions(BaseModel):
    """What all kinds of training share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    optimizer: OptimizerName
    max_steps: MaxSteps
    shots: TrainingShots
    backend: TrainingBackend
    backup_backends: BackupBackends
    max_error_rate: MaxErrorRate
    max_cost_usd: MaxCost
    seed: RunSeed
    training_id: NewOrKnownTraining
