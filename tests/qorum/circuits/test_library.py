"""The templates against theory."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.quantum_info import Operator, Statevector

import qorum.circuits.library as library
from qorum.circuits.library import accept_template, build, templates
from qorum.circuits.library.grover import best_iterations, success_probability
from qorum.circuits.library.qaoa_maxcut import QaoaMaxcutParameters, default_angles, maxcut_edges
from qorum.circuits.library.qft import fourier_transform
from qorum.errors import InputRejected
from tests.qorum.circuits.exact import distribution

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMES = (
    *("bell", "bernstein_vazirani", "ghz", "grover", "hardware_efficient", "phase_estimation"),
    *("qaoa_maxcut", "qft", "quantum_volume", "teleportation", "w"),
)


def state_of(reference: str) -> Statevector:
    return Statevector(build(reference).remove_final_measurements(inplace=False))


# --- the registry


def test_every_family_is_found():
    assert tuple(templates()) == NAMES


def test_a_new_template_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "plus.py").write_text(
        "from qiskit import QuantumCircuit\n"
        "from qorum.circuits.library import Parameters, Template\n"
        "class PlusParameters(Parameters):\n    turns: int = 1\n"
        "def plus(parameters):\n"
        "    circuit = QuantumCircuit(1, 1)\n    circuit.h(0)\n    circuit.measure(0, 0)\n"
        "    return circuit\n"
        "TEMPLATE = Template('plus', 'one fair coin', PlusParameters, plus)\n"
    )
    monkeypatch.setattr(library, "__path__", [*library.__path__, str(tmp_path)])
    templates.cache_clear()
    try:
        assert "plus" in templates()
        assert distribution(build("template:plus?turns=2")) == pytest.approx({"0": 0.5, "1": 0.5})
    finally:
        monkeypatch.undo()
        templates.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_published_with_its_default_and_meaning(name):
    schema = json.loads(json.dumps(templates()[name].schema()))
    assert schema["title"] == name
    assert schema["description"] == templates()[name].summary
    assert schema["additionalProperties"] is False
    for described in schema["properties"].values():
        assert described["description"]
        assert "default" in described


@pytest.mark.parametrize("name", NAMES)
def test_defaults_give_an_accepted_circuit_that_is_measured(name):
    accepted = accept_template(f"template:{name}")
    assert accepted.spec.language == "template"
    assert accepted.spec.source == f"template:{name}"
    assert accepted.spec.num_clbits > 0
    assert accepted.spec.dynamic == (name == "teleportation")
    assert accepted.spec.warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_equal_references_give_equal_circuits(name):
    first, second = (accept_template(f"template:{name}") for _ in range(2))
    assert first.spec == second.spec


# --- references that are refused


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("template:gzh", ["ghz", "teleportation", "found 'gzh'"]),
        ("template:", ["ghz"]),
        ("template:ghz?qubits=5", ["no parameter 'qubits'", "num_qubits"]),
        ("template:ghz?num_qubits=31", ["num_qubits", "less than or equal to 30", "'31'"]),
        ("template:ghz?num_qubits=five", ["num_qubits", "integer", "'five'"]),
        ("template:ghz?num_qubits=", ["num_qubits", "integer", "''"]),
        ("template:ghz?num_qubits=3&num_qubits=4", ["twice", "num_qubits"]),
        ("template:ghz?num_qubits", ["name=value"]),
        ("template:grover?marked=012", ["marked", "'012'"]),
        ("template:grover?marked=1111111111111", ["marked", "12"]),
        ("template:qft?num_qubits=3&state=8", ["state", "below 8", "found 8"]),
        ("template:qft?input=periodic&period=3", ["period", "power of two", "found 3"]),
        ("template:teleportation?theta=nan", ["theta", "finite", "'nan'"]),
        ("template:phase_estimation?phase=1", ["phase", "less than 1"]),
        ("template:qaoa_maxcut?graph=star", ["graph", "0-1,1-2", "'star'"]),
        ("template:qaoa_maxcut?graph=0-8", ["graph", "0 to 7", "0-8"]),
        ("template:qaoa_maxcut?graph=1-1", ["graph", "1-1"]),
        ("template:qaoa_maxcut?num_qubits=7", ["even", "3 and 7"]),
        ("template:qaoa_maxcut?gammas=0.1,0.2&betas=0.1", ["gammas", "2 and 1"]),
        ("template:qaoa_maxcut?gammas=0.1,x&betas=0.1,0.2", ["gammas", "'x'"]),
        (
            "template:hardware_efficient?layers=-1&entanglement=all",
            ["layers", "'-1'", "entanglement", "'all'"],
        ),
    ],
)
def test_a_bad_reference_is_refused_in_words(reference, said):
    with pytest.raises(InputRejected) as caught:
        build(reference)
    assert caught.value.source == reference
    for part in said:
        assert part in caught.value.reason


# --- what they compute


@pytest.mark.parametrize(
    ("state", "amplitudes"),
    [
        ("phi_plus", [1, 0, 0, 1]),
        ("phi_minus", [1, 0, 0, -1]),
        ("psi_plus", [0, 1, 1, 0]),
        ("psi_minus", [0, 1, -1, 0]),
    ],
)
def test_the_bell_states_are_the_four(state, amplitudes):
    overlap = np.vdot(np.array(amplitudes) / math.sqrt(2), state_of(f"template:bell?state={state}").data)
    assert abs(overlap) == pytest.approx(1)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_ghz_has_two_amplitudes(n):
    expected = np.zeros(2**n)
    expected[[0, -1]] = 1 / math.sqrt(2)
    assert np.allclose(state_of(f"template:ghz?num_qubits={n}").data, expected)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_w_has_n_equal_positive_amplitudes(n):
    expected = np.zeros(2**n)
    expected[[1 << qubit for qubit in range(n)]] = 1 / math.sqrt(n)
    assert np.allclose(state_of(f"template:w?num_qubits={n}").data, expected)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_fourier_transform_is_the_dft_matrix(n):
    size = 2**n
    expected = np.exp(2j * math.pi * np.outer(range(size), range(size)) / size) / math.sqrt(size)
    assert np.allclose(Operator(fourier_transform(n)).data, expected)


@given(st.integers(1, 6), st.data(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_fourier_state_is_transformed_to_one_outcome(n, data, inverse):
    state = data.draw(st.integers(0, 2**n - 1))
    found = distribution(build(f"template:qft?num_qubits={n}&state={state}&inverse={inverse}"))
    assert found[f"{state:0{n}b}"] == pytest.approx(1)


@pytest.mark.parametrize("inverse", [False, True])
def test_a_comb_of_period_r_gives_multiples_of_size_over_r(inverse):
    found = distribution(
        build(f"template:qft?num_qubits=5&input=periodic&period=4&state=3&inverse={inverse}")
    )
    assert {key: p for key, p in found.items() if p > 1e-9} == pytest.approx(
        {f"{8 * k:05b}": 0.25 for k in range(4)}
    )


def test_a_basis_state_is_transformed_to_the_uniform_distribution_with_its_phases():
    found = state_of("template:qft?num_qubits=3&input=basis&state=3").data
    assert np.allclose(found, np.exp(2j * math.pi * 3 * np.arange(8) / 8) / math.sqrt(8))


@pytest.mark.parametrize(
    ("marked", "iterations"), [("01", None), ("110", None), ("1011", 1), ("10110", None)]
)
def test_grover_succeeds_as_the_formula_says(marked, iterations):
    n, asked = len(marked), "" if iterations is None else f"&iterations={iterations}"
    used = best_iterations(n) if iterations is None else iterations
    found = distribution(build(f"template:grover?marked={marked}{asked}"))
    assert found[marked] == pytest.approx(success_probability(n, used))


@pytest.mark.parametrize("n", range(2, 13))
def test_the_default_number_of_grover_iterations_is_the_best_up_to_it_and_one_more(n):
    best = best_iterations(n)
    assert max(range(best + 2), key=lambda k: success_probability(n, k)) == best


@given(st.text("01", min_size=1, max_size=7))
@settings(max_examples=15, deadline=None)
def test_bernstein_vazirani_finds_the_secret_with_certainty(secret):
    found = distribution(build(f"template:bernstein_vazirani?secret={secret}"))
    assert found[secret] == pytest.approx(1)


@pytest.mark.parametrize(("phase", "t"), [(0.34375, 5), (0.2, 4), (0.7123, 5), (0.0, 3)])
def test_phase_estimation_has_the_textbook_distribution(phase, t):
    size = 2**t
    found = distribution(build(f"template:phase_estimation?phase={phase}&precision_qubits={t}"))
    for m in range(size):
        amplitude = sum(np.exp(2j * math.pi * k * (phase - m / size)) for k in range(size)) / size
        assert found.get(f"{m:0{t}b}", 0.0) == pytest.approx(abs(amplitude) ** 2, abs=1e-9)


def mean_cut(reference: str, edges: list[tuple[int, int]]) -> float:
    found = state_of(reference).probabilities()
    outcomes = np.arange(len(found))
    return sum(float(found @ ((outcomes >> low ^ outcomes >> high) & 1)) for low, high in edges)


def test_one_layer_of_qaoa_cuts_0_692_of_a_triangle_free_cubic_graph():
    cube = [(a, b) for a, b in itertools.combinations(range(8), 2) if (a ^ b).bit_count() == 1]
    text = ",".join(f"{low}-{high}" for low, high in cube)
    expected = 1 / 2 + 1 / (2 * math.sqrt(3)) * (2 / 3)
    assert mean_cut(f"template:qaoa_maxcut?num_qubits=8&graph={text}", cube) == pytest.approx(12 * expected)


def test_one_layer_of_qaoa_cuts_three_quarters_of_a_ring():
    ring = maxcut_edges(QaoaMaxcutParameters(num_qubits=6, graph="ring"))
    assert mean_cut("template:qaoa_maxcut?num_qubits=6&graph=ring", ring) == pytest.approx(4.5)


def test_default_qaoa_angles_are_the_published_ones_for_cubic_graphs():
    edges = maxcut_edges(QaoaMaxcutParameters())
    assert default_angles(edges, 8) == pytest.approx((0.6155, 0.3927), abs=1e-4)


def test_given_qaoa_angles_stand_for_layers():
    circuit = build("template:qaoa_maxcut?gammas=0.4,0.8&betas=0.6,0.3")
    assert circuit.count_ops()["rzz"] == 2 * 12


@given(st.integers(4, 16), st.integers(1, 4), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_random_regular_graphs_are_simple_and_regular(n, degree, seed):
    if n * degree % 2 or degree >= n:
        return
    edges = maxcut_edges(QaoaMaxcutParameters(num_qubits=n, degree=degree, seed=seed))
    ends = [vertex for edge in edges for vertex in edge]
    assert len(set(edges)) == len(edges)
    assert all(ends.count(vertex) == degree for vertex in range(n))


def test_seeds_make_random_templates_differ():
    for name in ("hardware_efficient", "quantum_volume", "qaoa_maxcut"):
        digests = {accept_template(f"template:{name}?seed={seed}").spec.digest for seed in (1, 2)}
        assert len(digests) == 2


def test_quantum_volume_outputs_are_heavy():
    heavy = []
    for seed in range(10):
        found = state_of(f"template:quantum_volume?num_qubits=6&seed={seed}").probabilities()
        heavy.append(found[found > np.median(found)].sum())
    assert np.mean(heavy) == pytest.approx(0.85, abs=0.05)


@pytest.mark.parametrize(("theta", "phi"), [(0.0, 0.0), (1.2, 0.7), (math.pi, -1.0), (2.1, 3.0)])
@pytest.mark.parametrize("undo", [False, True])
def test_teleportation_delivers_the_state_whatever_was_sent(theta, phi, undo):
    found = distribution(build(f"template:teleportation?theta={theta}&phi={phi}&undo={undo}"))
    one = 0.0 if undo else math.sin(theta / 2) ** 2
    for sent in ("00", "01", "10", "11"):
        assert found.get(f"1{sent}", 0.0) == pytest.approx(one / 4, abs=1e-9)
        assert found.get(f"0{sent}", 0.0) == pytest.approx((1 - one) / 4, abs=1e-9)


# --- the example files


def example(name: str) -> QuantumCircuit:
    text = (EXAMPLES / name).read_text()
    if "OPENQASM 3" in text:
        return qasm3.loads(text)
    return qasm2.loads(text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ghz.qasm", {"00000": 0.5, "11111": 0.5}),
        ("asymmetric.qasm", {"01001": 0.5625, "01011": 0.1875, "11001": 0.1875, "11011": 0.0625}),
        ("qft10.qasm", {f"{128 * k:010b}": 1 / 8 for k in range(8)}),
        (
            "teleportation.qasm",
            {
                f"{one}{sent:02b}": (math.sin(0.6) ** 2 if one else math.cos(0.6) ** 2) / 4
                for one in (0, 1)
                for sent in range(4)
            },
        ),
    ],
)
def test_an_example_gives_what_its_comment_says(name, expected):
    found = {key: p for key, p in distribution(example(name)).items() if p > 1e-9}
    assert found == pytest.approx(expected)


def test_the_broken_example_is_broken_where_its_comment_says():
    with pytest.raises(qasm2.QASM2ParseError, match=r"12,.*'ancilla' is not defined"):
        example("broken.qasm")
