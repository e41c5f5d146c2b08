"""One rank of `test_sharded`: runs every claim in one process group and prints what it found as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import permutations

import numpy as np
import torch
import torch.distributed as dist
from qiskit import QuantumCircuit
from qiskit.circuit.library import (
    efficient_su2,
    get_standard_gate_name_mapping,
    qaoa_ansatz,
    quantum_volume,
)
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit.synthesis import synth_qft_full

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.sharded import ShardedCircuit

NOT_UNITARY = {"measure", "reset", "delay", "barrier", "global_phase"}
SHOTS = 20_000


def main() -> None:
    """Usage: shard_worker.py RANK RANKS STORE."""
    rank, ranks, store = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=f"file://{store}",
        rank=rank,
        world_size=ranks,
        timeout=timedelta(seconds=60),
    )
    volume = quantum_volume(8, seed=3)
    found = {
        "gates": own_share(gate_circuits(), rank, ranks),
        "random": own_share(random_circuits(), rank, ranks),
        "algorithms": own_share(algorithms(), rank, ranks),
        "complex64": deviation(volume, amplitudes(volume, torch.complex64)),
        "parameters": ansatz_deviations(),
        "norm": ShardedCircuit(quantum_volume(9, seed=5), dtype=torch.complex128).evolve().norm(),
        "samples": samples(),
        "expectations": expectations(),
        "refusals": refusals(ranks),
        "half": half_of_the_ranks(rank, ranks),
    }
    print(json.dumps(found))
    dist.destroy_process_group()


def amplitudes(circuit: QuantumCircuit, dtype: torch.dtype = torch.complex128) -> np.ndarray:
    """The whole state, as this rank gathers it."""
    return ShardedCircuit(circuit, dtype=dtype).evolve().amplitudes().numpy()


def deviation(circuit: QuantumCircuit, found: np.ndarray) -> float:
    """The largest error of an amplitude against Qiskit's state."""
    return float(np.abs(found - Statevector(circuit).data).max())


def own_share(circuits: Iterable[tuple[str, QuantumCircuit]], rank: int, ranks: int) -> dict[str, float]:
    """The ranks run all circuits together, and compare each in turn: Qiskit takes longer than they do."""
    errors: dict[str, float] = {}
    for place, (name, circuit) in enumerate(circuits):
        found = amplitudes(circuit)
        if place % ranks == rank:
            errors[name] = deviation(circuit, found)
    return errors


def scattered(num_qubits: int, seed: int) -> QuantumCircuit:
    """A state without symmetries."""
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(num_qubits, num_qubits)
    for qubit in range(num_qubits):
        circuit.u(*random.uniform(0, 3, 3), qubit)
    for qubit in range(num_qubits):
        circuit.crx(random.uniform(1, 3), qubit, (qubit + 1) % num_qubits)
    return circuit


def gate_circuits() -> Iterator[tuple[str, QuantumCircuit]]:
    """For each standard gate all orders of operands among six qubits, one after another."""
    random = np.random.default_rng(11)
    for name, gate in get_standard_gate_name_mapping().items():
        if name in NOT_UNITARY:
            continue
        circuit = scattered(6, seed=1)
        for operands in permutations(range(6), gate.num_qubits):
            bound = gate.to_mutable()
            bound.params = list(random.uniform(-3, 3, len(gate.params)))
            circuit.append(bound, operands)
        yield name, circuit


def random_circuits() -> Iterator[tuple[str, QuantumCircuit]]:
    """Random gates, and permutations of basis states, which permute the ranks' labels, between turns."""
    for seed in range(40):
        yield f"random {seed}", random_circuit(4 + seed % 5, 8, max_operands=2, seed=seed)
    for seed in range(30):
        yield f"permuted {seed}", permuted(6, seed)


def permuted(num_qubits: int, seed: int) -> QuantumCircuit:
    """A state without symmetries, whose basis states are then permuted between phases and turns."""
    random = np.random.default_rng(seed)
    circuit = scattered(num_qubits, seed)
    for _ in range(40):
        a, b, c = (int(qubit) for qubit in random.permutation(num_qubits)[:3])
        angle = random.uniform(-3, 3)
        match random.choice(6, p=[0.2, 0.25, 0.2, 0.1, 0.15, 0.1]):
            case 0:
                circuit.x(a)
            case 1:
                circuit.cx(a, b)
            case 2:
                circuit.ccx(a, b, c)
            case 3:
                circuit.swap(a, b)
            case 4:
                circuit.cp(angle, a, b)
            case _:
                circuit.ry(angle, a)
    return circuit


def algorithms() -> Iterator[tuple[str, QuantumCircuit]]:
    """Circuits people run."""
    yield "quantum volume 10", quantum_volume(10, seed=7)
    qft = QuantumCircuit(11)
    for qubit in range(11):
        qft.ry(0.1 + qubit / 7, qubit)
    yield "QFT 11", qft.compose(synth_qft_full(11))
    ghz = QuantumCircuit(12)
    ghz.h(11)
    for qubit in range(11):
        ghz.cx(11 - qubit, 10 - qubit)
    yield "GHZ 12", ghz
    yield "zero", QuantumCircuit(5)


