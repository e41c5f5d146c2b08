"""Snapshots of calibrations: what they hold, how they are stored and compared, and the limit of their age."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from qiskit.circuit import Measure
from qiskit.circuit.library import CXGate, CZGate, SXGate
from qiskit.transpiler import InstructionProperties, QubitProperties, Target

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.errors import QorumError
from qorum.routing.calibration_changes import Change, Comparison
from qorum.routing.calibration_snapshots import (
    decode,
    distinct,
    encode,
    has_calibration,
    place,
    places_since,
    room,
    snapshot,
)
from qorum.routing.freshness import Freshness
from tests.qorum.routing.test_ranking import AER, TORCH, assign

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def target(readout=(0.01, 0.02, 0.04), pairs=((0, 1, 0.005), (1, 2, 1.0)), t1=(1e-4, 2e-4, 4e-4)) -> Target:
    made = Target(num_qubits=3, qubit_properties=[QubitProperties(t1=one, t2=math.inf) for one in t1])
    made.add_instruction(SXGate(), {(q,): InstructionProperties(3e-8, 1e-4 * (q + 1)) for q in range(3)})
    known = {(a, b): InstructionProperties(3e-7, error) for a, b, error in pairs}
    made.add_instruction(CXGate(), known)
    made.add_instruction(CZGate(), {(1, 0): InstructionProperties(2e-7, 0.003)})
    made.add_instruction(
        Measure(), {(q,): InstructionProperties(1e-6, error) for q, error in enumerate(readout)}
    )
    return made


def profile(**changes) -> BackendProfile:
    base = BackendProfile("q?device=d", "q", "q", "d", "qpu", 3, target(), noisy=True)
    return replace(base, **{"calibration_id": "one", "calibrated_at": NOW, **changes})


def test_a_snapshot_has_medians_of_what_works_and_every_figure_that_is_told():
    found = snapshot(profile(), NOW)
    assert (found.two_qubit.median, found.two_qubit.best, found.two_qubit.worst) == (0.004, 0.003, 0.005)
    assert (found.readout.median, found.readout.worst, found.one_qubit.best) == (0.02, 0.04, 1e-4)
    assert (found.t1, found.t2, found.t2s) == (2e-4, None, {})
    assert found.pair_errors == {"0-1": 0.003, "1-2": 1.0}
    assert found.readout_errors == {"0": 0.01, "1": 0.02, "2": 0.04}
    assert (found.one_qubit_seconds, found.readout_seconds) == (3e-8, 1e-6)


def test_a_snapshot_is_read_back_equal_and_no_other_one_is():
    found = snapshot(profile(calibrated_at=NOW.astimezone(timezone(timedelta(hours=-3)))), NOW)
    key = place(found)
    assert key == "calibrations/q%3Fdevice%3Dd/20261130T120000000000Z.json"
    data = encode(found, key)
    assert decode(data, key) == found
    for damaged, at in ((data[:-3] + b"}}}", key), (data, key.replace("2026", "2027"))):
        with pytest.raises(QorumError, match="cannot be read: delete it"):
            decode(damaged, at)
    assert len(room("x" * 500).split("/")[1]) <= 200
    assert room("x" * 500) != room("x" * 501)


def test_a_calibration_is_the_same_by_id_and_time_or_else_by_its_figures():
    first = snapshot(profile(), NOW)
    later = NOW + timedelta(hours=1)
    assert first.is_same(snapshot(profile(), later))
    assert not first.is_same(snapshot(profile(calibration_id="two"), later))
    assert not first.is_same(snapshot(profile(calibrated_at=later), later))
    unknown = {"calibration_id": None, "calibrated_at": None}
    bare = snapshot(profile(**unknown), NOW)
    assert bare.is_same(snapshot(profile(**unknown), later))
    assert not bare.is_same(snapshot(profile(**unknown, target=target(readout=(0.01, 0.02, 0.05))), later))
    assert distinct([first, snapshot(profile(), later), bare, first]) == [first, bare, first]


def test_an_ideal_simulator_has_no_calibration():
    ideal = {"calibration_id": None, "calibrated_at": None, "target": ideal_target(dynamic=False)}
    assert has_calibration(profile())
    assert not has_calibration(profile(**ideal))
    assert not has_calibration(profile(**{**ideal, "noisy": False}))


def test_what_held_on_a_day_is_the_last_taken_before():
    keys = [place(snapshot(profile(), NOW + timedelta(days=day))) for day in range(4)]
    assert places_since(keys, NOW + timedelta(days=1, hours=1)) == keys[1:]
    assert places_since(keys, NOW - timedelta(days=1)) == keys
    assert places_since(keys, NOW + timedelta(days=9)) == keys[3:]


def test_a_comparison_names_what_changed_most_first():
    later = target(readout=(0.01, 0.01, 0.16), pairs=((0, 1, 0.005),), t1=(1e-4, 1e-4, 4e-4))
    found = Comparison.of(snapshot(profile(), NOW), snapshot(profile(target=later), NOW + timedelta(hours=1)))
    assert [(one.what, one.where, one.is_worse) for one in found.qubits] == [
        ("readout error", "2", True),
        ("T1", "1", True),
        ("readout error", "1", False),
    ]
    assert [(one.where, one.told) for one in found.pairs] == [("1-2", "not told any more")]
    assert {one.what: one.told for one in found.medians}["T1"] == "worse by 50.0%"
    rows = [(row["where"], row["before"], row["after"]) for row in found.rows]
    assert ("qubit 1", "200 µs", "100 µs") in rows
    assert Change(what="T1", where="0", before=None, after=None).told == "not told"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"calibrated_at": NOW - timedelta(hours=24)}, None),
        (
            {"calibrated_at": NOW - timedelta(hours=30)},
            "was calibrated 30.0 h ago (2026-11-29 06:00), max_calibration_age_hours allows 24 h",
        ),
        (
            {"calibrated_at": None},
            "does not tell when it was calibrated, max_calibration_age_hours allows 24 h",
        ),
        ({"calibrated_at": None, "noisy": False}, None),
        ({"calibrated_at": None, "pool": "cpu"}, None),
        (
            {"calibrated_at": NOW - timedelta(days=300), "pool": "cpu"},
            "imitates a device by a calibration recorded 300 d ago (2026-02-03 12:00), "
            "max_calibration_age_hours allows 24 h",
        ),
    ],
)
def test_a_noisy_backend_is_refused_by_the_age_of_its_calibration(changes, reason):
    device = profile(**changes)
    found = assign(profiles=(device, TORCH, AER), requested=(device.name, "torch", "aer"))
    assert device.name not in found.excluded
    limited = assign(
        profiles=(device, TORCH, AER),
        requested=(device.name, "torch", "aer"),
        freshness=Freshness(24.0, NOW),
    )
    assert limited.excluded.get(device.name) == reason
