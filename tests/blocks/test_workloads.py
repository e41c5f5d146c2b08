"""From a stored definition to what is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blocks.datasets import load_dataset
from blocks.object_store import LocalFolder
from blocks.workloads import open_workload
from qorum.errors import InputRejected, NoEligibleBackend
from qorum.training.definitions import TrainingDefinition
from qorum.training.graphs import graph_to_json, read_graph
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.objective import Request
from qorum.training.phases import Phase

DIGESTS = (
    "0c7563a5fa3bcd8233014a1591fff6172d98ebc1b3d604a1349d57cf4d97d7e3",
    "8ab633acf2f796b752b7f0dfd811931ad983027fbd4aba20285ce16e91f49c80",
)
"""Of definitions as the release before new settings wrote them."""

DATA = "moons?samples=40"
SETTINGS = {"components": 0}


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(path=tmp_path)


def definition(**changed: Any) -> TrainingDefinition:
    values = {
        "training_id": "t",
        "kind": "vqe",
        "name": "chain",
        "problem": hamiltonian_to_json(read_hamiltonian("tfim:n=3")),
        "model": "hardware-efficient?layers=1",
        "optimizer": "adam",
        "shots": 0,
        "seed": 2,
        "max_steps": 5,
        "backend": "torch",
    }
    return TrainingDefinition.model_validate(values | changed)


def test_backends_give_one_energy_at_the_start_of_a_workload(store: LocalFolder) -> None:
    workload = open_workload(definition(), store)
    values = [
        workload.source_on(name)(Phase()).evaluate(Request(workload.start[None]), 0).values[0]
        for name in ("torch", "aer")
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-9)


def test_a_cut_is_the_lower_the_more_it_cuts(store: LocalFolder) -> None:
    ring = graph_to_json(read_graph("ring:n=4"))
    workload = open_workload(definition(kind="qaoa", problem=ring, model="qaoa?layers=1"), store)
    value = workload.source_on("torch")(Phase()).evaluate(Request(np.zeros((1, 2))), 0).values[0]
    energy = workload.units.energy(value)
    assert energy == pytest.approx(-2.0, abs=1e-9), "of the uniform state: half of the four edges"


def test_a_graph_is_told_its_cut_and_a_hamiltonian_its_variance(store: LocalFolder) -> None:
    ring = graph_to_json(read_graph("ring:n=6"))
    cut, chain = (
        open_workload(one, store)
        for one in (definition(kind="qaoa", problem=ring, model="qaoa?layers=1"), definition())
    )
    assert cut.appraise is not None
    assert chain.appraise is not None
    figures = cut.appraise(cut.start, Phase(), "torch")
    assert figures["approximation ratio"] == pytest.approx(0.75), "(2p + 1) / (2p + 2): arXiv:1411.4028"
    assert (figures["best sampled cut"], figures["partition"]) == (6, "010101")
    variance = chain.appraise(np.zeros(12), Phase(), "torch")["energy variance"]
    assert variance == pytest.approx(3.0), "of X on each of three spins, in an eigenstate of all ZZ"


def test_the_same_definition_starts_at_the_same_point_and_another_seed_elsewhere(store: LocalFolder) -> None:
    points = [open_workload(definition(seed=seed), store).start.tobytes() for seed in (2, 2, 3)]
    assert points[0] == points[1] != points[2]


def test_data_that_have_changed_since_are_refused(store: LocalFolder) -> None:
    problem = {"source": DATA, "digest": load_dataset(DATA).digest, "settings": SETTINGS}
    asked = {"kind": "qnn", "model": "reuploading?layers=1"}
    workload = open_workload(definition(**asked, problem=problem), store)
    assert workload.appraise is not None
    figures = workload.appraise(workload.start, Phase(), "torch")
    assert set(figures) == {
        *("training accuracy", "test accuracy", "training balanced accuracy", "test balanced accuracy"),
        *("test confusion matrix", "classes"),
    }
    with pytest.raises(NoEligibleBackend, match="gates with any angle"):
        workload.source_on("stim")
    with pytest.raises(InputRejected, match="found other data"):
        open_workload(definition(**asked, problem=problem | {"digest": "0" * 64}), store)


@pytest.mark.parametrize(
    ("changed", "backend", "reason"),
    [
        ({}, "cirq", "only samples"),
        ({}, "aer?method=stabilizer", "Clifford"),
        ({"shots": 1}, "torch", "shots"),
        ({"optimizer": "natural-gradient"}, "aer", "metric"),
        ({"optimizer": "adm"}, "torch", "adam"),
    ],
)
def test_a_backend_is_refused_before_it_is_used(
    store: LocalFolder, changed: dict[str, Any], backend: str, reason: str
) -> None:
    workload = open_workload(definition(**changed), store)
    with pytest.raises((NoEligibleBackend, InputRejected), match=reason):
        workload.source_on(backend)


def test_definitions_of_earlier_releases_keep_the_digest_that_their_checkpoints_name() -> None:
    chain = {"num_qubits": 2, "terms": [["ZZ", -1.0], ["XI", -1.0], ["IX", -1.0]]}
    assert definition(problem=chain).digest == DIGESTS[0]
    settings = {"components": 4, "linear_layer": False, "batch_size": 0, "microbatches": 1}
    settings |= {"precision": "float64", "weight_decay": 0.0, "clip_norm": 0.0}
    problem = {"source": "iris", "digest": "0", "settings": settings}
    assert definition(kind="qnn", problem=problem, model="reuploading").digest == DIGESTS[1]