def ansatz_deviations() -> dict[str, float]:
    """Circuits with free parameters, planned once and run for two sets of them."""
    cost = SparsePauliOp.from_sparse_list([("ZZ", [i, (i + 3) % 10], 1.0) for i in range(10)], 10)
    ansaetze = {
        "linear": efficient_su2(12, reps=3, entanglement="linear"),
        "circular": efficient_su2(10, reps=2, entanglement="circular"),
        "QAOA": qaoa_ansatz(cost, reps=2).decompose(reps=3),
    }
    worst: dict[str, float] = {}
    for name, ansatz in ansaetze.items():
        planned = ShardedCircuit(ansatz, dtype=torch.complex128)
        for seed in (0, 1):
            values = np.random.default_rng(seed).uniform(-3, 3, ansatz.num_parameters)
            found = planned.evolve(values).amplitudes().numpy()
            worst[f"{name} {seed}"] = deviation(ansatz.assign_parameters(values), found)
    return worst


def measured() -> QuantumCircuit:
    """A state on permuted labels (four ranks: 3, 0, 1, 2), measured in another order of qubits."""
    circuit = permuted(7, seed=1)
    for qubit in range(6):
        circuit.measure(qubit, (3 * qubit + 1) % 7)
    return circuit


def samples() -> dict[str, object]:
    """Histograms of one state: twice with one seed, once with another."""
    state = ShardedCircuit(measured(), dtype=torch.complex128).evolve()
    return {
        "first": state.sample(SHOTS, seed=42),
        "again": state.sample(SHOTS, seed=42),
        "other": state.sample(SHOTS, seed=43),
        "few": state.sample(3, seed=1),
        "deterministic": flipped_bits(),
    }


def flipped_bits() -> dict[str, int]:
    """Samples of a basis state: most ranks have nothing to draw from."""
    circuit = QuantumCircuit(5, 5)
    circuit.x([0, 3])
    circuit.cx(3, 4)
    circuit.measure(range(5), range(5))
    return ShardedCircuit(circuit).evolve().sample(100, seed=0)


def expectations() -> list[tuple[str, float, float]]:
    """Names, values found, and Qiskit's values, of a state on permuted labels (of four ranks: 1, 2, 3, 0)."""
    random = np.random.default_rng(5)
    circuit = permuted(8, seed=49)
    labels = ["".join(random.choice(list("IXYZ"), 8)) for _ in range(60)]
    observables = {
        "diagonal": SparsePauliOp(["ZIIIIIIZ", "IZZIIIII", "IIIIIIII"], [0.5, -1.25, 2.0]),
        "all flipped": SparsePauliOp(["XXXXXXXX", "YYYYYYYY", "XYXYXYXZ"], [1.0, 0.5, 0.25]),
        "random": SparsePauliOp(labels, random.normal(size=60)),
        **{label: SparsePauliOp([label]) for label in labels[:20]},
    }
    state = ShardedCircuit(circuit, dtype=torch.complex128).evolve()
    exact = Statevector(circuit)
    return [
        (name, state.expectation(PauliSum.from_qiskit(sum_)), float(exact.expectation_value(sum_).real))
        for name, sum_ in observables.items()
    ]


def refusals(ranks: int) -> dict[str, str]:
    """What is said about circuits that cannot be sharded over these ranks."""
    wide = QuantumCircuit(4)
    wide.unitary(np.eye(16), range(4))
    dynamic = QuantumCircuit(4, 1)
    dynamic.h(0)
    dynamic.measure(0, 0)
    dynamic.reset(0)
    cases: dict[str, Callable[[], object]] = {
        "too few amplitudes": lambda: ShardedCircuit(QuantumCircuit(ranks.bit_length() - 1)),
        "too large": lambda: ShardedCircuit(QuantumCircuit(60)),
        "wide matrix": lambda: ShardedCircuit(wide),
        "dynamic": lambda: ShardedCircuit(dynamic),
        "parameters": lambda: ShardedCircuit(efficient_su2(5, reps=1)).evolve([0.1]),
        "observable": lambda: (
            ShardedCircuit(QuantumCircuit(4)).evolve().expectation(PauliSum.from_terms(5, [("ZIIII", 1.0)]))
        ),
    }
    if ranks > 2:
        three = dist.new_group([0, 1, 2])
        cases["three ranks"] = lambda: ShardedCircuit(QuantumCircuit(4), group=three)
    found: dict[str, str] = {}
    for name, case in cases.items():
        try:
            case()
        except InputRejected as error:
            found[name] = error.reason
    return found


def half_of_the_ranks(rank: int, ranks: int) -> float | str:
    """The error of a circuit on the upper half of the ranks, or what the others are told."""
    half = dist.new_group(list(range(ranks // 2, ranks)))
    circuit = quantum_volume(7, seed=1)
    try:
        state = ShardedCircuit(circuit, dtype=torch.complex128, group=half).evolve()
    except InputRejected as error:
        return error.reason
    return deviation(circuit, state.amplitudes().numpy())


if __name__ == "__main__":
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    main()
