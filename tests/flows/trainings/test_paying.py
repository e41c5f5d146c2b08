"""What an evaluation costs is spent once, and never beyond the budget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blocks.object_store import open_store
from blocks.trainings import CheckpointChain
from flows.train_vqe import train_vqe
from qorum.errors import BudgetExceeded
from tests.failing_backends import CALLS, CIRCUITS
from tests.flows.trainings.asked import ADAM, SPSA, opened, sequence


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
    assert len(open_store().list("results/paid/jobs/")) == 8, "what was paid for is kept"


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


async def test_what_is_reported_is_what_was_charged_also_where_an_evaluation_ends_half_way(
    home: Path, tmp_path: Path
):
    bill = tmp_path / "bill.txt"
    asked = {
        **{**SPSA, "shots": 200, "backend": f"failing?bill={bill}&price=0.01", "max_steps": 9},
        "training_id": "sampled",
    }
    for limit in (0.25, 0.43):  # of pilots and groups nobody knows beforehand how many circuits they make
        with pytest.raises(BudgetExceeded):
            await train_vqe(**asked, max_cost_usd=limit)
        kept = json.loads((home / "store/results/sampled/report.json").read_text())
        charged = 0.01 * sum(map(int, bill.read_text().split()))
        assert 0 < charged <= limit + 1e-9
        assert kept["cost_usd"] == pytest.approx(charged)
    report = await train_vqe(**asked, max_cost_usd=9.0)
    assert report["cost_usd"] == pytest.approx(0.01 * sum(map(int, bill.read_text().split())))


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
