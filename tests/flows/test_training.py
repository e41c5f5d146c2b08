"""Trainings as flows: resumed, damaged, moved, out of order, paid for, cleaned; only faults are made up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from blocks.backends import backend_types
from blocks.backends.torch_statevector import TorchStatevector
from blocks.object_store import open_store
from blocks.trainings import CheckpointChain, Orders, find_definition
from blocks.workloads import open_workload
from flows.clean_checkpoints import clean_checkpoints
from flows.migrate_training import migrate_training
from flows.train_qaoa import train_qaoa
from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from qorum.errors import (
    BackendFailed,
    BudgetExceeded,
    CircuitRejected,
    NoEligibleBackend,
    QorumError,
    TrainingHalted,
)
from tasks.train._loop import Loop
from tests.failing_backends import CALLS, CIRCUITS
from tests.processes import wait_until

CHAIN = "tfim:n=2,J=1,g=1"
EXACT = -(5**0.5)
"""Of an open chain of two spins: -√(1 + 4)."""

SMALL = {"hamiltonian": CHAIN, "ansatz": "hardware-efficient?layers=1", "checkpoint_every": 1}
ADAM = {**SMALL, "optimizer": "adam?learning_rate=0.1"}
SPSA = {**SMALL, "optimizer": "spsa", "shots": 64}


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Registers `failing?fault=…` beside the real backends."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.failing_backends")
    backend_types.cache_clear()
    CALLS.clear()
    CIRCUITS.clear()
    yield
    backend_types.cache_clear()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that the flows have said."""
    loggers = [logging.getLogger(name) for name in ("prefect.flow_runs", "prefect.task_runs")]
    for logger in loggers:
        logger.addHandler(caplog.handler)
    yield lambda: "\n".join(record.getMessage() for record in caplog.records)
    for logger in loggers:
        logger.removeHandler(caplog.handler)


def sequence(report: Any) -> list[tuple[Any, ...]]:
    """Steps, energies and gradients of a report, with all their digits."""
    return [(row["step"], row["energy"], row["gradient_norm"], row["shots"]) for row in report["history"]]


def without_appraisal(rest: Any, part: Any, *, estimated: bool) -> list[tuple[Any, ...]]:
    """The sequence without the estimate of the result that ended its first part."""
    last = len(part["history"]) - 1
    return [row for place, row in enumerate(sequence(rest)) if not estimated or place != last]


def checkpoints(home: Path, training_id: str) -> list[Path]:
    """Newest last."""
    folder = home / "store/checkpoints" / training_id
    return sorted(folder.glob("*-*/"), key=lambda path: path.name.split("-")[::-1])


def opened(training_id: str, warn: Callable[[str], None] = lambda _: None) -> Loop:
    """A process that runs a training."""
    store = open_store()
    definition = find_definition(training_id, store)
    workload = open_workload(definition, store)
    return Loop(definition, workload, store, warn, checkpoint_every=0, flow_run_id="")


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
    with pytest.raises(QorumError, match=r"another problem; .*shots 0 is stored, 64 asked"):
        await train_vqe(**{**settings, "hamiltonian": "tfim:n=3", "shots": 64})
    assert CALLS.total() == before


