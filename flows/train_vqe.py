"""Variational quantum eigensolver: the lowest energy of a Hamiltonian, by a training that can be resumed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from blocks.object_store import ObjectStore, open_store
from flows.requests import VqeRequest, takes
from flows.training_names import name_training
from qorum.findings import Findings
from qorum.parameters import part_of
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import ATTEMPTS, height, is_doubtful, next_level, refuse_inexact
from qorum.training.options import TrainingOptions
from qorum.training.report import TrainingReport
from tasks.levels import tell_levels
from tasks.prepare_training import prepare_training
from tasks.train import train
from tasks.whole import whole


@flow(name="train-vqe", flow_run_name=name_training, validate_parameters=True)
@takes(VqeRequest)
async def train_vqe(hamiltonian: Any, ansatz: Any, **options: Any) -> Findings[TrainingReport]:
    """Find the lowest energy of a Hamiltonian, or the lowest few.

    1. Read the problem and what is known of its ground energy. 2. Train: evaluate, step, keep checkpoints;
    the same training id goes on where it stopped. 3. Store the report, the energy curve and the history.

    Returns:
        The report, read like a dict or as `findings.report`.
    """
    asked, store = VqeRequest(hamiltonian=hamiltonian, ansatz=ansatz, **options), open_store()
    definition = await prepare_training(
        "vqe",
        whole(asked.hamiltonian),
        asked.ansatz,
        part_of(asked, TrainingOptions),
        store,
        states=asked.states,
    )
    if asked.states > 1:
        refuse_inexact(definition)
    reports = [await train(whole(definition), store)]
    while len(reports) < asked.states:
        reports.append(await _next_level(definition, reports, store))
    if asked.states == 1:
        return Findings(reports[0])
    return Findings(await tell_levels(whole(definition), whole(reports), store))


async def _next_level(
    ground: TrainingDefinition, reports: list[TrainingReport], store: ObjectStore
) -> TrainingReport:
    """The lowest of some random starts; one is enough where it is not known to be above the exact level."""
    found: list[TrainingReport] = []
    for attempt in range(ATTEMPTS):
        found.append(await train(whole(next_level(ground, reports, attempt)), store))
        if not is_doubtful(found[-1]):
            break
    return min(found, key=height)


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("train_vqe"))
