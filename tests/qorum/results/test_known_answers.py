"""Histograms against answers on paper."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qorum.circuits.library import build, known_answer, templates
from qorum.results.known_answers import contradiction

STATIC = [
    "template:bell?state=psi_minus",
    "template:bell?state=phi_plus",
    "template:bernstein_vazirani?secret=0110100",
    "template:ghz?num_qubits=4",
    "template:grover?marked=1011",
    "template:grover?marked=00110&iterations=2",
    "template:w?num_qubits=5",
]


def sample(answer: dict[str, float], shots: int, seed: int) -> dict[str, int]:
    drawn = np.random.default_rng(seed).multinomial(shots, list(answer.values()))
    return dict(zip(answer, map(int, drawn), strict=True))


@pytest.mark.parametrize("reference", STATIC)
def test_the_answer_on_paper_is_that_of_the_circuit(reference: str):
    circuit = build(reference)
    measured = [circuit.find_bit(step.qubits[0]).index for step in circuit.data if step.name == "measure"]
    exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict(measured)
    found = {outcome: p for outcome, p in exact.items() if p > 1e-12}
    assert found == pytest.approx(known_answer(reference))


def test_every_answer_is_a_distribution_and_most_families_have_none():
    answers = {name: known_answer(f"template:{name}") for name in templates()}
    known = {name for name, answer in answers.items() if answer is not None}
    assert known == {"bell", "bernstein_vazirani", "ghz", "grover", "teleportation", "w"}
    for name in known:
        assert sum((answers[name] or {}).values()) == pytest.approx(1.0), name


@pytest.mark.parametrize("name", ["ghz", "grover", "teleportation", "w"])
def test_honest_histograms_are_not_accused(name: str):
    answer = dict(known_answer(f"template:{name}") or {})
    for seed in range(300):
        assert contradiction(sample(answer, 1024, seed), answer) is None


def test_reversed_bits_are_proof_enough():
    reason = contradiction({"01101": 1024}, {"10110": 1.0})
    assert reason is not None
    assert "1024 of 1024 shots show outcomes of probability 0, such as 01101" in reason


def test_a_shifted_distribution_is_told_with_its_distance():
    answer = dict(known_answer("template:teleportation") or {})
    lie = dict(known_answer("template:teleportation?theta=1.6") or {})
    reason = contradiction(sample(lie, 4096, 1), answer)
    assert reason is not None
    assert "total variation distance" in reason


def test_a_noisy_backend_is_allowed_what_its_estimate_allows_and_no_more():
    answer = {"00": 0.5, "11": 0.5}
    noisy = {"00": 460, "11": 460, "01": 52, "10": 52}
    assert contradiction(noisy, answer, success_probability=0.85) is None
    assert contradiction(noisy, answer, success_probability=1.0) is not None
    uniform = dict.fromkeys(("00", "01", "10", "11"), 256)
    assert contradiction(uniform, answer, success_probability=0.85) is not None
