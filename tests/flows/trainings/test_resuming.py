"""A training that is gone on with equals one that never stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.object_store import open_store
from blocks.trainings import CheckpointChain, Orders, find_definition
from flows.clean_checkpoints import clean_checkpoints
from flows.train_qaoa import train_qaoa
from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from qorum.errors import NoEligibleBackend, QorumError, TrainingHalted
from tests.failing_backends import CALLS, CIRCUITS
from tests.flows.trainings.asked import ADAM, SPSA, opened, sequence, without_appraisal


async def test_a_training_that_is_given_more_steps_equals_one_long_run_bit_for_bit(home: Path):
    for settings, short, long in ((ADAM, 6, 14), (SPSA, 3, 7)):
        name = settings["optimizer"][:4]
        whole = await train_vqe(**settings, training_id=f"{name}-whole", max_steps=long)
        part = await train_vqe(**settings, training_id=f"{name}-part", max_steps=short)
        assert part["steps"] == short
        rest = await train_vqe(**settings, training_id=f"{name}-part", max_steps=long)
        assert rest["steps"] == whole["steps"] == long
        assert without_appraisal(rest, part, estimated=settings is SPSA) == sequence(whole)
        assert (rest["energy"], rest["parameters"]) == (whole["energy"], whole["parameters"])


async def test_a_finished_training_evaluates_nothing_again_and_other_settings_are_refused(home: Path):
    settings = {**ADAM, "backend": "failing?number=9", "training_id": "one", "max_steps": 3}
    first = await train_vqe(**settings)
    before = CALLS.total()
    again = await train_vqe(**settings)
    assert CALLS.total() == before > 0
    assert sequence(again) == sequence(first)
    with pytest.raises(QorumError, match=r"seed 0 is stored, 5 asked.*choose another training id"):
        await train_vqe(**{**settings, "seed": 5})
    with pytest.raises(QorumError, match="another problem; shots 0 is stored, 64 asked"):
        await train_vqe(**{**settings, "hamiltonian": "tfim:n=3", "shots": 64})
    assert CALLS.total() == before


def checkpoints(home: Path, training_id: str) -> list[Path]:
    """Newest last."""
    folder = home / "store/checkpoints" / training_id
    return sorted(folder.glob("*-*/"), key=lambda path: path.name.split("-")[::-1])


DAMAGES = {
    "truncated": ("state.npz", lambda data: data[:-7], "bytes expected"),
    "flipped": ("state.npz", lambda data: bytes([data[0] ^ 1]) + data[1:], "sha256"),
    "newer": (
        "manifest.json",
        lambda data: json.dumps({**json.loads(data), "version": [3, 0]}).encode(),
        "version 2.x expected, found [3, 0]",
    ),
    "foreign": ("manifest.json", None, "training one expected, found two"),
    "missing": ("state.npz", lambda _: None, "found none"),
}


async def test_damaged_checkpoints_are_refused_in_words_and_the_result_is_that_of_an_undisturbed_run(
    home: Path, told: Callable[[], str]
):
    whole = await train_vqe(**ADAM, training_id="whole", max_steps=12)
    await train_vqe(**ADAM, training_id="two", max_steps=2)
    await train_vqe(**ADAM, training_id="one", max_steps=2)
    for steps, (part, change, reason) in enumerate(DAMAGES.values(), start=3):
        newest = checkpoints(home, "one")[-1]
        if change is None:
            data = (checkpoints(home, "two")[-1] / part).read_bytes()
        else:
            data = change((newest / part).read_bytes())
        (newest / part).unlink()
        if data is not None:
            (newest / part).write_bytes(data)
        report = await train_vqe(**ADAM, training_id="one", max_steps=steps)
        assert f"refused: checkpoint checkpoints/one/{newest.name}" in told()
        assert reason in told()
        assert sequence(report) == sequence(whole)[:steps]
    report = await train_vqe(**ADAM, training_id="one", max_steps=12)
    assert sequence(report) == sequence(whole)
    assert report["parameters"] == whole["parameters"]
    for manifest in (home / "store/checkpoints/one").glob("*/manifest.json"):
        manifest.write_bytes(b"{")
    with pytest.raises(TrainingHalted, match=r"none of its \d+ checkpoints is good \(JSON expected"):
        await train_vqe(**ADAM, training_id="one", max_steps=13)


async def test_a_takeover_while_it_runs_goes_on_bit_for_bit(home: Path):
    whole = await train_vqe(**SPSA, training_id="whole", max_steps=12)
    await train_vqe(**SPSA, training_id="one", max_steps=4)
    first = opened("one")
    first.training.max_steps = 12
    first._evaluating.advance(first.training)
    report = await train_vqe(**SPSA, training_id="one", max_steps=12)
    with pytest.raises(TrainingHalted, match="another process"):
        first.run()
    assert report["parameters"] == whole["parameters"]
    definition = find_definition("one", open_store())
    snapshot, refused = CheckpointChain(open_store(), "one", definition.digest).newest_good()
    assert not refused
    assert snapshot is not None
    assert len(snapshot.history) == report["evaluations"]


async def test_a_cleaned_training_goes_on_and_others_are_left_alone(home: Path):
    whole = await train_vqe(**ADAM, training_id="whole", max_steps=9)
    for steps in (3, 6):
        await train_vqe(**ADAM, training_id="old", max_steps=steps)
    store = open_store()
    orders = Orders(store, "old")
    beat = orders.last_beat()
    assert beat is not None
    orders.beat(beat.model_copy(update={"at": beat.at - 8 * 86400}))
    before = store.list("checkpoints/")
    found = await clean_checkpoints(dry_run=True)
    assert store.list("checkpoints/") == before
    done = await clean_checkpoints()
    assert done["trainings"] == found["trainings"]
    removed = {one["training_id"]: one["removed"] for one in done["trainings"]}
    assert removed["old"] > 0
    assert removed["whole"] == 0
    assert len(store.list("checkpoints/")) == len(before) - removed["old"]
    report = await train_vqe(**ADAM, training_id="old", max_steps=9)
    assert sequence(report) == sequence(whole)


async def test_cuts_and_classifiers_are_trained_and_gone_on_with_by_the_same_loop(home: Path):
    asked = {"graph": "ring:n=4", "ansatz": "qaoa?layers=2", "training_id": "cut", "checkpoint_every": 1}
    part = await train_qaoa(**asked, max_steps=2)
    cut = await train_qaoa(**asked, max_steps=60)
    assert sequence(cut)[: len(part["history"])] == sequence(part)
    assert cut["reference"] == -4
    assert cut["energy"] == pytest.approx(-4, abs=1e-3)
    data = {
        "data": "moons?samples=40",
        "components": 0,
        "model": "reuploading?num_qubits=2&layers=1",
        "batch_size": 8,
    }
    whole = await train_qnn(**data, training_id="whole", max_steps=6)
    part = await train_qnn(**data, training_id="part", max_steps=3)
    report = await train_qnn(**data, training_id="part", max_steps=6)
    assert without_appraisal(report, part, estimated=True) == sequence(whole)
    assert report["parameters"] == whole["parameters"]
    assert 0 <= report["figures"]["test accuracy"] <= 1
    with pytest.raises(NoEligibleBackend, match="gates with any angle"):
        await train_qnn(**data, training_id="else", backend="stim")


async def test_a_classifier_is_trained_on_any_backend_and_gone_on_with_bit_for_bit(home: Path):
    asked = {
        **{"data": "moons?samples=30", "components": 0, "model": "reuploading?num_qubits=2&layers=1"},
        "batch_size": 4,
    }
    own = await train_qnn(**asked, training_id="own", max_steps=3)
    exact = await train_qnn(**asked, training_id="exact", backend="aer", max_steps=3)
    assert [row[1] for row in sequence(exact)] == pytest.approx([row[1] for row in sequence(own)], abs=1e-8)
    assert exact["figures"]["ideal test accuracy"] == own["figures"]["test accuracy"]
    sampled = {**asked, "shots": 50, "backend": "cirq"}
    whole = await train_qnn(**sampled, training_id="whole", max_steps=4)
    part = await train_qnn(**sampled, training_id="part", max_steps=2)
    rest = await train_qnn(**sampled, training_id="part", max_steps=4)
    assert without_appraisal(rest, part, estimated=True) == sequence(whole)
    assert whole["history"][0]["shots"] > 4 * 50, "four samples, and their shifted circuits"
    paid = await train_qnn(
        **{**sampled, "backend": "failing?price=0.01"}, training_id="paid", max_cost_usd=9.0, max_steps=2
    )
    assert paid["cost_usd"] == pytest.approx(0.01 * CIRCUITS["failing?price=0.01"])
    assert "charges for each circuit" in paid["figures"]["test accuracy"]
    assert 0 <= paid["figures"]["ideal test accuracy"] <= 1
