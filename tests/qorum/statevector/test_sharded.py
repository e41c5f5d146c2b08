"""States sharded over real processes against Qiskit's, and how often the processes have to talk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2, quantum_volume
from qiskit.quantum_info import Statevector
from qiskit.synthesis import synth_qft_full
from scipy.stats import chisquare

from qorum.errors import CircuitRejected
from qorum.statevector.exchange import schedule
from qorum.statevector.program import lower
from qorum.statevector.renaming import without_swaps
from qorum.statevector.sharded import ShardedCircuit
from tests.qorum.statevector.shard_worker import SHOTS, measured

ROOT = Path(__file__).parents[3]
EXACT = 1e-12


@pytest.fixture(scope="module", params=[2, 4])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What each of 2 and of 4 processes found."""
    ranks: int = request.param
    store = tmp_path_factory.mktemp("ranks") / "store"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.qorum.statevector.shard_worker"]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(ranks), str(store)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
            text=True,
        )
        for rank in range(ranks)
    ]
    try:
        outputs = [process.communicate(timeout=150)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0] * ranks
    return [json.loads(output) for output in outputs]


@pytest.mark.parametrize(("family", "circuits"), [("gates", 45), ("random", 70), ("algorithms", 4)])
def test_the_state_is_qiskits(found: list[Any], family: str, circuits: int) -> None:
    errors = {name: error for rank in found for name, error in rank[family].items()}
    assert len(errors) >= circuits
    assert not {name: error for name, error in errors.items() if not error < EXACT}


def test_a_plan_serves_all_parameters_and_every_rank_gathers_the_state(found: list[Any]) -> None:
    for rank in found:
        assert len(rank["parameters"]) == 6
        assert max(rank["parameters"].values()) < EXACT


def test_single_precision_is_kept_to_its_own_error(found: list[Any]) -> None:
    assert all(1e-12 < rank["complex64"] < 1e-5 for rank in found)


def test_the_norm_is_one_on_every_rank(found: list[Any]) -> None:
    assert [rank["norm"] for rank in found] == pytest.approx([1.0] * len(found), abs=EXACT)


def test_samples_are_distributed_as_the_state_says(found: list[Any]) -> None:
    expected = Statevector(measured().remove_final_measurements(inplace=False)).probabilities()
    by_key: dict[str, float] = {}
    for index, probability in enumerate(expected):
        bits = ["0"] * 7
        for qubit in range(6):
            bits[6 - (3 * qubit + 1) % 7] = str(index >> qubit & 1)
        key = "".join(bits)
        by_key[key] = by_key.get(key, 0.0) + probability
    counts: dict[str, int] = found[0]["samples"]["first"]
    assert sum(counts.values()) == SHOTS
    assert set(counts) <= set(by_key)
    often = [key for key, probability in by_key.items() if probability * SHOTS >= 5]
    seen = [counts.get(key, 0) for key in often]
    wanted = [by_key[key] * SHOTS for key in often]
    rest = (SHOTS - sum(seen), SHOTS - sum(wanted))
    assert chisquare([*seen, rest[0] + 1e-9], [*wanted, rest[1] + 1e-9], sum_check=False).pvalue > 1e-3


def test_samples_repeat_for_a_seed_and_are_the_same_on_all_ranks(found: list[Any]) -> None:
    samples = found[0]["samples"]
    assert samples["first"] == samples["again"] != samples["other"]
    assert sum(samples["few"].values()) == 3
    assert all(rank["samples"] == samples for rank in found)


def test_a_basis_state_is_sampled_with_its_bits_in_qiskits_order(found: list[Any]) -> None:
    assert found[0]["samples"]["deterministic"] == {"11001": 100}


def test_expectation_values_are_qiskits(found: list[Any]) -> None:
    for rank in found:
        for name, value, expected in rank["expectations"]:
            assert value == pytest.approx(expected, abs=EXACT), name


def test_what_cannot_be_sharded_is_refused_in_words(found: list[Any]) -> None:
    ranks = len(found)
    for rank in found:
        said = rank["refusals"]
        least = ranks.bit_length()
        assert f"at least {least} qubits expected on {ranks} ranks" in said["too few amplitudes"]
        assert f"qubits fit on {ranks} ranks" in said["too large"]
        assert "found 60" in said["too large"]
        assert "found 4; use fewer ranks" in said["wide matrix"]
        assert "mid-circuit" in said["dynamic"]
        assert "20 free parameters expected, found 1" in said["parameters"]
        assert "at most 4 qubits expected, found one on 5" in said["observable"]
    if ranks == 4:
        outsider = "a process group that this process is in expected, found another"
        three = [rank["refusals"]["three ranks"] for rank in found]
        assert three == ["a power of two of ranks expected, found 3"] * 3 + [outsider]


def test_a_group_may_be_some_of_the_ranks(found: list[Any]) -> None:
    half = len(found) // 2
    assert all("found another" in rank["half"] for rank in found[:half])
    assert all(rank["half"] < EXACT for rank in found[half:])


def test_without_a_process_group_a_circuit_is_refused() -> None:
    with pytest.raises(CircuitRejected, match=r"an initialized .* process group expected"):
        ShardedCircuit(QuantumCircuit(3))


def exchanges(circuit: QuantumCircuit, ranks: int) -> list[int]:
    """How many qubits each exchange moves."""
    n = circuit.num_qubits
    elements, _ = without_swaps(lower(circuit).elements("circuit"), n)
    return schedule(elements, n, n - ranks.bit_length() + 1).exchanged


@pytest.mark.parametrize(
    ("entanglement", "most"), [("linear", 3), ("reverse_linear", 1), ("pairwise", 4), ("circular", 10)]
)
def test_eight_layers_of_an_ansatz_need_few_exchanges(entanglement: str, most: int) -> None:
    found = exchanges(efficient_su2(12, reps=8, entanglement=entanglement), ranks=4)
    assert 1 <= len(found) <= most


def test_diagonal_layers_flips_and_swaps_need_no_exchange() -> None:
    circuit = QuantumCircuit(12)
    circuit.h(range(12))
    for a in range(12):
        for b in range(a):
            circuit.cp(0.1 * (a + b), a, b)
    circuit.swap(0, 11)
    circuit.rzz(0.3, 2, 7)
    circuit.x(range(12))
    assert exchanges(circuit, ranks=8) == []


def test_a_fourier_transform_needs_at_most_one_exchange() -> None:
    circuit = QuantumCircuit(12)
    for qubit in range(12):
        circuit.ry(0.1 + qubit, qubit)
    found = exchanges(circuit.compose(synth_qft_full(12)), ranks=4)
    assert found in ([1], [2])


def test_twelve_layers_of_quantum_volume_need_three_exchanges() -> None:
    found = exchanges(quantum_volume(12, seed=1), ranks=4)
    assert len(found) <= 3
    assert max(found) <= 2
