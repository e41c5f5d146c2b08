"""Trainings move: by order, and where a backend cannot run them, is out of order, or gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.backends.torch_statevector import TorchStatevector
from blocks.object_store import open_store
from blocks.trainings import Orders
from flows.migrate_training import migrate_training
from flows.train_vqe import train_vqe
from qorum.errors import BackendFailed, NoEligibleBackend, TrainingHalted
from tests.failing_backends import CALLS
from tests.flows.trainings.asked import ADAM, EXACT, SMALL, SPSA, opened, sequence
from tests.processes import wait_until


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
    stopped.stop.set()
    with pytest.raises(TrainingHalted, match="asked to end"):
        stopped.run()
    back = await migrate_training("live", "torch", wait_seconds=5)
    assert back["moved"] == "resumed"
    assert [one["target"] for one in back["report"]["moves"]] == ["aer", "torch"]
    assert back["report"]["energy"] == pytest.approx(EXACT, abs=1e-6)
    assert "to be compared" in (home / "store/results/live/report.md").read_text()


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
