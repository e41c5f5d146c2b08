"""Settings of the torch backend; what it computes is in tests/contracts and tests/qorum."""

from __future__ import annotations

import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from scipy.stats import chi2_contingency, chisquare

from blocks.backends import load_backend
from blocks.backends._noise_figures import NoiseFigures
from blocks.backends.torch_statevector import DENSITY_MATRIX_QUBITS
from qorum.errors import BackendFailed, NoEligibleBackend


def test_the_device_decides_the_pool_even_where_it_is_absent() -> None:
    profile = load_backend("torch?device=cuda").profile()
    assert (profile.pool, profile.device, profile.name) == ("cuda", "cuda", "torch?device=cuda")
    assert profile.num_qubits >= 27


def test_double_precision_takes_one_qubit_less() -> None:
    single, double = (load_backend(f"torch{options}").profile() for options in ("", "?precision=double"))
    assert single.num_qubits == double.num_qubits + 1


def test_apple_gpus_have_no_double_precision() -> None:
    with pytest.raises(NoEligibleBackend, match="precision=single"):
        load_backend("torch?device=mps&precision=double")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_an_absent_device_is_named_when_it_is_used() -> None:
    with pytest.raises(BackendFailed, match="no cuda device"):
        load_backend("torch?device=cuda").run([QuantumCircuit(1, 1)], 10, [1])


def test_a_circuit_that_was_not_compiled_fails_with_its_name() -> None:
    circuit = QuantumCircuit(1, 1, name="looping")
    with circuit.for_loop(range(2)):
        circuit.x(0)
    with pytest.raises(BackendFailed, match=r"looping.*'for_loop'"):
        load_backend("torch").run([circuit], 10, [1])


def noisy_circuit(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    for qubit in range(num_qubits):
        circuit.ry(0.4 + 0.3 * qubit, qubit)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    return circuit


NOISE = "depolarizing_1q=0.01&depolarizing_2q=0.05&readout_error=0.03&t1_us=5&t2_us=4"


def test_figures_of_noise_make_it_noisy_and_none_do_not() -> None:
    assert not load_backend("torch").profile().noisy
    assert not load_backend("torch?method=trajectories&gate_time_1q_ns=70").profile().noisy
    for figure in ("depolarizing_1q=0.01", "depolarizing_2q=0.01", "readout_error=0.01", "t1_us=10"):
        assert load_backend(f"torch?{figure}").profile().noisy


def test_a_density_matrix_takes_half_the_qubits() -> None:
    whole = load_backend("torch?method=trajectories").profile().num_qubits
    assert load_backend("torch?method=density_matrix").profile().num_qubits == whole // 2


@pytest.mark.parametrize(
    ("num_qubits", "method"),
    [(DENSITY_MATRIX_QUBITS, "density_matrix"), (DENSITY_MATRIX_QUBITS + 1, "trajectories")],
)
def test_without_a_method_noise_is_exact_while_it_is_cheap(num_qubits: int, method: str) -> None:
    circuit = noisy_circuit(num_qubits)
    [automatic] = load_backend(f"torch?{NOISE}").run([circuit], 300, [5])
    [chosen] = load_backend(f"torch?{NOISE}&method={method}").run([circuit], 300, [5])
    assert automatic.histogram == chosen.histogram


@pytest.mark.parametrize("method", ["density_matrix", "trajectories"])
def test_without_noise_all_methods_sample_the_ideal_distribution(method: str) -> None:
    circuit = noisy_circuit(3)
    exact = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities()
    [counts] = load_backend(f"torch?method={method}").run([circuit], 20_000, [3])
    seen = [counts.histogram.get(f"{outcome:03b}", 0) for outcome in range(8)]
    assert chisquare(seen, exact * 20_000).pvalue > 1e-3


@pytest.mark.parametrize("method", ["density_matrix", "trajectories"])
def test_torch_and_aer_sample_one_distribution_from_the_same_figures(method: str) -> None:
    circuit = noisy_circuit(3)
    names = (f"torch?method={method}&{NOISE}", f"aer?method=density_matrix&{NOISE}")
    one, other = (load_backend(name).run([circuit], 40_000, [9])[0].histogram for name in names)
    keys = sorted(one.keys() | other.keys())
    table = [[histogram.get(key, 0) for key in keys] for histogram in (one, other)]
    assert chi2_contingency(table).pvalue > 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("method=statevector&readout_error=0.1", "method=density_matrix"),
        ("t2_us=10", "twice t1_us"),
        ("t1_us=10&t2_us=21", "twice t1_us"),
        ("depolarizing_2q=1.5", "less than or equal to 1"),
    ],
)
def test_noise_that_cannot_be_is_refused(options: str, message: str) -> None:
    with pytest.raises(NoEligibleBackend, match=message):
        load_backend(f"torch?{options}")


def test_figures_are_settings_of_one_form_in_both_simulators_that_take_them() -> None:
    def form(name: str) -> dict[str, dict[str, object]]:
        properties = type(load_backend(name)).model_json_schema()["properties"]
        return {
            figure: {key: value for key, value in properties[figure].items() if key != "position"}
            for figure in NoiseFigures.__annotations__
        }

    assert form("aer") == form("torch")
    assert form("torch")["t1_us"]["exclusiveMinimum"] == 0