DAMAGES = {
    "truncated": ("state.npz", lambda data: data[:-7], "bytes expected"),
    "flipped": ("state.npz", lambda data: bytes([data[0] ^ 1]) + data[1:], "sha256"),
    "newer": (
        "manifest.json",
        lambda data: json.dumps({**json.loads(data), "version": [2, 0]}).encode(),
        "version 1.x expected, found [2, 0]",
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


async def test_a_paid_evaluation_is_never_made_twice_and_its_price_is_kept(home: Path):
    paid = {**ADAM, "backend": "failing?price=0.01", "max_cost_usd": 100.0, "max_steps": 8}
    free = await train_vqe(**{**paid, "backend": "failing?number=2"}, training_id="free")
    await train_vqe(**{**paid, "max_steps": 2}, training_id="paid")
    crashed = opened("paid")
    crashed.training.max_steps = 8
    for _ in range(3):  # and then it is gone: no checkpoint, no farewell
        crashed._evaluating.advance(crashed.training)
    before = CALLS["failing?price=0.01"]
    assert before == 5
    report = await train_vqe(**paid, training_id="paid")
    assert CALLS["failing?price=0.01"] == 8
    assert [row[1] for row in sequence(report)] == [row[1] for row in sequence(free)]
    assert report["cost_usd"] == pytest.approx(0.01 * CIRCUITS["failing?price=0.01"])
    assert not open_store().list("checkpoints/paid/journal/"), "a checkpoint holds them now"


async def test_without_budget_nothing_is_evaluated_and_a_spent_one_ends_with_a_checkpoint(home: Path):
    name = "failing?price=0.01"
    with pytest.raises(BudgetExceeded):
        await train_vqe(**ADAM, backend=name, training_id="none")
    assert not CALLS
    assert not open_store().list("checkpoints/")
    with pytest.raises(BudgetExceeded, match="raise max_cost_usd"):
        await train_vqe(**ADAM, backend=name, training_id="little", max_cost_usd=0.02)
    assert not CALLS, "one gradient costs more"
    free = await train_vqe(**ADAM, training_id="free", max_steps=6)
    with pytest.raises(BudgetExceeded):
        await train_vqe(**ADAM, backend=name, training_id="some", max_cost_usd=0.5, max_steps=6)
    kept = json.loads((home / "store/results/some/report.json").read_text())
    made = len(kept["history"])
    assert 0 < made < 6
    assert 0 < kept["cost_usd"] <= 0.5
    assert kept["cost_usd"] * (made + 1) / made > 0.5, "no more fitted in"
    report = await train_vqe(**ADAM, backend=name, training_id="some", max_cost_usd=9.0, max_steps=6)
    assert CALLS[name] == 6
    assert [row[1] for row in sequence(report)] == pytest.approx([row[1] for row in sequence(free)], abs=1e-9)


async def test_a_running_training_moves_with_both_energies_and_reaches_the_same_minimum(home: Path):
    settings = {**SMALL, "ansatz": "hardware-efficient?layers=2", "max_steps": 3000, "training_id": "live"}
    slow = {**settings, "optimizer": "adam?learning_rate=0.01&value_tolerance=0&gradient_tolerance=1e-9"}
    running = asyncio.create_task(train_vqe(**slow))
    orders = Orders(open_store(), "live")
    await asyncio.to_thread(wait_until, lambda: bool((beat := orders.last_beat()) and beat.is_live), 60)
    moved = await migrate_training("live", "aer", reason="to be compared", wait_seconds=60)
    assert moved["moved"] == "live"
    stopped = opened("live")  # takes over: the first process stops
    with pytest.raises(TrainingHalted, match="another process goes on with it"):
        await running
    assert not open_store().list("results/live/"), "results are for the later process to store"
    [move] = stopped.training.moves
    assert (move.origin, move.target, move.reason) == ("torch", "aer", "to be compared")
    assert move.energy is not None
    assert move.energy_there == pytest.approx(move.energy, abs=1e-9)
    assert {row.backend for row in stopped.history.rows} == {"torch", "aer"}
    back = await migrate_training("live", "torch", wait_seconds=5)
    assert back["moved"] == "resumed"
    assert [one["target"] for one in back["report"]["moves"]] == ["aer", "torch"]
    assert back["report"]["energy"] == pytest.approx(EXACT, abs=1e-6)
    assert "to be compared" in (home / "store/results/live/report.md").read_text()


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("nowhere", "unknown; the backends are"),
        ("aer?method=stabilizer", "Clifford"),
        ("cirq", "only samples: set shots"),
        ("torch?precision=quadruple", "precision"),
        ("failing?price=1", "max_cost_usd"),
    ],
)
async def test_a_backend_that_cannot_run_a_training_is_refused_before_anything(
    home: Path, backend: str, reason: str
):
    with pytest.raises(QorumError, match=reason):
        await train_vqe(**ADAM, backend=backend, training_id="one")
    assert not open_store().list("checkpoints/")
    definition = json.dumps(dict(DEFINITION, training_id="known")).encode()
    open_store().put("checkpoints/known/definition.json", definition)
    with pytest.raises(QorumError, match=reason):
        await migrate_training("known", backend)
    assert not open_store().list("checkpoints/known/moves/")
    assert not CALLS


