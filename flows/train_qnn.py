"""Quantum neural networks: classifiers with a circuit in the middle, by a training that can be resumed."""

from __future__ import annotations

from prefect import flow
from prefect.utilities.annotations import quote

from blocks.object_store import open_store
from flows.training_names import name_training
from qorum.parameters import Experiment, MaxCost, Tags
from qorum.runs.report import Findings
from qorum.training.classification import ClassificationSettings
from qorum.training.options import TrainingOptions
from qorum.training.parameters import (
    BackupBackends,
    BatchSize,
    CheckpointEvery,
    ClassifierName,
    ClassWeights,
    ClipNorm,
    Components,
    Data,
    Initial,
    LinearLayer,
    MaxErrorRate,
    MaxSteps,
    Microbatches,
    MinImprovement,
    NewOrKnownTraining,
    OptimizerName,
    PatienceSteps,
    Precision,
    TrainingBackend,
    TrainingSeed,
    TrainingShots,
    WeightDecay,
)
from tasks.prepare_training import prepare_training
from tasks.train import train


@flow(name="train-qnn", flow_run_name=name_training, validate_parameters=True)
async def train_qnn(
    data: Data,
    model: ClassifierName = "reuploading",
    components: Components = 4,
    linear_layer: LinearLayer = False,
    batch_size: BatchSize = 0,
    microbatches: Microbatches = 1,
    precision: Precision = "float64",
    weight_decay: WeightDecay = 0.0,
    clip_norm: ClipNorm = 0.0,
    class_weights: ClassWeights = "none",
    optimizer: OptimizerName = "adam?learning_rate=0.05",
    max_steps: MaxSteps = 200,
    patience: PatienceSteps = 0,
    min_improvement: MinImprovement = 0.0,
    shots: TrainingShots = 0,
    backend: TrainingBackend = "torch",
    backup_backends: BackupBackends = [],  # noqa: B006 - shown as the form's default, never changed
    max_error_rate: MaxErrorRate = 0.2,
    max_cost_usd: MaxCost = 0.0,
    checkpoint_every: CheckpointEvery = 0,
    seed: TrainingSeed = 0,
    initial: Initial = "",
    training_id: NewOrKnownTraining = "",
    experiment: Experiment = "qnn",
    tags: Tags = [],  # noqa: B006
) -> Findings:
    """Train a classifier on most of a data set; its accuracy is measured on the rest.

    1. Read the data and set a test part aside. 2. Train: evaluate, step, keep checkpoints;
    the same training id goes on where it stopped. 3. Store the report, the loss curve and the history.

    Returns:
        The report as `qorum.training.report.TrainingReport.to_json` has it.
    """
    options = TrainingOptions(
        optimizer=optimizer,
        max_steps=max_steps,
        patience=patience,
        min_improvement=min_improvement,
        shots=shots,
        backend=backend,
        backup_backends=backup_backends,
        max_error_rate=max_error_rate,
        max_cost_usd=max_cost_usd,
        checkpoint_every=checkpoint_every,
        seed=seed,
        initial=initial,
        training_id=training_id,
        experiment=experiment,
        tags=tags,
    )
    settings = ClassificationSettings(
        components=components,
        linear_layer=linear_layer,
        batch_size=batch_size,
        microbatches=microbatches,
        precision=precision,
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        class_weights=class_weights,
        set_aside=patience > 0,
    )
    store = open_store()
    definition = await prepare_training("qnn", quote(data), model, options, store, settings)
    report = await train(quote(definition), store)
    return Findings(report.to_json())


if __name__ == "__main__":
    from flows.training_command_line import qnn

    raise SystemExit(qnn())
