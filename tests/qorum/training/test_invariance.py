"""A result does not depend on how a problem is written: scale, shift, order of terms, names, optimizer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qorum.errors import TrainingHalted
from qorum.training.ansatze import build_ansatz
from qorum.training.checkpoints import decode, encode
from qorum.training.engine_objective import EngineObjective
from qorum.training.exact import ground_energy
from qorum.training.graphs import Graph, cut_hamiltonian, read_graph
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.objective import Objective
from qorum.training.phases import Phase
from qorum.training.starts import begin_at, random_angles, read_start
from qorum.training.training import Training
from qorum.training.units import Units
from tests.qorum.training.trainings import advance, run

TERMS = [("ZZI", 1.0), ("IZZ", 0.8), ("XII", 0.5), ("IXI", -0.7), ("IIX", 0.6)]
LEAST = float(ground_energy(read_hamiltonian(TERMS)) or 0.0)


def begun(
    problem: Hamiltonian | Graph,
    ansatz: str,
    optimizer: str = "lbfgs",
    *,
    steps: int = 200,
    initial: str = "",
) -> Training:
    observable = cut_hamiltonian(problem) if isinstance(problem, Graph) else problem.observable
    built, units = build_ansatz(ansatz, problem, 0), Units.of(observable)
    growth, reduced = built.growth, units.reduced(observable)

    def source(phase: Phase) -> Objective:
        if growth is None:
            return EngineObjective(built.circuit, reduced, frequencies=built.frequencies)
        circuit = (growth.probe if phase.probing else growth.circuit)(phase.operators)
        frequencies = (growth.frequencies,) * circuit.num_parameters
        return EngineObjective(circuit, reduced, frequencies=frequencies)

    start = begin_at(
        initial, read_start(initial), built.start, growth, 0, lambda: random_angles(built.start.size, 0)
    )
    return Training(
        "t",
        optimizer,
        start.point,
        source,
        seed=0,
        max_steps=steps,
        growth=growth,
        units=units,
        operators=start.operators,
    )


def trained(problem: Hamiltonian | Graph, ansatz: str, optimizer: str = "lbfgs", **options: object) -> float:
    one = begun(problem, ansatz, optimizer, **options)  # pyright: ignore[reportArgumentType]
    run(one)
    return one.result[0]


@pytest.mark.parametrize("scale", [1e6, 1e-7])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "spsa", "natural-gradient", "rotosolve"])
def test_the_way_is_the_same_at_every_scale(optimizer: str, scale: float) -> None:
    chosen = optimizer if optimizer != "rotosolve" else "lbfgs?window=2"
    edges = [[0, 1, 1.0], [1, 2, 0.5], [2, 3, 2.0], [0, 3, 1.5], [0, 2, 0.7]]
    scaled = [[one, other, scale * weight] for one, other, weight in edges]
    expected = trained(read_graph({"edges": edges}), "qaoa?layers=1", chosen, steps=12)
    found = trained(read_graph({"edges": scaled}), "qaoa?layers=1", chosen, steps=12)
    assert found / scale == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("ansatz", ["hardware-efficient?layers=2", "adapt", "hamiltonian-variational"])
@pytest.mark.parametrize(("scale", "shift"), [(1e-7, 0.0), (1e6, 0.0), (1.0, 1e4), (1.0, -LEAST)])
def test_shifts_and_scales_lead_to_the_same_minimum(ansatz: str, scale: float, shift: float) -> None:
    changed = [*((label, scale * value) for label, value in TERMS), ("III", scale * shift)]
    found = trained(read_hamiltonian(changed), ansatz)
    assert found / scale - shift == pytest.approx(LEAST, abs=1e-5)


def test_the_order_of_terms_and_the_names_of_qubits_do_not_matter() -> None:
    turned = [(label[::-1], value) for label, value in reversed(TERMS)]
    for terms in (TERMS, list(reversed(TERMS)), turned):
        assert trained(read_hamiltonian(terms), "adapt") == pytest.approx(LEAST, abs=1e-6)


@pytest.mark.parametrize(
    "optimizer", ["lbfgs", "adam", "spsa", "rotosolve", "natural-gradient", "scipy-lbfgsb"]
)
def test_an_ansatz_grows_with_every_optimizer(optimizer: str) -> None:
    one = begun(read_hamiltonian(TERMS), "adapt", optimizer, steps=100)
    run(one)
    assert len(one.phase.operators) > 2
    assert one.result[0] < -2.2, "one or two operators do not reach it"


@pytest.mark.parametrize(
    ("terms", "least"),
    [
        ([("Z", 1.0)], -1.0),
        ([("ZZ", 1.0)], -1.0),
        ([("XX", 1.0), ("YY", 1.0), ("ZZ", 1.0)], -3.0),
    ],
)
def test_a_start_at_the_highest_eigenvalue_is_left(terms: Sequence[tuple[str, float]], least: float) -> None:
    one = begun(read_hamiltonian(list(terms)), "adapt")
    run(one)
    assert one.finished.startswith("converged")
    assert one.result[0] == pytest.approx(least, abs=1e-8)


def test_a_saddle_is_left_also_after_a_restoration_in_the_midst_of_the_look() -> None:
    problem = read_hamiltonian([("ZI", 1.0), ("IZ", 0.5), ("XX", 0.2)])
    zeros = "hardware-efficient?layers=1&rotations=ry&spread=0"

    whole = begun(problem, zeros)
    expected = run(whole)
    assert whole.result[0] == pytest.approx(ground_energy(problem), abs=1e-6)
    assert whole.finished == "converged"
    for place in range(len(expected)):
        before = begun(problem, zeros)
        told = run(before, place)
        after = begun(problem, zeros)
        after.restore(decode("k", encode(before.state())))
        assert told + run(after) == expected, place


def test_where_nothing_changes_the_energy_no_minimum_is_told() -> None:
    one = begun(read_hamiltonian([("ZZ", 1.0)]), "qaoa?layers=1&mixer=xy&ones=0&start=random")
    run(one)
    assert one.finished.startswith("stationary, not shown to be a minimum")


def test_a_state_in_other_units_is_refused() -> None:
    one = begun(read_hamiltonian(TERMS), "adapt")
    advance(one)
    state = one.state()
    del state["units"]
    with pytest.raises(TrainingHalted, match="earlier release"):
        begun(read_hamiltonian(TERMS), "adapt").restore(state)


def test_a_training_begins_where_another_ended() -> None:
    for ansatz in ("adapt", "hardware-efficient?layers=2"):
        first = begun(read_hamiltonian(TERMS), ansatz)
        run(first)
        report = encode_start(first)
        second = begun(read_hamiltonian(TERMS), ansatz, initial=report)
        answer = second.objective.evaluate(second.ask(), 0)
        assert second.units.energy(float(answer.values[0])) == pytest.approx(first.result[0], abs=1e-9)


def encode_start(one: Training) -> str:
    return f'{{"parameters": {one.result[1].tolist()}, "operators": {list(one.phase.operators)}}}'


def test_starts_are_zeros_random_or_numbers_and_others_are_refused() -> None:
    problem, ansatz = read_hamiltonian(TERMS), "hardware-efficient?layers=0&rotations=ry"
    assert not begun(problem, ansatz, initial="zeros").point.any()
    assert begun(problem, ansatz, initial="random").point.std() > 0.3
    assert begun(problem, ansatz, initial="0.1,-0.2,0.3").point.tolist() == [0.1, -0.2, 0.3]
    for wrong in ("0.1,0.2", "ones", "[1, true, 2]", "{}", "1e999,0,0"):
        with pytest.raises(Exception, match=r"initial: .* expected, found"):
            begun(problem, ansatz, initial=wrong)
