"""How a training is carried out: all that a user may ask for besides the problem and the model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from qorum.parameters import Experiment, MaxCost, Tags
from qorum.training.parameters import (
    BackupBackends,
    CheckpointEvery,
    Entropy,
    Initial,
    MaxErrorRate,
    MaxSteps,
    MinImprovement,
    NewOrKnownTraining,
    Observables,
    OptimizerName,
    PatienceSteps,
    TrainingBackend,
    TrainingSeed,
    TrainingShots,
)


class TrainingOptions(BaseModel):
    """What all kinds of training share.

    Attributes:
        training_id: its name in the store; empty for a new one.
        optimizer: as a reference such as `adam?learning_rate=0.05`.
        shots: samples of each energy; 0: exact.
        seed: all others are hashed from it.
        max_steps: where it ends at the latest.
        backend: where it begins; moves are part of its checkpoints.
        backup_backends: where it goes on if that fails, in this order.
        max_error_rate: share of failed evaluations among the last ones above which a backend is left.
        max_cost_usd: most that it may cost; 0: no paid backend.
        checkpoint_every: evaluations between checkpoints; 0: by their cost.
        experiment: groups runs in MLflow.
        tags: labels of the MLflow run.
        entanglement_entropy: whether MLflow gets it.
        initial: where it starts, as `qorum.training.starts` reads it.
        patience: steps without an improvement after which it ends; 0: it goes on.
        min_improvement: what counts as one is more than this.
        observables: of the final state, as `qorum.training.observed` reads them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training_id: NewOrKnownTraining
    optimizer: OptimizerName
    shots: TrainingShots
    seed: TrainingSeed
    max_steps: MaxSteps
    backend: TrainingBackend
    backup_backends: BackupBackends = []
    max_error_rate: MaxErrorRate = 0.2
    max_cost_usd: MaxCost = 0.0
    checkpoint_every: CheckpointEvery = 0
    experiment: Experiment = "qorum"
    tags: Tags = []
    entanglement_entropy: Entropy = False
    initial: Initial = ""
    observables: Observables = []
    patience: PatienceSteps = 0
    min_improvement: MinImprovement = 0.0