DEFINITION = {
    "kind": "vqe",
    "name": "one",
    "problem": {"num_qubits": 2, "terms": [["ZZ", -1.0], ["XI", -1.0], ["IX", -1.0]]},
    "model": "hardware-efficient?layers=1",
    "optimizer": "adam",
    "shots": 0,
    "seed": 0,
    "max_steps": 3,
    "backend": "torch",
}


async def test_what_an_optimizer_needs_is_asked_of_every_backend_before_anything(home: Path):
    natural = {**SMALL, "optimizer": "natural-gradient", "training_id": "one", "max_steps": 2}
    with pytest.raises(CircuitRejected, match="metric"):
        await train_vqe(**natural, backend="aer")
    assert not open_store().list("checkpoints/")
    await train_vqe(**natural)
    with pytest.raises(CircuitRejected, match="metric"):
        await migrate_training("one", "aer")


async def test_a_backend_that_breaks_is_left_for_the_first_backup_that_works(
    home: Path, told: Callable[[], str]
):
    names = ["failing?after=3&fault=breaks", "failing?fault=breaks&number=2", "torch"]
    report = await train_vqe(
        **ADAM, backend=names[0], backup_backends=names[1:], training_id="one", max_steps=8
    )
    assert report["backend"] == "torch"
    [move] = report["moves"]
    assert (move["origin"], move["target"], move["evaluation"]) == (names[0], "torch", 3)
    assert "out of order" in move["reason"]
    assert CALLS[names[0]] == 4, "what is not retryable is not tried again"
    assert CALLS[names[1]] == 1
    assert f"{names[1]} cannot take over" in told()


async def test_a_busy_backend_is_tried_three_times_and_one_that_fails_too_often_is_left(home: Path):
    busy = "failing?after=2&fault=busy"
    report = await train_vqe(**ADAM, backend=busy, backup_backends=["torch"], training_id="busy", max_steps=6)
    assert CALLS[busy] == 2 + 3
    assert [move["target"] for move in report["moves"]] == ["torch"]
    moody = "failing?every=3&fault=busy"
    asked = {**ADAM, "backend": moody, "backup_backends": ["torch"], "max_steps": 40}
    patient = await train_vqe(**asked, training_id="patient", max_error_rate=0.5)
    assert not patient["moves"], "one third of its attempts fails"
    CALLS.clear()
    strict = await train_vqe(**asked, training_id="strict", max_error_rate=0.2)
    [move] = strict["moves"]
    assert 18 <= CALLS[moody] <= 24, "as soon as twenty attempts tell"
    assert move["origin"] == moody


async def test_with_no_backup_left_the_last_checkpoint_is_kept_and_a_move_goes_on_from_it(home: Path):
    for settings, name in ((ADAM, "exact"), (SPSA, "sampled")):
        broken = f"failing?after={4 if name == 'exact' else 8}&fault=breaks"
        CALLS.clear()
        with pytest.raises(BackendFailed, match="out of order"):
            await train_vqe(**settings, backend=broken, training_id=name, max_steps=10)
        kept = json.loads((home / f"store/results/{name}/report.json").read_text())
        assert kept["history"]
        moved = await migrate_training(name, "torch")
        report = moved["report"]
        assert report["steps"] == 10
        assert sequence(report)[: len(kept["history"])] == sequence(kept)
        assert [move["target"] for move in report["moves"]] == ["torch"]


async def test_energies_that_are_no_numbers_end_a_training_and_leave_its_last_good_state(home: Path):
    name = "failing?after=4&fault=nan"
    with pytest.raises(TrainingHalted, match="found nan at evaluation 4; the last good state is kept"):
        await train_vqe(**ADAM, backend=name, training_id="one", max_steps=9)
    kept = json.loads((home / "store/results/one/report.json").read_text())
    assert len(kept["history"]) == 4
    assert kept["energy"] == min(row["energy"] for row in kept["history"])
    CALLS.clear()  # repaired
    report = await train_vqe(**ADAM, backend=name, training_id="one", max_steps=8)
    assert report["steps"] == 8
    assert sequence(report)[:4] == sequence(kept)


