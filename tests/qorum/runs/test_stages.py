"""What the stages hand on: portions of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks.backends import load_backend
from qorum.routing.assignments import Assignment
from qorum.runs.stages import PORTION, Routing


def routing(circuits: int, **profile: object) -> Routing:
    aer = replace(load_backend("aer").profile(), **profile)
    assignments = {
        f"{number:064x}": Assignment(f"{number:064x}", "fidelity", ("aer",), (), {}, {})
        for number in range(circuits)
    }
    return Routing({"aer": aer}, assignments)


@pytest.mark.parametrize("circuits", [0, 1, PORTION, PORTION + 1, 10 * PORTION - 3])
def test_portions_are_even_and_keep_every_circuit_in_order(circuits: int):
    portions = routing(circuits).portions()
    sizes = [len(portion.assignments) for portion in portions]
    assert max(sizes) <= PORTION
    assert max(sizes) - min(sizes) <= 1
    assert [digest for portion in portions for digest in portion.assignments] == list(
        routing(circuits).assignments
    )


@pytest.mark.parametrize("profile", [{"pool": "qpu"}, {"queue_wait": 60.0}])
def test_what_queues_goes_in_one_portion(profile: dict[str, object]):
    assert len(routing(3 * PORTION, **profile).portions()) == 1
