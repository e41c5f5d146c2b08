"""How a training is carried out: all that a user may ask for besides the problem and the model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from qorum.parameters import Experiment, MaxCost, Tags
from qorum.training.parameters import (
    BackupBackends,
    BatchSize,
    CheckpointEvery,
    ClassWeights,
    ClipNorm,
    Components,
    Entropy,
    Initial,
    LinearLayer,
    MaxErrorRate,
    MaxSteps,
    Microbatches,
    MinImprovement,
    NewOrKnownTraining,
    Observables,
    OptimizerName,
    PatienceSteps,
    Precision,
    TrainingBackend,
    TrainingSeed,
    TrainingShots,
    WeightDecay,
)


class CommonOptions(BaseModel):
    """What all kinds of training share; in the order of forms and help.

    Attributes:
        optimizer: as a reference such as `adam?learning_rate=0.05`.
        max_steps: where it ends at the latest.
        patience: steps without an improvement after which it ends; 0: it goes on.
        min_improvement: what counts as one is more than this.
        shots: samples of each energy; 0: exact.
        backend: where it begins; moves are part of its checkpoints.
        backup_backends: where it goes on if that fails, in this order.
        max_error_rate: share of failed evaluations among the last ones above which a backend is left.
        max_cost_usd: most that it may cost; 0: no paid backend.
        checkpoint_every: evaluations between checkpoints at most; 0: by their cost alone.
        seed: all others are hashed from it.
        initial: where it starts, as `qorum.training.starts` reads it.
        training_id: its name in the store; empty for a new one.
        experiment: groups runs in MLflow.
        tags: labels of the MLflow run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    optimizer: OptimizerName = "lbfgs"
    max_steps: MaxSteps = 200
    patience: PatienceSteps = 0
    min_improvement: MinImprovement = 0.0
    shots: TrainingShots = 0
    backend: TrainingBackend = "torch"
    backup_backends: BackupBackends = []
    max_error_rate: MaxErrorRate = 0.2
    max_cost_usd: MaxCost = 0.0
    checkpoint_every: CheckpointEvery = 0
    seed: TrainingSeed = 0
    initial: Initial = ""
    training_id: NewOrKnownTraining = ""
    experiment: Experiment = "qorum"
    tags: Tags = []


class TrainingOptions(CommonOptions):
    """Those of a training that looks at a circuit's final state.

    Attributes:
        entanglement_entropy: whether MLflow gets it.
        observables: of the final state, as `qorum.training.observed` reads them.
    """

    entanglement_entropy: Entropy = False
    observables: Observables = []


class ClassificationOptions(BaseModel):
    """What of a classifier's training is asked for besides the circuit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    components: Components = 4
    linear_layer: LinearLayer = False
    batch_size: BatchSize = 0
    microbatches: Microbatches = 1
    precision: Precision = "float64"
    weight_decay: WeightDecay = 0.0
    clip_norm: ClipNorm = 0.0
    class_weights: ClassWeights = "none"


class ClassificationSettings(ClassificationOptions):
    """What besides the circuit decides a classifier's training."""

    set_aside: bool = False
    """Whether a part of the training data is kept to stop by."""

    def stored(self) -> dict[str, Any]:
        """As a definition has it: as earlier releases wrote it, where nothing is new."""
        found = self.model_dump()
        for name in ("class_weights", "set_aside"):
            if found[name] == type(self).model_fields[name].default:
                del found[name]
        return found
