"""What every local backend must do, whatever simulates beneath it."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sin

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.random import random_circuit, random_clifford_circuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from blocks.backends import backend_types, load_backend
from qorum.backends import FREE, BackendProfile
from qorum.circuits.native import CLIFFORD_GATES, IDEAL_GATES
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.statevector.observables import PauliSum

from .distributions import SHOTS, TRIALS, bound, distance, exact_distribution, gate_circuit, measured

NOISE_ALLOWANCE = 0.35
"""Total variation distance that noise may add in circuits as short as those below."""


@pytest.mark.parametrize("name", IDEAL_GATES)
def test_gate_circuits_tell_a_gate_from_its_inverse_and_from_nothing(name: str) -> None:
    def told(instead: str) -> bool:
        for trial in TRIALS:
            right = exact_distribution(gate_circuit(name, trial))
            wrong = exact_distribution(gate_circuit(name, trial, instead=instead))
            if sum(abs(right[key] - wrong.get(key, 0)) for key in right) / 2 > 2 * bound(right):
                return True
        return False

    self_inverse = name in ("h", "x", "y", "z", "cx", "cz", "swap")
    assert told("nothing")
    assert self_inverse or told("inverse")


def test_at_least_three_engines_run_dynamic_circuits() -> None:
    local = [name for name, kind in backend_types().items() if not kind.is_remote]
    profiles = [load_backend(name).profile() for name in local]
    assert len({profile.engine for profile in profiles if profile.dynamic}) >= 3


def test_its_name_loads_it_again(backend) -> None:
    again = load_backend(backend.profile.name)
    assert again.backend_name == backend.block.backend_name == backend.profile.name
    assert again.profile().device == backend.profile.device


def test_its_profile_is_complete(backend) -> None:
    profile: BackendProfile = backend.profile
    assert all((profile.name, profile.provider, profile.engine, profile.device))
    assert profile.pool in ("cpu", "cuda", "mps")
    assert profile.num_qubits >= 5
    assert profile.max_shots >= 100_000
    assert profile.max_circuits >= 1
    assert profile.price == FREE
    assert profile.queue_wait == 0
    assert "measure" in profile.target.operation_names
    assert profile.dynamic == ("if_else" in profile.target.operation_names)
    calibrated = any(
        properties is not None and properties.error
        for name in profile.target.operation_names
        for properties in (profile.target[name] or {}).values()
    )
    assert (profile.calibration_id is not None) == calibrated


def test_each_qubit_is_found_on_the_clbit_it_is_measured_into(backend) -> None:
    wiring = [3, 0, 4, 1, 2]
    circuits = []
    for excited in range(5):
        circuit = QuantumCircuit(5, 5)
        circuit.x(excited)
        circuit.measure(range(5), wiring)
        circuits.append(circuit)
    for excited, counts in enumerate(backend.run(circuits)):
        expected = "".join("1" if bit == wiring[excited] else "0" for bit in reversed(range(5)))
        assert_mostly(backend, counts, expected)


def test_registers_join_without_spaces_the_first_one_rightmost(backend) -> None:
    qubits = QuantumRegister(4, "q")
    circuit = QuantumCircuit(
        qubits, ClassicalRegister(1, "a"), ClassicalRegister(3, "b"), ClassicalRegister(2, "c")
    )
    a, b, c = circuit.cregs
    circuit.x([0, 2])
    circuit.measure([0, 1, 2, 3], [b[1], a[0], c[0], b[2]])
    [counts] = backend.run([circuit])
    assert_mostly(backend, counts, "01" + "010" + "0")


def test_clbits_that_are_not_measured_read_zero(backend) -> None:
    circuit = QuantumCircuit(3, 5)
    circuit.x([0, 1, 2])
    circuit.measure([2, 0], [3, 1])
    [counts] = backend.run([circuit])
    assert_mostly(backend, counts, "01010")
    assert all(key[0] == key[2] == key[4] == "0" for key in counts.histogram)


def test_qubits_that_are_not_measured_are_summed_over(backend) -> None:
    circuit = QuantumCircuit(3, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.x(2)
    circuit.measure(1, 0)
    [counts] = backend.run([circuit], SHOTS)
    assert_close(backend, counts, {"0": 0.5, "1": 0.5})


def test_every_native_gate_gives_its_distribution(ideal_backend) -> None:
    profile = ideal_backend.profile
    native = [name for name in IDEAL_GATES if name in profile.target.operation_names]
    assert native
    circuits = [
        gate_circuit(name, trial, clifford=profile.clifford_only) for name in native for trial in TRIALS
    ]
    # Level 0 leaves the gate under test in the circuit.
    results = ideal_backend.run([measured(circuit) for circuit in circuits], SHOTS, level=0)
    for i, (circuit, counts) in enumerate(zip(circuits, results, strict=True)):
        exact = exact_distribution(circuit)
        assert distance(counts, exact) < bound(exact), (native[i // len(TRIALS)], i % len(TRIALS))


def test_random_circuits_give_their_distributions(backend) -> None:
    if backend.profile.clifford_only:
        gates = sorted(set(CLIFFORD_GATES) & set(backend.profile.target.operation_names))
        circuits = [random_clifford_circuit(5, 20, gates=gates, seed=seed) for seed in range(4)]
    else:
        depth = 2 if backend.profile.noisy else 6
        circuits = [random_circuit(5, depth, max_operands=2, seed=seed) for seed in range(4)]
    for circuit, counts in zip(circuits, backend.run([measured(c) for c in circuits], SHOTS), strict=True):
        assert_close(backend, counts, exact_distribution(circuit))


def test_a_noisy_backend_shows_its_noise(noisy_backend) -> None:
    circuit = QuantumCircuit(3, 3)
    for qubit in range(3):
        for _ in range(10):
            circuit.sx(qubit)
            circuit.barrier(qubit)
    circuit.x(0)
    circuit.measure(range(3), range(3))
    [counts] = noisy_backend.run([circuit], SHOTS)
    assert counts.histogram["110"] > SHOTS / 2
    assert SHOTS - counts.histogram["110"] > SHOTS / 200


def spread(*angles: float) -> QuantumCircuit:
    """Five qubits, many outcomes, no symmetry; native Cliffords first, then rotations if any."""
    circuit = QuantumCircuit(5)
    circuit.h(range(5))
    for qubit, angle in enumerate(angles):
        circuit.ry(angle, qubit)
    return measured(circuit)


def test_same_seed_same_counts_whatever_else_is_in_the_batch(backend) -> None:
    angles = () if backend.profile.clifford_only else (0.3, 0.9)
    compiled = [backend.compile(circuit) for circuit in (spread(), spread(*angles), spread())]
    batch = backend.block.run(compiled, 500, [1, 2, 3])
    assert backend.block.run(compiled, 500, [1, 2, 3]) == batch
    assert backend.block.run(compiled[2:], 500, [3]) == batch[2:]
    assert backend.block.run(compiled[1::-1], 500, [2, 1]) == batch[1::-1]
    assert load_backend(backend.name).run(compiled[1:], 500, [2, 3]) == batch[1:]


def test_another_seed_gives_other_counts(backend) -> None:
    compiled = [backend.compile(spread())] * 3
    results = backend.block.run(compiled, 500, [1, 2, 2**31 - 1])
    assert len({tuple(sorted(counts.histogram.items())) for counts in results}) == 3


@pytest.mark.parametrize("shots", [1, 7, 1_001])
def test_shots_are_exact(backend, shots: int) -> None:
    assert [counts.shots for counts in backend.run([spread(), spread()], shots)] == [shots, shots]


def test_counts_say_where_they_come_from(backend) -> None:
    [counts] = backend.block.run([backend.compile(spread())], 100, [42])
    assert isinstance(counts, Counts)
    assert (counts.backend, counts.seed) == (backend.profile.name, 42)
    assert counts.calibration_id == backend.profile.calibration_id
    assert counts.num_bits == 5


def test_an_empty_batch_gives_no_counts(backend) -> None:
    assert backend.block.run([], 100, []) == []


def prepare(circuit: QuantumCircuit, qubit: int, angle: float) -> None:
    """A turn about y; the half turn, up to a sign of |1>, by gates that Clifford simulators take."""
    if angle == pi:
        circuit.x(qubit)
    else:
        circuit.ry(angle, qubit)


def test_a_state_is_teleported(dynamic_backend) -> None:
    """Bits: 0 and 1 the sender's outcomes, each fair; 2 the receiver's."""
    angles = [pi] if dynamic_backend.profile.clifford_only else [pi, 0.8]
    circuits = []
    for angle in angles:
        circuit = QuantumCircuit(3, 3)
        prepare(circuit, 0, angle)
        circuit.h(1)
        circuit.cx(1, 2)
        circuit.cx(0, 1)
        circuit.h(0)
        circuit.measure([0, 1], [0, 1])
        with circuit.if_test((circuit.clbits[1], 1)):
            circuit.x(2)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.z(2)
        # A wrong sign would not show in the computational basis: turn back.
        prepare(circuit, 2, pi if angle == pi else 0.6 - angle)
        circuit.measure(2, 2)
        circuits.append(circuit)
    for angle, counts in zip(angles, dynamic_backend.run(circuits, SHOTS), strict=True):
        one = 0.0 if angle == pi else sin(0.3) ** 2
        exact = {f"{bit}{pair:02b}": p / 4 for bit, p in ((0, 1 - one), (1, one)) for pair in range(4) if p}
        assert_close(dynamic_backend, counts, exact)


def test_a_reset_frees_a_qubit_and_leaves_its_partner_mixed(dynamic_backend) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.reset(0)
    circuit.h(1)
    circuit.measure([0, 1], [0, 1])
    [counts] = dynamic_backend.run([circuit], SHOTS)
    assert_close(dynamic_backend, counts, {"00": 0.5, "10": 0.5})


def test_a_qubit_is_measured_and_used_again(dynamic_backend) -> None:
    circuit = QuantumCircuit(1, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    circuit.h(0)
    circuit.measure(0, 2)
    [counts] = dynamic_backend.run([circuit], SHOTS)
    assert_close(dynamic_backend, counts, {"010": 0.25, "001": 0.25, "110": 0.25, "101": 0.25})


def test_a_register_decides_between_if_and_else(dynamic_backend) -> None:
    qubits, pair, out = QuantumRegister(4), ClassicalRegister(2, "pair"), ClassicalRegister(2, "out")
    circuit = QuantumCircuit(qubits, pair, out)
    circuit.h(0)
    circuit.x(1)
    circuit.measure([0, 1], pair)
    with circuit.if_test((pair, 2)) as otherwise:
        circuit.x(2)
    with otherwise:
        circuit.x(3)
    circuit.measure([2, 3], out)
    [counts] = dynamic_backend.run([circuit], SHOTS)
    assert_close(dynamic_backend, counts, {"0110": 0.5, "1011": 0.5})


def assert_mostly(backend, counts: Counts, expected: str) -> None:
    """All shots of a noiseless backend, most of a noisy one."""
    least = 0.7 if backend.profile.noisy else 1.0
    assert counts.histogram.get(expected, 0) >= least * counts.shots, (expected, counts.top(4))


def assert_close(backend, counts: Counts, exact: Mapping[str, float]) -> None:
    allowed = bound(exact, counts.shots) + (NOISE_ALLOWANCE if backend.profile.noisy else 0)
    assert distance(counts, exact) < allowed, (counts.top(8), exact)


def test_its_expectation_values_are_exact_or_refused_with_what_to_do(backend) -> None:
    observable = SparsePauliOp(["IIIXZ", "YIIII", "IZIIZ", "IIIII"], [0.5, -1.5, 0.8, 0.25])
    circuit = QuantumCircuit(5)
    circuit.h([0, 1])
    circuit.cx(0, 2)
    circuit.sx(4)
    circuit.s(1)
    if not backend.profile.clifford_only:
        circuit.ry(0.7, 3)
        circuit.rx(0.4, 0)
    compiled = backend.compile(circuit)
    laid_out = observable.apply_layout(compiled.layout, compiled.num_qubits)
    pair = [PauliSum.from_qiskit(laid_out), PauliSum.from_terms(5, [("IIIII", 0.5)])]
    if not backend.block.can_expect:
        with pytest.raises(BackendFailed, match="set shots"):
            backend.block.expectation([compiled] * 2, pair)
        return
    found = backend.block.expectation([compiled] * 2, pair)
    exact = Statevector(circuit).expectation_value(observable).real
    assert found[0] == pytest.approx(exact, abs=0.2 if backend.profile.noisy else 1e-5)
    assert found[1] == pytest.approx(0.5, abs=1e-6)
    assert backend.block.expectation([compiled], pair[:1]) == found[:1]
    assert backend.block.expectation([], []) == []


def test_noise_is_in_expectation_values(noisy_backend) -> None:
    if not noisy_backend.block.can_expect:
        pytest.skip("it only samples")
    circuit = QuantumCircuit(1)
    for _ in range(20):
        circuit.x(0)
        circuit.barrier(0)
    compiled = noisy_backend.compile(circuit)
    observable = SparsePauliOp("Z").apply_layout(compiled.layout, compiled.num_qubits)
    [found] = noisy_backend.block.expectation([compiled], [PauliSum.from_qiskit(observable)])
    assert 0.5 < found < 1 - 1e-4
