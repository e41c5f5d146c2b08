"""What reports of trainings say, in words and as pages; figures of states whose values are known on paper."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.training.definitions import TrainingDefinition
from qorum.training.entanglement import half_chain_entropy
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.history import History, Row
from qorum.training.markdown import markdown
from qorum.training.phases import Move
from qorum.training.report import Level, TrainingReport
from qorum.training.state_figures import state_figures
from qorum.training.training import Training
from tests.qorum.reports import LEVELS, TRAINING
from tests.qorum.training.trainings import Noisy, advance, training

NONE = np.array([])


def definition(**changed: object) -> TrainingDefinition:
    asked = {"training_id": "t", "kind": "vqe", "name": "pair", "problem": {}, "model": "hardware-efficient"}
    return TrainingDefinition.model_validate(asked | changed)


def history_of(one: Training, steps: int) -> History:
    history = History()
    for _ in range(steps):
        point, answer = one.ask().points[0].copy(), advance(one)
        history.rows.append(
            Row(
                step=one.steps,
                energy=float(answer.values[0]),
                variance=float(answer.variances[0]),
                gradient_norm=math.nan,
                point=point,
                shots=5,
                circuits=1,
                backend="torch",
                cost_usd=0.25,
                seconds_quantum=1.5,
                seconds_classical=0.5,
            )
        )
    return history


def test_a_report_sums_up_the_history_and_is_exact_where_energies_are() -> None:
    one = training()
    history = history_of(one, 3)
    found = TrainingReport.of(definition(), one, history, "torch", "ended")
    assert (found.evaluations, found.shots, found.cost_usd, found.seconds) == (3, 15, 0.75, 6.0)
    assert (found.energy, found.deviation, found.reference, found.error) == (one.result[0], 0.0, None, None)
    assert [row.gradient_norm for row in found.history] == [None] * 3
    assert found.energies.tolist() == [row.energy for row in history.rows]
    assert TrainingReport.of(definition(), one, history, "torch", "ended", cost_usd=2.0).cost_usd == 2.0


def test_figures_of_the_state_and_of_all_samples_take_the_energys_place() -> None:
    one = training()
    history = history_of(one, 2)
    state = {"energy of the state": -2.0, "partition": "01"}
    found = TrainingReport.of(definition(reference=-2.5), one, history, "torch", "e", lambda *_: state)
    assert (found.energy, found.error, dict(found.figures)) == (-2.0, 0.5, {"partition": "01"})
    whole = {"loss of all samples": 0.7, "deviation of the loss of all samples": 0.1}
    found = TrainingReport.of(definition(kind="qnn"), one, history, "torch", "e", lambda *_: whole)
    assert (found.energy, found.deviation, found.minimized) == (0.7, 0.1, "loss")


def test_what_converged_above_its_reference_is_told_as_a_local_minimum() -> None:
    one = training()
    history = history_of(one, 2)

    def reason(energy: float) -> str:
        figures = {"energy of the state": energy}
        told = "converged: the gradient vanishes"
        return TrainingReport.of(
            definition(reference=-1.0), one, history, "torch", told, lambda *_: figures
        ).reason

    assert reason(-1.0) == "converged: the gradient vanishes"
    assert reason(99.0).startswith(
        "a local minimum: the gradient vanishes, 1.0e+02 above the reference: another"
    )


def test_an_estimates_deviation_is_that_of_its_point() -> None:
    one = training("adam", lambda _: Noisy())
    history = history_of(one, 3)
    found = TrainingReport.of(definition(), one, history, "torch", "ended")
    assert found.deviation == pytest.approx(0.05), "the variance of every value is 0.0025"
    assert found.told(2).endswith("± 5.0e-02")
    unknown = TrainingReport.of(definition(), one, History(), "torch", "ended")
    assert unknown.deviation is None


def test_a_headline_has_the_error_and_the_figures_it_has_room_for() -> None:
    told = TRAINING.model_copy(update={"reference": -1.5, "deviation": 0.02})
    assert told.headline() == (
        "moons: -1.25000000 ± 2.0e-02, +2.50e-01 from the reference, best sampled cut 6"
        " after 2 steps, 3 evaluations on aer (converged)"
    )
    assert TRAINING.model_copy(update={"energy": None}).headline().startswith("moons: unknown, best")
    assert TRAINING.model_copy(update={"energy": None}).error is None


def test_levels_are_told_beside_the_exact_ones() -> None:
    assert [one.in_words() for one in LEVELS] == [
        "-1.25000000, exact -1.50000000, +2.50e-01 from it",
        "-0.50000000",
    ]
    none = Level(level=2, energy=None, exact=-0.1, training_id="t", reason="failed")
    assert none.in_words() == "unknown"


def test_a_page_has_every_figure_the_moves_and_the_warnings() -> None:
    page = markdown(TRAINING.model_copy(update={"reference": -1.5}), "curve.svg")
    lines = page.splitlines()
    assert lines[:3] == ["# moons", "", "![loss by evaluation](curve.svg)"]
    for line in (
        "| loss | -1.2500000000 |",
        "| reference | -1.5000000000 |",
        "| above the reference | 2.500e-01 |",
        "| partition | `0101` |",
        "| accuracy | 0.5 |",
        "| cost | 0.00 USD |",
        "**Warning:** one warning",
        "| 1 | `torch` | `aer` | unknown | -1.20000000 | asked for |",
    ):
        assert line in lines
    known = replace(TRAINING.moves[0], energy=-1.1)
    assert isinstance(known, Move)
    assert "| -1.10000000 | -1.20000000 |" in markdown(TRAINING.model_copy(update={"moves": (known,)}), "")
    bare = markdown(TRAINING.model_copy(update={"moves": ()}), "")
    assert "| evaluation | from" not in bare
    assert "![" not in bare
    assert "above the reference" not in bare


def test_the_entropy_of_half_a_chain() -> None:
    """Of cos a |00> + sin a |11>: the binary entropy of cos² a; of two Bell pairs two bits."""
    angle = Parameter("angle")
    pair = QuantumCircuit(2)
    pair.ry(angle, 0)
    pair.cx(0, 1)
    p = math.cos(0.4) ** 2
    binary = -p * math.log2(p) - (1 - p) * math.log2(1 - p)
    assert half_chain_entropy(pair, np.array([0.8])) == pytest.approx(binary, abs=1e-12)
    assert half_chain_entropy(pair, np.array([0.0])) == 0.0
    pairs = QuantumCircuit(4)
    pairs.h([0, 1])
    pairs.cx([0, 1], [2, 3])
    assert half_chain_entropy(pairs, NONE) == pytest.approx(2.0)
    inside = QuantumCircuit(4)
    inside.h(0)
    inside.cx(0, 1)
    assert half_chain_entropy(inside, NONE) == pytest.approx(0.0, abs=1e-12)


def test_the_variance_of_the_energy() -> None:
    """Of Z in cos a |0> + sin a |1>: 1 - cos² 2a; none above 20 qubits."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(1)
    circuit.ry(angle, 0)
    z = read_hamiltonian({"num_qubits": 1, "terms": [["Z", 1.0]]})
    for value in (0.0, 0.6, math.pi):
        found = state_figures(z, circuit, np.array([value]))
        assert found == {"energy variance": pytest.approx(1 - math.cos(value) ** 2, abs=1e-12)}
    wide = read_hamiltonian({"num_qubits": 21, "terms": [["Z" * 21, 1.0]]})
    assert state_figures(wide, QuantumCircuit(21), NONE) == {}
    assert state_figures(z, circuit, NONE) == {}
