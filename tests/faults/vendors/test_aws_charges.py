"""What is reserved for a task at Amazon Braket, and what it was charged."""

from __future__ import annotations

import json

import pytest

from blocks.backends._aws_devices import Cost
from blocks.backends._aws_prices import LONGEST_SECONDS, task_price, time_bound
from qorum.backends import Price
from qorum.errors import VendorUnreachable
from qorum.remote import Charge

from .aws_devices import DEVICES, FORTE, GARNET
from .conftest import fetched, finish, flipped, one, submit

SOURCE = "computed: aws.amazon.com/braket/pricing"


@pytest.mark.parametrize(("device", "a_shot"), [("forte-1", 0.08), ("garnet", 0.00145), ("ankaa-3", 0.0009)])
def test_a_program_set_is_one_task_whose_bill_is_what_was_reserved(aws, aws_server, braket, device, a_shot):
    block, circuits = braket(device=device), [one(), flipped(0), flipped(1)]
    reserved = block.estimate(circuits, 400)
    assert len(aws_server.recorded) == 1
    usd = pytest.approx(0.30 + 1200 * a_shot)
    assert reserved == Charge(usd, usd, "usd", False, SOURCE)
    job, _ = fetched(block, *circuits)
    charged = block.invoice(job, circuits, 400)
    assert charged == Charge(usd, usd, "usd", True, SOURCE)
    assert charged.usd == pytest.approx(aws.invoice())
    price = block.profile().price
    assert (price.circuits_per_task, price.per_task) == (block.profile().max_circuits, 0.30)


@pytest.mark.parametrize(("millis", "seconds"), [(120, 3.0), (7_250, 7.25)])
@pytest.mark.parametrize("device", ["sv1", "dm1"])
def test_a_simulator_is_charged_by_the_time_it_tells(aws, braket, device, millis, seconds):
    aws.millis = millis
    block = braket(device=device, region="us-east-1")
    reserved = block.estimate([one()], 400).usd
    job, _ = fetched(block, one())
    charged = block.invoice(job, [one()], 400)
    assert charged == Charge(pytest.approx(seconds * 0.00125), charged.usd, "usd", True, SOURCE)
    assert charged.usd == pytest.approx(aws.invoice())
    assert 0.075 <= reserved < 0.1
    assert reserved >= charged.usd


def test_a_simulator_that_tells_no_time_is_charged_what_was_reserved(aws, braket):
    block = braket(device="sv1", region="us-east-1")
    job, _ = fetched(block, one())
    [path] = aws.objects
    told = json.loads(aws.objects[path])
    del told["additionalMetadata"]["simulatorMetadata"]
    aws.objects[path] = json.dumps(told)
    assert block.invoice(job, [one()], 400).usd == block.estimate([one()], 400).usd


def test_what_a_simulator_may_take_grows_with_qubits_and_gates_up_to_its_limit():
    """Amazon tells of 1 to 2 hours for 34 qubits of depth 34, and stops after 6."""

    def seconds(qubits: int, depth: int, simulator: str) -> float:
        bound = time_bound(simulator)
        assert bound is not None
        return bound.seconds(qubits, qubits * depth)

    assert 60 < seconds(10, 10, "sv1") < 61
    assert 60 < seconds(25, 10, "sv1") < 200
    assert 2 * 3600 < seconds(34, 34, "sv1") == LONGEST_SECONDS
    assert seconds(12, 10, "dm1") == pytest.approx(seconds(24, 5, "sv1"), rel=0.1)
    assert seconds(2, 1, "tn1") == seconds(5000, 1, "sv1") == LONGEST_SECONDS
    assert time_bound("") is None, "a QPU bills no seconds"


def test_a_task_that_is_not_final_has_no_final_bill(braket):
    job = submit(braket())
    charge = braket().invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (pytest.approx(0.30 + 400 * 0.00145), False)


def test_a_task_that_failed_is_charged_for_the_shots_that_succeeded(aws, braket):
    aws.fails, aws.queue = "ions were lost", 0
    job = submit(braket())
    assert braket().poll(job).state == "failed"
    assert braket().invoice(job, [one()], 400) == Charge(0.0, 0.0, "usd", True, SOURCE)
    aws.tasks[job]["numSuccessfulShots"] = 100
    assert braket().invoice(job, [one()], 400).usd == pytest.approx(0.30 + 100 * 0.00145)


def _cost(aws, arn: str, cost: dict[str, object] | None) -> None:
    service = DEVICES[arn].capabilities()["service"]
    aws.told[arn] = {"service": {**service, "deviceCost": cost}}


def test_the_device_s_own_price_counts_where_it_is_more_than_the_table_s(aws, braket):
    _cost(aws, FORTE, {"price": 0.09, "unit": "shot"})
    assert braket(device="forte-1").estimate([one()], 100).usd == pytest.approx(9.30)
    _cost(aws, FORTE, {"price": 0.01, "unit": "shot"})
    assert braket(device="forte-1").estimate([one()], 100).usd == pytest.approx(8.30)
    _cost(aws, FORTE, None)
    assert braket(device="forte-1").estimate([one()], 100).usd == pytest.approx(8.30)
    _cost(aws, FORTE, {"price": -1, "unit": "shot"})
    with pytest.raises(VendorUnreachable, match="price"):
        braket(device="forte-1").estimate([one()], 100)


def test_a_device_whose_price_nobody_knows_is_not_asked_for_a_task():
    arn = "arn:aws:braket:us-east-1::device/qpu/acme/Abacus"
    with pytest.raises(ValueError, match=r"price of .*Abacus is not known: name a file of own prices"):
        task_price(arn, None, 1)


def test_a_device_that_is_in_no_table_costs_what_it_tells_and_the_fee_that_all_have():
    arn = "arn:aws:braket:us-east-1::device/{}/acme/Abacus"
    qpu = task_price(arn.format("qpu"), Cost(price=0.02, unit="shot"), 5)
    assert qpu == Price(per_task=0.30, per_shot=0.02, circuits_per_task=5)
    simulator = task_price(arn.format("quantum-simulator"), Cost(price=0.6, unit="minute"), 1)
    assert simulator == Price(per_second=0.01, minimum_seconds=3.0)


def test_the_bill_of_a_duplicate_is_its_own(aws, braket):
    aws.is_idempotent = False
    jobs = [submit(braket()), submit(braket())]
    for job in jobs:
        finish(braket(), job)
    assert sum(braket().invoice(job, [one()], 400).usd for job in jobs) == pytest.approx(aws.invoice())
    assert {task["deviceArn"] for task in aws.tasks.values()} == {GARNET}
