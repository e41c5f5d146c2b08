"""Quantum approximate optimization: large cuts of a graph, by a training that can be resumed."""

from __future__ import annotations

from prefect import flow
from prefect.utilities.annotations import quote

from blocks.object_store import open_store
from flows.training_names import name_training
from qorum.parameters import Experiment, MaxCost, Tags
from qorum.runs.report import Findings
from qorum.training.options import TrainingOptions
from qorum.training.parameters import (
    BackupBackends,
    CheckpointEvery,
    Entropy,
    GraphText,
    Initial,
    MaxErrorRate,
    MaxSteps,
    MinImprovement,
    NewOrKnownTraining,
    Observables,
    OptimizerName,
    PatienceSteps,
    QaoaName,
    TrainingBackend,
    TrainingSeed,
    TrainingShots,
)
from tasks.prepare_training import prepare_training
from tasks.train import train


@flow(name="train-qaoa", flow_run_name=name_training, validate_parameters=True)
async def train_qaoa(
    graph: GraphText,
    ansatz: QaoaName = "qaoa?layers=2",
    optimizer: OptimizerName = "lbfgs",
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
    experiment: Experiment = "qaoa",
    tags: Tags = [],  # noqa: B006
    entanglement_entropy: Entropy = False,
    observables: Observables = [],  # noqa: B006
) -> Findings:
    """Find angles that cut as much of a graph as they can; the energy is minus the expected cut.

    1. Read the graph and find its maximum cut where that is quick. 2. Train: evaluate, step, keep
    checkpoints; the same training id goes on where it stopped. 3. Store the report, the energy curve and
    the history.

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
        entanglement_entropy=entanglement_entropy,
        observables=observables,
    )
    store = open_store()
    definition = await prepare_training("qaoa", quote(graph), ansatz, options, store)
    report = await train(quote(definition), store)
    return Findings(report.to_json())


if __name__ == "__main__":
    from flows.training_command_line import qaoa

    raise SystemExit(qaoa())
