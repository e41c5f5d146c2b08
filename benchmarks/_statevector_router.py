"""What it costs to let the router choose the simulator, once it has learned this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from benchmarks._circuits import fourier, hardware_efficient, quantum_volume
from benchmarks._interleaved import Options, Timings, interleaved, load, say
from benchmarks._report import Row

BACKENDS = ("torch", "aer", "cirq", "pennylane")
SHOTS = 1024
GOAL = 1.15


def router(options: Options) -> Iterator[Row]:
    """Wall time of the backends chosen by `objective=time`, over that of the fastest for each circuit.

    The model learns from runs of the same kinds of circuits at other sizes and seeds. Compilation is
    not counted: all backends share it.
    """
    from blocks.backends import load_backend

    backends = {name: load_backend(name) for name in BACKENDS}
    for backend in backends.values():
        backend.warm_up()
    rounds, most = options.rounds(5), (10 if options.quick else 22)
    model = _learned(backends, _mixed(20, 4, most, seed=1))
    tried = [_Case.of(circuit, backends) for circuit in _mixed(20, 4, most, seed=2)]
    chosen = _choices(tried, backends, model)
    before, spent, fastest, told = load(), 0.0, 0.0, list[dict[str, Any]]()
    for case, choice in zip(tried, chosen, strict=True):
        timings = case.timings(backends, rounds)
        medians = {name: float(np.median(seconds)) for name, seconds in timings.seconds.items()}
        best = timings.fastest(BACKENDS)
        spent, fastest = spent + medians[choice], fastest + medians[best]
        told.append(
            {"circuit": case.circuit.name, "chosen": choice, "fastest": best, "ms": timings.median_ms()}
        )
        say(f"router: {told[-1]}")
    right = sum(each["chosen"] == each["fastest"] for each in told)
    note = (
        f"fastest chosen for {right} of {len(told)} circuits; {spent:.3g} s against {fastest:.3g} s; {before}"
    )
    extra = {"circuits": told, "engines": {name: each.profile().engine for name, each in backends.items()}}
    name = f"router by time over the fastest backend for each of 20 circuits, 4 to {most} qubits"
    yield Row(name, spent / fastest, GOAL, "most", "x", samples=rounds, note=note, extra=extra)


def _ghz(num_qubits: int, seed: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, name=f"GHZ-{num_qubits}")
    order = np.random.default_rng(seed).permutation(num_qubits).tolist()
    circuit.h(order[0])
    for one, other in pairwise(order):
        circuit.cx(one, other)
    return circuit


def _ansatz(num_qubits: int, seed: int) -> QuantumCircuit:
    circuit = hardware_efficient(num_qubits)
    values = np.random.default_rng(seed).uniform(0, 6, circuit.num_parameters)
    found = circuit.assign_parameters(values)
    found.name = circuit.name
    return found


def _mixed(how_many: int, least: int, most: int, seed: int) -> list[QuantumCircuit]:
    """Ansatz, QFT, quantum volume and GHZ in turn over the sizes, in an order that the seed shuffles."""
    kinds: Sequence[Callable[[int, int], QuantumCircuit]] = (
        _ansatz,
        lambda n, seed: fourier(n, seed=seed),
        lambda n, seed: quantum_volume(n, seed=seed),
        _ghz,
    )
    sizes = np.linspace(least, most, how_many).round().astype(int).tolist()
    order = np.random.default_rng(seed).permutation(how_many)
    circuits: list[QuantumCircuit] = []
    for size, turn in zip(sizes, order, strict=True):
        circuit = kinds[turn % len(kinds)](size, seed)
        circuit.measure_all()
        circuits.append(circuit)
    return circuits


@dataclass(frozen=True)
class _Case:
    """A circuit and its compiled forms by backend."""

    circuit: QuantumCircuit
    compiled: Mapping[str, QuantumCircuit]

    @classmethod
    def of(cls, circuit: QuantumCircuit, backends: Mapping[str, Any]) -> _Case:
        from qorum.circuits.compilation import compile_circuit

        targets = {name: backend.profile().target for name, backend in backends.items()}
        # Backends share targets, one object each, and a shared target is compiled for once.
        compiled = {
            id(target): compile_circuit(circuit, target, optimization_level=1, seed=0)
            for target in {id(target): target for target in targets.values()}.values()
        }
        return cls(circuit, {name: compiled[id(target)] for name, target in targets.items()})

    def timings(self, backends: Mapping[str, Any], rounds: int) -> Timings:
        """Wall time of sampling on each backend."""

        def ready(number: int) -> Mapping[str, Callable[[], Any]]:
            return {
                name: lambda backend=backend, name=name: backend.run([self.compiled[name]], SHOTS, [number])
                for name, backend in backends.items()
            }

        return interleaved(rounds, ready, clock=time.perf_counter)


def _learned(backends: Mapping[str, Any], circuits: Sequence[QuantumCircuit]) -> Any:
    """The run-time model after one batch of each circuit on each backend, as a run would observe them."""
    from qorum.circuits.sizes import CircuitSize
    from qorum.routing.runtimes import BatchLoad, Observation, RuntimeModel

    seen: list[Observation] = []
    for circuit in circuits:
        case = _Case.of(circuit, backends)
        seconds = case.timings(backends, 1).seconds
        for name, backend in backends.items():
            size = (case.compiled[name].num_qubits, CircuitSize.of(case.compiled[name]))
            workload = BatchLoad.of(backend.profile(), [size], SHOTS)
            seen.append(Observation(workload, float(seconds[name][0])))
    return RuntimeModel.fit(seen)


def _choices(cases: Sequence[_Case], backends: Mapping[str, Any], model: Any) -> list[str]:
    """The router's first choice for each circuit, asked as a run asks it."""
    from qorum.circuits.accepted import gate_counts
    from qorum.circuits.sizes import CircuitSize
    from qorum.routing.assignments import RouteRequest
    from qorum.routing.ranking import route

    requests = []
    for number, case in enumerate(cases):
        ones, twos = gate_counts(case.circuit)
        n = case.circuit.num_qubits
        requests.append(
            RouteRequest(
                str(number),
                case.circuit.name,
                n,
                n,
                CircuitSize.of(case.circuit),
                one_qubit_gates=ones,
                two_qubit_gates=twos,
            )
        )
    assignments = route(
        requests,
        [replace(backend.profile(), load_seconds=0.0) for backend in backends.values()],  # loaded already
        replicas=1,
        shots=SHOTS,
        objective="time",
        max_cost_usd=0.0,
        requested=list(BACKENDS),
        offline={},
        runtimes=model,
    )
    return [assignment.chosen[0] for assignment in assignments]
