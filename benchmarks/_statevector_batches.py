"""Many parameter sets of one small ansatz, sampled: one batch against Aer's batch and a loop over qulacs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import pi
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from benchmarks._circuits import hardware_efficient
from benchmarks._engines import Qulacs, peers
from benchmarks._interleaved import Options, interleaved, say
from benchmarks._report import Row

NUM_QUBITS, SHOTS = 5, 1024

LARGEST_DISTANCE = 0.1
"""Of 1,024 shots over 32 outcomes from the truth (total variation, mean); right samples stay near 0.05."""


def batches(options: Options) -> Iterator[Row]:
    """1,000 parameter sets; our time includes lowering, planning and binding, the peers' does not."""
    circuit = hardware_efficient(NUM_QUBITS)
    sets, rounds = (50 if options.quick else 1000), options.rounds(7)
    given = np.random.default_rng(3).uniform(-pi, pi, (sets, circuit.num_parameters))
    runs: dict[str, Callable[[], Any]] = {"qorum": lambda: _ours(circuit, given)}
    histograms: dict[str, Callable[[Any], np.ndarray]] = {"qorum": lambda counts: counts}
    missing = peers()[1]
    if "aer" not in missing:
        runs["aer"] = _aer(circuit, given)
        histograms["aer"] = lambda result: np.array([_row(result.data(i)["counts"]) for i in range(sets)])
    if "qulacs" not in missing:
        runs["qulacs"] = _qulacs(circuit, given)
        histograms["qulacs"] = lambda samples: np.array(
            [np.bincount(each, minlength=1 << NUM_QUBITS) for each in samples]
        )
    distances = {name: _distance(circuit, given, histograms[name](run())) for name, run in runs.items()}
    say(f"batches: mean distances from the exact distributions: {distances}")
    timings = None
    if max(distances.values()) < LARGEST_DISTANCE:
        timings = interleaved(rounds, lambda _: runs)
    for peer, goal in (("aer", 30.0), ("qulacs", 1.2)):
        name = f"{sets} parameter sets, {NUM_QUBITS} qubits, {SHOTS} shots / {peer}"
        if timings is None or peer in missing:
            why = f"{peer} cannot be imported here" if peer in missing else f"samples are wrong: {distances}"
            yield Row(name, None, goal, unit="x", note=f"not reported: {why}")
            continue
        told = timings.median_ms()
        note = f"ours {told['qorum']:.4g} ms, {peer} {told[peer]:.4g} ms (CPU, medians)"
        extra = {"milliseconds": told, "quartiles": timings.spread(peer, "qorum"), "distances": distances}
        ratio = timings.ratio(peer, "qorum")
        yield Row(name, ratio, goal, unit="x", samples=rounds, note=note, extra=extra)


def _ours(circuit: QuantumCircuit, given: np.ndarray) -> np.ndarray:
    from qorum.statevector.batches import sample_batch
    from qorum.statevector.evolution import Circuit

    return sample_batch(Circuit(circuit), given, SHOTS, 11)


def _aer(circuit: QuantumCircuit, given: np.ndarray) -> Callable[[], Any]:
    """One call with `parameter_binds`, bound in C++: the fastest of Aer's ways on one thread."""
    from qiskit_aer import AerSimulator

    measured = circuit.copy()
    measured.measure_all()
    binds = [{parameter: given[:, i].tolist() for i, parameter in enumerate(circuit.parameters)}]
    simulator = AerSimulator(
        method="statevector",
        precision="single",
        max_parallel_threads=1,
        runtime_parameter_bind_enable=True,
    )
    return lambda: simulator.run(measured, parameter_binds=binds, shots=SHOTS, seed_simulator=11).result()


def _qulacs(circuit: QuantumCircuit, given: np.ndarray) -> Callable[[], Any]:
    """A loop that sets parameters, updates the state and samples; its samples are not counted up."""
    _, update = Qulacs().parametric(circuit)
    sets = given.tolist()
    return lambda: [update(values).sampling(SHOTS) for values in sets]


def _row(counts: dict[str, int]) -> np.ndarray:
    row = np.zeros(1 << NUM_QUBITS, dtype=np.int64)
    for outcome, count in counts.items():
        row[int(outcome, 16)] = count
    return row


def _distance(circuit: QuantumCircuit, given: np.ndarray, counts: np.ndarray) -> float:
    """Mean total variation distance of the first 20 histograms from the exact distributions."""
    far: list[float] = []
    for values, row in zip(given[:20], counts[:20], strict=True):
        exact = Statevector(circuit.assign_parameters(values)).probabilities()
        far.append(float(np.abs(row / SHOTS - exact).sum() / 2))
    return float(np.mean(far))
