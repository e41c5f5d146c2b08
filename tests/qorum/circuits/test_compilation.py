"""Compilation keeps the distribution, the bits and their order; what cannot be compiled says why."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Gate
from qiskit.circuit.library import CXGate, SXGate, UnitaryGate
from qiskit.circuit.random import random_circuit, random_clifford_circuit
from qiskit.quantum_info import random_unitary
from qiskit.transpiler import InstructionProperties, Target
from qiskit_ibm_runtime.fake_provider import FakeCairoV2, FakeManilaV2, FakeTorino

from qorum.circuits.compilation import CompileItem, cache_key, compile_batch, compile_circuit
from qorum.circuits.compiled import CompiledCircuit, decode, encode
from qorum.circuits.formats import to_qpy
from qorum.circuits.library import build
from qorum.circuits.native import CLIFFORD_GATES, IDEAL_GATES, ideal_target
from qorum.circuits.sandbox import Sandbox
from qorum.circuits.sizes import CircuitSize
from qorum.circuits.targets import target_fingerprint
from qorum.errors import CircuitRejected, QorumError
from tests.qorum.circuits.exact import distance, distribution

IDEAL = ideal_target(dynamic=True)
STATIC = ideal_target(dynamic=False)
CLIFFORD = ideal_target(dynamic=True, gates=CLIFFORD_GATES)
LEVELS = (0, 1, 2, 3)


@cache
def device(kind: type) -> Target:
    return kind().target


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(workers=2) as children:
        yield children


def compiled(circuit: QuantumCircuit, target: Target, level: int, seed: int = 7) -> QuantumCircuit:
    return compile_circuit(circuit, target, optimization_level=level, seed=seed)


def asymmetric() -> QuantumCircuit:
    """Two registers, bits crossed: the likeliest outcome reads `01 110`."""
    q, low, high = QuantumRegister(5, "q"), ClassicalRegister(3, "low"), ClassicalRegister(2, "high")
    circuit = QuantumCircuit(q, low, high)
    circuit.x(0)
    circuit.ry(2.2, 1)
    circuit.cx(1, 3)
    circuit.rx(0.4, 4)
    circuit.swap(0, 2)
    circuit.cx(2, 4)
    circuit.measure([4, 2, 1, 3, 0], [*low, *high])
    return circuit


def dynamic() -> QuantumCircuit:
    """Measures, branches and resets in mid-circuit; a branch depends on a whole register."""
    q, a, b = QuantumRegister(3, "q"), ClassicalRegister(2, "a"), ClassicalRegister(2, "b")
    circuit = QuantumCircuit(q, a, b)
    circuit.ry(1.1, 0)
    circuit.h(1)
    circuit.measure(q[0], a[0])
    circuit.measure(q[1], a[1])
    with circuit.if_test((a[0], 1)) as otherwise:
        circuit.rx(0.9, 2)
        circuit.cx(2, 0)
    with otherwise:
        circuit.h(2)
    with circuit.if_test((a, 2)):
        circuit.x(1)
    circuit.reset(0)
    circuit.cx(1, 0)
    circuit.measure(q[0], b[0])
    circuit.measure(q[2], b[1])
    return circuit


def clifford_rotations() -> QuantumCircuit:
    """Clifford, though written with rotations, phases and pairs of T."""
    circuit = QuantumCircuit(3, 3)
    circuit.h([0, 1])
    circuit.rz(math.pi / 2, 0)
    circuit.rx(-math.pi / 2, 1)
    circuit.ry(3 * math.pi / 2, 2)
    circuit.cp(math.pi, 0, 1)
    circuit.u(math.pi / 2, 0, math.pi, 2)
    circuit.rzz(math.pi / 2, 1, 2)
    circuit.rxx(-math.pi / 2, 0, 2)
    circuit.crz(math.pi, 0, 1)
    circuit.t(0)
    circuit.t(0)
    circuit.ecr(1, 2)
    circuit.iswap(0, 1)
    circuit.id(2)
    circuit.cy(0, 2)
    circuit.h(0)
    circuit.measure(range(3), range(3))
    return circuit


def items(*circuits: QuantumCircuit) -> list[CompileItem]:
    return [CompileItem(f"circuit {i}", f"digest {i}", to_qpy(circuit)) for i, circuit in enumerate(circuits)]


# --- the distribution is kept


@given(seed=st.integers(0, 10**6), qubits=st.integers(2, 4), depth=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_compiling_keeps_the_distribution_at_every_level(seed, qubits, depth):
    circuit = random_circuit(qubits, depth, max_operands=3, measure=True, seed=seed)
    expected = distribution(circuit)
    for level in LEVELS:
        assert distance(distribution(compiled(circuit, STATIC, level)), expected) < 1e-7
        assert distance(distribution(compiled(circuit, device(FakeManilaV2), level)), expected) < 1e-7


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_compiling_keeps_the_distribution_of_random_dynamic_circuits(seed):
    circuit = random_circuit(3, 4, max_operands=2, measure=True, conditional=True, reset=True, seed=seed)
    expected = distribution(circuit)
    for level in LEVELS:
        assert distance(distribution(compiled(circuit, IDEAL, level)), expected) < 1e-7


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("make", [asymmetric, dynamic])
@pytest.mark.parametrize("target", ["ideal", FakeManilaV2, FakeTorino])
def test_bits_stay_in_their_order_on_simulators_and_devices(target, make, level):
    chosen = IDEAL if target == "ideal" else device(target)
    circuit = make()
    found = compiled(circuit, chosen, level)
    assert [register.name for register in found.cregs] == [register.name for register in circuit.cregs]
    assert found.num_clbits == circuit.num_clbits
    assert distance(distribution(found), distribution(circuit)) < 1e-7


@pytest.mark.parametrize("level", LEVELS)
def test_only_gates_of_the_target_remain_even_within_branches(level):
    circuit = dynamic()
    with circuit.if_test((circuit.clbits[0], 0)):
        circuit.append(UnitaryGate(random_unitary(4, seed=3)), [0, 1])
    found = compiled(circuit, IDEAL, level)
    blocks = [block for i in found.data if i.name == "if_else" for block in i.operation.blocks]
    names = set(found.count_ops()) | {name for block in blocks for name in block.count_ops()}
    assert names <= {*IDEAL_GATES, "measure", "reset", "if_else", "barrier"}
    assert distance(distribution(found), distribution(circuit)) < 1e-7


def test_an_ideal_target_adds_no_qubits():
    assert compiled(asymmetric(), STATIC, 1).num_qubits == 5


@pytest.mark.parametrize("level", LEVELS)
def test_equal_seeds_give_equal_circuits(level):
    circuit = random_circuit(5, 8, max_operands=2, measure=True, seed=1)
    first = compiled(circuit, device(FakeTorino), level, seed=3)
    compiled(asymmetric(), device(FakeTorino), level, seed=3)
    assert compiled(circuit, device(FakeTorino), level, seed=3) == first
    assert compiled(circuit, FakeTorino().target, level, seed=3) == first


@pytest.mark.parametrize("level", LEVELS)
def test_equal_seeds_give_equal_circuits_in_every_process(level, sandbox):
    circuits = [random_circuit(4, 6, max_operands=3, measure=True, seed=seed) for seed in range(12)]
    here = [compiled(circuit, IDEAL, level, seed=3) for circuit in circuits]
    assert [compiled(circuit, IDEAL, level, seed=3) for circuit in circuits] == here
    there = compile_batch(items(*circuits), IDEAL, level, sandbox, seed=3)
    assert [entry.circuit for entry in there] == here


# --- Clifford targets


@pytest.mark.parametrize("level", LEVELS)
def test_clifford_circuits_reach_a_stabilizer_simulator_however_they_are_written(level):
    random_one = random_clifford_circuit(4, 40, seed=level)
    random_one.measure_all()
    for circuit in (clifford_rotations(), random_one, build("template:ghz?num_qubits=4")):
        found = compiled(circuit, CLIFFORD, level)
        assert set(found.count_ops()) <= {*CLIFFORD_GATES, "measure", "barrier"}
        assert distance(distribution(found), distribution(circuit)) < 1e-9


@given(seed=st.integers(0, 10**6), level=st.sampled_from(LEVELS))
@settings(max_examples=25, deadline=None)
def test_random_clifford_circuits_keep_their_distribution(seed, level):
    circuit = random_clifford_circuit(4, 30, seed=seed)
    circuit.measure_all()
    assert distance(distribution(compiled(circuit, CLIFFORD, level)), distribution(circuit)) < 1e-9


@pytest.mark.parametrize("level", LEVELS)
def test_clifford_rotations_within_branches_are_found(level):
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rx(math.pi / 2, 1)
    circuit.measure(1, 1)
    found = compiled(circuit, CLIFFORD, level)
    assert distance(distribution(found), {"00": 0.5, "01": 0.25, "11": 0.25}) < 1e-9


@pytest.mark.parametrize(("gate", "named"), [("t", "t"), ("rz", "0.3"), ("branch", "0.3"), ("ccx", "t")])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_clifford_is_refused_by_its_gate(gate, named, level):
    circuit = QuantumCircuit(3, 3, name="magic")
    circuit.h(0)
    if gate == "ccx":
        circuit.ccx(0, 1, 2)
    elif gate == "t":
        circuit.t(0)
        circuit.cx(0, 1)
    else:
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.rz(0.3, 2)
    circuit.measure(1, 1)
    with pytest.raises(CircuitRejected, match="not a Clifford circuit") as caught:
        compiled(circuit, CLIFFORD, level)
    assert caught.value.source == "magic"
    assert named in caught.value.reason


# --- what does not fit


def test_too_many_qubits_are_refused_with_both_numbers():
    with pytest.raises(CircuitRejected, match="at most 5 qubits expected by this device, found 6"):
        compiled(QuantumCircuit(6, 1), device(FakeManilaV2), 1)


def test_a_branch_is_refused_where_none_is_offered():
    with pytest.raises(CircuitRejected, match="offers no if_else"):
        compiled(dynamic(), STATIC, 1)


def test_a_device_whose_gates_cannot_be_reached_rejects_in_words():
    circuit = build("template:grover?marked=101")
    with pytest.raises(CircuitRejected, match="optimization level 3: "):
        compiled(circuit, device(FakeCairoV2), 3)


def test_an_opaque_gate_is_refused_by_name():
    circuit = QuantumCircuit(1, 1)
    circuit.append(Gate("mystery", 1, []), [0])
    with pytest.raises(CircuitRejected, match="mystery"):
        compiled(circuit, IDEAL, 1)


@pytest.mark.parametrize("level", [-1, 4])
def test_a_level_outside_0_to_3_is_a_mistake_of_the_caller(level):
    with pytest.raises(ValueError, match="0 to 3"):
        compiled(asymmetric(), IDEAL, level)


# --- cache keys


def small_target(error: float = 1e-3, duration: float = 5e-8, qubits: int = 2) -> Target:
    target = Target(num_qubits=qubits)
    measured = InstructionProperties(duration, error)
    target.add_instruction(SXGate(), {(qubit,): measured for qubit in range(qubits)})
    target.add_instruction(CXGate(), {(0, 1): measured})
    return target


def test_equal_targets_have_equal_fingerprints_and_the_last_bit_counts():
    assert target_fingerprint(small_target()) == target_fingerprint(small_target())
    others = [
        small_target(error=float(np.nextafter(1e-3, 1))),
        small_target(duration=float(np.nextafter(5e-8, 1))),
        small_target(qubits=3),
        Target.from_configuration(["sx", "cx"], num_qubits=2),
        *(STATIC, IDEAL, CLIFFORD),
    ]
    assert len({target_fingerprint(target) for target in [small_target(), *others]}) == len(others) + 1


def test_a_fingerprint_is_of_the_target_even_if_its_memory_is_used_again():
    for step in range(60):  # more than are remembered; freed objects' ids come back
        error = 1e-3 * (1 + step)
        assert target_fingerprint(small_target(error)) == target_fingerprint(small_target(error))
        assert target_fingerprint(small_target(error)) != target_fingerprint(small_target(error / 2))


def test_every_part_changes_the_key():
    keys = {
        cache_key("a", IDEAL, None, 1, 0),
        cache_key("b", IDEAL, None, 1, 0),
        cache_key("a", STATIC, None, 1, 0),
        cache_key("a", IDEAL, "2026-11-21", 1, 0),
        cache_key("a", IDEAL, None, 2, 0),
        cache_key("a", IDEAL, None, 1, 1),
    }
    assert len(keys) == 6
    assert cache_key("a", ideal_target(dynamic=True), None, 1, 0) in keys


# --- the store's form


def an_entry(circuit: QuantumCircuit) -> CompiledCircuit:
    return CompiledCircuit("k" * 64, to_qpy(circuit), 3, 5, 2, CircuitSize(9, 3, 1), circuit.num_qubits)


@pytest.mark.parametrize("make", [asymmetric, dynamic])
@pytest.mark.parametrize("target", [IDEAL, FakeTorino])
def test_a_stored_circuit_comes_back_equal(make, target):
    chosen = target if isinstance(target, Target) else device(target)
    entry = an_entry(compiled(make(), chosen, 1))
    assert decode(encode(entry), entry.key) == entry
    assert decode(encode(entry), entry.key).circuit == entry.circuit
    with pytest.raises(QorumError, match="found that of"):
        decode(encode(entry), "l" * 64)


def test_damage_anywhere_is_refused_before_anything_is_read():
    data = encode(an_entry(asymmetric()))
    for position in range(0, len(data), max(1, len(data) // 60)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(QorumError):
            decode(bytes(damaged), "k" * 64)
    for cut in (b"", data[:10], data[:-1], data + b"\0"):
        with pytest.raises(QorumError):
            decode(cut, "k" * 64)


# --- batches


def test_a_batch_gives_what_one_by_one_gives_in_order_with_figures(sandbox):
    circuits = [asymmetric(), dynamic(), build("template:qft"), build("template:quantum_volume")]
    seen: list[int] = []
    found = compile_batch(items(*circuits), device(FakeTorino), 1, sandbox, seen.append, seed=5)
    for position, (circuit, entry) in enumerate(zip(circuits, found, strict=True)):
        assert isinstance(entry, CompiledCircuit)
        assert entry.circuit == compiled(circuit, device(FakeTorino), 1, seed=5)
        assert entry.key == cache_key(f"digest {position}", device(FakeTorino), None, 1, 5)
        assert (entry.depth_before, entry.depth_after) == (circuit.depth(), entry.circuit.depth())
        assert entry.size == CircuitSize.of(entry.circuit)
    assert found[2].two_qubit_gates == found[2].circuit.count_ops()["cz"]
    assert seen == [1, 2, 3, 4]


def test_one_bad_circuit_does_not_lose_the_others(sandbox):
    magic = QuantumCircuit(1, 1)
    magic.t(0)
    magic.measure(0, 0)
    ghz = build("template:ghz")
    found = compile_batch(items(ghz, magic, ghz), CLIFFORD, 1, sandbox)
    assert isinstance(found[1], CircuitRejected)
    assert found[1].source == "circuit 1"
    assert "not a Clifford circuit" in found[1].reason
    assert replace(found[0], key="") == replace(found[2], key="")


def test_a_circuit_that_takes_too_long_is_given_up_alone(sandbox):
    slow = QuantumCircuit(10, 1)
    slow.append(UnitaryGate(random_unitary(2**10, seed=1)), range(10))
    slow.measure(0, 0)
    found = compile_batch(items(asymmetric(), slow, dynamic()), IDEAL, 1, sandbox, seconds=5.0)
    assert isinstance(found[0], CompiledCircuit)
    assert isinstance(found[2], CompiledCircuit)
    assert isinstance(found[1], CircuitRejected)
    assert "not done after 5 s" in found[1].reason
