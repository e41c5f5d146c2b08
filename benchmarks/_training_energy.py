"""Energy and gradient of the transverse-field Ising chain: against lightning's adjoint, and their memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from benchmarks._circuits import hardware_efficient
from benchmarks._engines import bound, lightning_operation, peers, steps
from benchmarks._interleaved import Options, interleaved, say
from benchmarks._report import Row

TOLERANCE = 1e-8
"""Most that our energy and gradient may differ from lightning's, both in complex128."""

Energy = tuple[float, np.ndarray]


def ising_chain(num_qubits: int) -> SparsePauliOp:
    """−Σ Z_q Z_{q+1} − Σ X_q, open ends."""
    bonds = [("ZZ", [qubit, qubit + 1], -1.0) for qubit in range(num_qubits - 1)]
    fields = [("X", [qubit], -1.0) for qubit in range(num_qubits)]
    return SparsePauliOp.from_sparse_list([*bonds, *fields], num_qubits)


def gradient(options: Options) -> Iterator[Row]:
    """With new parameters in each round; lightning's tape is built beforehand."""
    for n, rounds in ((4, 2), (6, 2)) if options.quick else ((8, 41), (12, 21), (16, 11), (20, 5)):
        circuit, observable = hardware_efficient(n), ising_chain(n)
        names = (f"energy and gradient, TFIM-{n} / lightning / {how}" for how in ("plan cached", "cold"))
        goals = (2.0, None)
        if "lightning" in peers()[1]:
            note = "not reported: lightning cannot be imported here"
            yield from (
                Row(name, None, goal, unit="x", note=note) for name, goal in zip(names, goals, strict=True)
            )
            continue
        planned = _planned(circuit, observable)

        def ready(
            number: int,
            circuit: QuantumCircuit = circuit,
            observable: SparsePauliOp = observable,
            planned: Callable[[np.ndarray], Energy] = planned,
        ) -> Mapping[str, Callable[[], Energy]]:
            values = np.random.default_rng([5, number]).uniform(-pi, pi, circuit.num_parameters)
            fresh = circuit.copy()
            return {
                "plan cached": lambda: planned(values),
                "cold": lambda: _planned(fresh, observable)(values),
                "lightning": _lightning(circuit, observable, values),
            }

        off = _difference(ready(10**6))
        say(f"TFIM-{n}: largest difference of energies and gradients {off:.2g}")
        timings = interleaved(rounds, ready) if off < TOLERANCE else None
        for name, goal in zip(names, goals, strict=True):
            if timings is None:
                note = f"not reported: energy or gradient differ from lightning's by {off:.2g}"
                yield Row(name, None, goal, unit="x", note=note)
                continue
            told, ours = timings.median_ms(), name.rpartition(" / ")[2]
            note = (
                f"ours {told[ours]:.4g} ms, lightning {told['lightning']:.4g} ms (CPU, medians, complex128)"
            )
            extra = {"milliseconds": told, "quartiles": timings.spread("lightning", ours)}
            ratio = timings.ratio("lightning", ours)
            yield Row(name, ratio, goal, unit="x", samples=rounds, note=note, extra=extra)


def _planned(circuit: QuantumCircuit, observable: SparsePauliOp) -> Callable[[np.ndarray], Energy]:
    import torch

    from qorum.statevector.evolution import Circuit
    from qorum.statevector.gradients import energy_and_gradient
    from qorum.statevector.observables import PauliSum

    ready, terms = Circuit(circuit, dtype=torch.complex128), PauliSum.from_qiskit(observable)

    def run(values: np.ndarray) -> Energy:
        energy, slope = energy_and_gradient(ready, terms, torch.from_numpy(values))
        return float(energy), np.asarray(slope)

    return run


def _lightning(
    circuit: QuantumCircuit, observable: SparsePauliOp, values: np.ndarray
) -> Callable[[], Energy]:
    """Energy from the final state, gradient by the adjoint method from the same state.

    Without a device around them: for few qubits that is faster, for many the same.
    """
    import pennylane as qml
    from pennylane_lightning.lightning_qubit._adjoint_jacobian import LightningAdjointJacobian
    from pennylane_lightning.lightning_qubit._measurements import LightningMeasurements
    from pennylane_lightning.lightning_qubit._state_vector import LightningStateVector

    n = circuit.num_qubits
    paulis = {"X": qml.X, "Z": qml.Z}
    terms = [
        qml.prod(*(paulis[one](n - 1 - qubit) for one, qubit in zip(word, qubits, strict=True)))
        for word, qubits, _ in observable.to_sparse_list()
    ]
    energy = qml.expval(qml.Hamiltonian(observable.coeffs.real.tolist(), terms))
    operations = [lightning_operation(step, n) for step in steps(bound(circuit, values))]
    tape = qml.tape.QuantumScript(operations, [energy], trainable_params=range(len(values)))
    state = LightningStateVector(num_wires=n, dtype=np.complex128)

    def run() -> Energy:
        state.reset_state()
        state.apply_operations(operations)
        value = float(LightningMeasurements(state).expval(energy))
        return value, np.asarray(LightningAdjointJacobian(state).calculate_jacobian(tape))

    return run


def _difference(runs: Mapping[str, Callable[[], Energy]]) -> float:
    energy, slope = runs["lightning"]()
    found = [runs[name]() for name in ("plan cached", "cold")]
    return max(max(abs(value - energy), float(np.abs(each - slope).max())) for value, each in found)


def memory(options: Options) -> Iterator[Row]:
    """Peak of resident memory over one call in a process of its own, in state vectors."""
    n = 16 if options.quick else 22
    name = f"adjoint gradient, peak memory, TFIM-{n}, complex128"
    if not Path("/proc/self/clear_refs").exists():
        yield Row(name, None, 4.0, "most", "states", note="not reported: peaks are read from Linux's /proc")
        return
    child = [sys.executable, "-m", "benchmarks._training_energy", str(n)]
    found = json.loads(subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout)
    states = (found["peak"] - found["before"]) / (16 << n)
    note = f"{found['before'] >> 20} MiB before, {found['peak'] >> 20} MiB at most; planning is part of it"
    yield Row(name, states, 4.0, "most", "states", samples=1, note=note, extra=found)


def _resident(field: str) -> int:
    """Bytes of a line of /proc/self/status: VmRSS, or its peak VmHWM (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(field))


def main(arguments: Sequence[str]) -> None:
    """One call at the given number of qubits, after a small one that loads the libraries."""
    import torch

    torch.set_num_threads(1)

    def call(num_qubits: int) -> Any:
        circuit = hardware_efficient(num_qubits)
        values = np.random.default_rng(5).uniform(-pi, pi, circuit.num_parameters)
        return _planned(circuit, ising_chain(num_qubits))(values)

    call(4)
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    call(int(arguments[0]))
    print(json.dumps({"before": before, "peak": _resident("VmHWM")}))


if __name__ == "__main__":
    main(sys.argv[1:])