async def test_mlflow_has_one_run_for_a_training_however_often_it_is_gone_on_with(home: Path):
    asked = {**ADAM, "training_id": "one", "entanglement_entropy": True, "tags": ["nightly"]}
    await train_vqe(**asked, max_steps=4)
    report = await train_vqe(**asked, max_steps=9)
    client = MlflowClient(f"sqlite:///{home / 'mlflow.db'}")
    [experiment] = [one for one in client.search_experiments() if one.name == "vqe"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.tags["qorum.training_id"] == "one"
    assert run.data.metrics["final energy"] == report["energy"]
    for name in ("energy", "gradient norm", "parameters norm", "seconds quantum", "cost usd"):
        points = client.get_metric_history(run.info.run_id, name)
        assert sorted(point.step for point in points) == list(range(9)), name
    energies = {point.step: point.value for point in client.get_metric_history(run.info.run_id, "energy")}
    assert [energies[step] for step in range(9)] == [row["energy"] for row in report["history"]]
    entropies = client.get_metric_history(run.info.run_id, "entanglement entropy bits")
    assert entropies
    assert all(0 <= point.value <= 1 for point in entropies)
    with pytest.raises(BackendFailed):
        await train_vqe(**{**ADAM, "training_id": "two", "backend": "failing?fault=breaks"})
    failed = [one for one in client.search_runs([experiment.experiment_id]) if one.info.status == "FAILED"]
    assert [one.data.tags["qorum.training_id"] for one in failed] == ["two"]


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


async def test_a_sign_of_life_that_cannot_be_stored_is_told_and_the_next_one_is_given(home: Path):
    await train_vqe(**ADAM, training_id="one", max_steps=2)
    warned: list[str] = []
    loop = opened("one", warned.append)
    sign = home / "store/checkpoints/one/beat.json"
    sign.unlink()
    sign.mkdir()
    loop.beat()
    assert "no sign of life could be given" in warned[0]
    sign.rmdir()
    loop.beat()
    beat = Orders(open_store(), "one").last_beat()
    assert beat is not None
    assert (len(warned), beat.epoch, beat.is_live) == (1, 2, True)


async def test_an_answer_that_is_stored_just_before_a_takeover_is_not_asked_for_again(home: Path):
    paid = {**ADAM, "backend": "failing?price=0.01", "max_cost_usd": 100.0, "training_id": "paid"}
    await train_vqe(**paid, max_steps=2)
    early = opened("paid")
    early.training.max_steps = 4
    claim = CheckpointChain.take_over

    def late(chain: CheckpointChain) -> Any:
        early._evaluating.advance(early.training)
        return claim(chain)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CheckpointChain, "take_over", late)
        after = opened("paid")
    before = CALLS["failing?price=0.01"]
    after._evaluating.advance(after.training)
    assert CALLS["failing?price=0.01"] == before


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
    with pytest.raises(NoEligibleBackend, match="torch expected"):
        await train_qnn(**data, training_id="else", backend="aer")


async def test_a_training_whose_backend_is_gone_goes_on_with_a_backup_or_where_it_is_ordered_to(home: Path):
    saved = "block:torch-statevector/mine"
    for training_id in ("backed", "ordered", "stuck"):
        await TorchStatevector(precision="double").save("mine", overwrite=True)
        await train_vqe(**ADAM, backend=saved, training_id=training_id, max_steps=3)
        await TorchStatevector.delete("mine")
    backed = await train_vqe(
        **ADAM, backend=saved, training_id="backed", max_steps=6, backup_backends=["nowhere", "aer"]
    )
    assert [move["target"] for move in backed["moves"]] == ["aer"]
    assert "no such block is saved" in backed["moves"][0]["reason"]
    assert backed["steps"] == 6
    ordered = await migrate_training("ordered", "torch")
    assert [move["target"] for move in ordered["report"]["moves"]] == ["torch"]
    with pytest.raises(NoEligibleBackend, match="no such block is saved"):
        await train_vqe(**ADAM, backend=saved, training_id="stuck", max_steps=6)
