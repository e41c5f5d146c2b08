"""30 qubits on an accelerator, against what its memory's speed allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from benchmarks._circuits import fourier, hardware_efficient
from benchmarks._interleaved import SAME, Options, fidelity
from benchmarks._report import Row

GOAL = 3.0


def cut_ansatz(num_qubits: int, gates: int = 50) -> QuantumCircuit:
    """A whole layer of the ansatz, which entangles all qubits, and the next gates of the second layer."""
    full = hardware_efficient(num_qubits, 2)
    cut = full.copy_empty_like(f"HEA-{num_qubits}")
    for line in full.data[: 3 * num_qubits - 1 + gates]:
        cut.append(line)
    return cut.assign_parameters(np.random.default_rng(2).uniform(0, 6, cut.num_parameters))


CIRCUITS: dict[str, Callable[[int], QuantumCircuit]] = {
    "50 gates of HEA after its first layer": cut_ansatz,
    "QFT": fourier,
}


def cuda(options: Options) -> Iterator[Row]:
    """Time of a run, plan cached, over stages x the time of copying the state once; complex64."""
    import torch

    n = 20 if options.quick else 30
    for family, build in CIRCUITS.items():
        name = f"{family}, {n} qubits on cuda / traffic bound / plan cached"
        why = "asked for with --device cuda only" if options.device != "cuda" else "no CUDA device here"
        if options.device != "cuda" or not torch.cuda.is_available():
            goal = GOAL if options.device == "cuda" else None
            yield Row(name, None, goal, "most", "x", note=f"skipped: {why}")
            continue
        if not (shared := _fidelity(build(12))) > SAME:
            note = f"not reported: fidelity with the CPU's state is {shared:.6g}"
            yield Row(name, None, GOAL, "most", "x", note=note)
            continue
        yield _bounded(name, build(n), options.rounds(9))


def _bounded(name: str, circuit: QuantumCircuit, rounds: int) -> Row:
    import torch

    from qorum.statevector.evolution import Circuit

    copy = _copy_seconds(circuit.num_qubits)
    torch.cuda.empty_cache()
    with torch.inference_mode():
        start = time.perf_counter()
        ready = Circuit(circuit, device=torch.device("cuda"))
        stages = len(ready.evolution.prepared(True).stages)
        planning = time.perf_counter() - start
        seconds = _seconds(ready.states, rounds)
    device = torch.cuda.get_device_name()
    note = (
        f"{1e3 * seconds:.4g} ms for {stages} stages, a copy of the state takes {1e3 * copy:.4g} ms; {device}"
    )
    bandwidth = (16 << circuit.num_qubits) / copy
    extra = {"planning seconds": planning, "bytes per second": bandwidth, "stages": stages}
    return Row(name, seconds / (stages * copy), GOAL, "most", "x", samples=rounds, note=note, extra=extra)


def _copy_seconds(num_qubits: int) -> float:
    """One pass: a whole state read and written."""
    import torch

    source = torch.zeros(1 << num_qubits, dtype=torch.complex64, device="cuda")
    target = torch.empty_like(source)
    return _seconds(lambda: target.copy_(source), 9)


def _seconds(run: Callable[[], Any], rounds: int) -> float:
    """Median wall time up to the end of the device's work, after two runs that are not counted."""
    import torch

    taken: list[float] = []
    for _ in range(rounds + 2):
        torch.cuda.synchronize()
        start = time.perf_counter()
        kept = run()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
        del kept
    return float(np.median(taken[2:]))


def _fidelity(circuit: QuantumCircuit) -> float:
    import torch

    from qorum.statevector.simulate import statevector

    here, there = statevector(circuit), statevector(circuit, device=torch.device("cuda")).cpu()
    return fidelity(here.numpy(), there.numpy())
