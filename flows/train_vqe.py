"""Variational quantum eigensolver: the lowest energy of a Hamiltonian, by a training that can be resumed."""

from __future__ import annotations

from prefect import flow
from prefect.utilities.annotations import quote

from blocks.object_store import ObjectStore, open_store
from flows.training_names import name_training
from qorum.parameters import Experiment, MaxCost, Tags
from qorum.runs.report import Findings
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import ATTEMPTS, is_doubtful, next_level, refuse_inexact
from qorum.training.options import TrainingOptions
from qorum.training.parameters import (
    AnsatzName,
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
    Problem,
    States,
    TrainingBackend,
    TrainingSeed,
    TrainingShots,
)
from qorum.training.report import TrainingReport
from tasks.levels import tell_levels
from tasks.prepare_training import prepare_training
from tasks.train import train


@flow(name="train-vqe", flow_run_name=name_training, validate_parameters=True)
async def train_vqe(
    hamiltonian: Problem,
    ansatz: AnsatzName = "auto",
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
    experiment: Experiment = "vqe",
    tags: Tags = [],  # noqa: B006
    entanglement_entropy: Entropy = False,
    observables: Observables = [],  # noqa: B006
    states: States = 1,
) -> Findings:
    """Find the lowest energy of a Hamiltonian, or the lowest few.

    1. Read the problem and what is known of its ground energy. 2. Train: evaluate, step, keep checkpoints;
    the same training id goes on where it stopped. 3. Store the report, the energy curve and the history.

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
    definition = await prepare_training("vqe", quote(hamiltonian), ansatz, options, store, states=states)
    if states > 1:
        refuse_inexact(definition)
    reports = [await train(quote(definition), store)]
    while len(reports) < states:
        reports.append(await _next_level(definition, reports, store))
    if states == 1:
        return Findings(reports[0].to_json())
    return Findings(await tell_levels(quote(reports), store))


async def _next_level(
    ground: TrainingDefinition, reports: list[TrainingReport], store: ObjectStore
) -> TrainingReport:
    """The lowest of some random starts; one is enough where it is not known to be above the exact level."""
    found: list[TrainingReport] = []
    for attempt in range(ATTEMPTS):
        found.append(await train(quote(next_level(ground, reports, attempt)), store))
        if not is_doubtful(found[-1]):
            break
    return min(found, key=lambda report: report.energy)


if __name__ == "__main__":
    from flows.training_command_line import vqe

    raise SystemExit(vqe())
