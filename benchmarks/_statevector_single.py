"""One circuit, one state: against the best of the peers, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import pi
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from benchmarks._circuits import fourier, grover, hardware_efficient, quantum_volume
from benchmarks._engines import Engine, Ours, Qulacs, peers
from benchmarks._interleaved import SAME, Options, StatesDiffer, Timings, check_same, fidelity, interleaved
from benchmarks._report import Row


def angles(count: int, number: int) -> list[float]:
    """Fresh parameters for each round."""
    return np.random.default_rng([7, number]).uniform(-pi, pi, count).tolist()


def race(circuit: QuantumCircuit, engines: Sequence[Engine], rounds: int) -> Timings:
    """All engines on one circuit, with new parameters in each round where it has any.

    Raises:
        StatesDiffer: before anything is timed.
    """

    def ready(number: int) -> Mapping[str, Callable[[], Any]]:
        values = angles(circuit.num_parameters, number)
        return {engine.name: engine.job(circuit.copy(), values).run for engine in engines}

    check_same(engines[0], engines[1:], circuit, angles(circuit.num_parameters, -1 % 2**32))
    return interleaved(rounds, ready)


def against(
    name: str,
    circuit: QuantumCircuit,
    rounds: int,
    *,
    cold: float | None,
    cached: float | None = None,
    rivals: Sequence[str] = (),
) -> Iterator[Row]:
    """Two rows, cold and plan cached: how many times faster than the best peer.

    Args:
        name: of the rows.
        circuit: without measurement.
        rounds: how many.
        cold: the goal where our time begins with the `QuantumCircuit`.
        cached: the goal where it begins with the parameters.
        rivals: what peers' names begin with; all of them where empty.
    """
    here, missing = peers()
    compared = [peer for peer in here if not rivals or peer.name.startswith(tuple(rivals))]
    absent = [peer for peer in missing if not rivals or peer.startswith(tuple(rivals))]
    ours = [Ours(cold=True), Ours(cold=False)]
    try:
        timings = race(circuit, [*ours, *compared], rounds) if compared else None
    except StatesDiffer as problem:
        timings, absent = None, [str(problem)]
    for engine, goal in zip(ours, (cold, cached), strict=True):
        label = f"{name} / {engine.name.removeprefix('qorum ')}"
        if timings is None:
            yield Row(label, None, goal, unit="x", note=f"not reported: {', '.join(absent)}")
            continue
        best = timings.fastest([peer.name for peer in compared])
        told = timings.median_ms()
        note = f"best peer {best} {told[best]:.4g} ms, ours {told[engine.name]:.4g} ms (CPU, medians)"
        note += f"; cannot be imported here: {', '.join(absent)}" if absent else ""
        extra = {"milliseconds": told, "quartiles": timings.spread(best, engine.name)}
        ratio = timings.ratio(best, engine.name)
        yield Row(label, ratio, goal, unit="x", samples=rounds, note=note, extra=extra)


def qft(options: Options) -> Iterator[Row]:
    """QFT of an entangled state, with a goal; and of |0…0>, for information."""
    n, rounds = (12 if options.quick else 20), options.rounds(9)
    yield from against(f"QFT-{n} of an entangled state / best peer", fourier(n), rounds, cold=3.0)
    zero = fourier(n, product_input=False)
    yield from against(f"QFT-{n} of zeros / best peer", zero, rounds, cold=None)


def search(options: Options) -> Iterator[Row]:
    """Grover's search, three iterations."""
    n = 12 if options.quick else 20
    yield from against(f"Grover-{n} / best peer", grover(n), options.rounds(9), cold=1.8)


def ansatz(options: Options) -> Iterator[Row]:
    """The hardware-efficient ansatz with new parameters in each round."""
    for n, rounds in ((10, 2), (12, 2)) if options.quick else ((15, 21), (20, 9), (24, 5)):
        yield from against(f"HEA-{n} / best peer", hardware_efficient(n), rounds, cold=1.0)


def volume(options: Options) -> Iterator[Row]:
    """Quantum volume against qsim."""
    n, rounds = (12 if options.quick else 20), options.rounds(9)
    yield from against(f"quantum volume {n} / qsim", quantum_volume(n), rounds, cold=0.5, rivals=("qsim",))


def small(options: Options) -> Iterator[Row]:
    """5 and 10 qubits, plan cached, against qulacs."""
    families: dict[str, Callable[[int], QuantumCircuit]] = {
        "HEA": hardware_efficient,
        "QFT": fourier,
        "Grover": grover,
        "quantum volume": quantum_volume,
    }
    for n in (5, 10):
        for family, build in families.items():
            yield _small(f"{family}-{n} / qulacs / plan cached", build(n), options)


def _small(name: str, circuit: QuantumCircuit, options: Options) -> Row:
    ours, qulacs = Ours(cold=False), Qulacs()
    if qulacs.name in peers()[1]:
        return Row(name, None, 1.0, unit="x", note="not reported: qulacs cannot be imported here")
    try:
        check_same(ours, [qulacs], circuit, angles(circuit.num_parameters, 0))
    except StatesDiffer as problem:
        return Row(name, None, 1.0, unit="x", note=f"not reported: {problem}")
    repeat, rounds = (5 if options.quick else 100), options.rounds(25)
    if circuit.num_parameters:
        runs = _turning(circuit, repeat)
    else:
        runs = {engine.name: engine.job(circuit).run for engine in (ours, qulacs)}
    timings = interleaved(rounds, lambda _: runs, repeat=repeat)
    told = {engine: 1e3 * each for engine, each in timings.median_ms().items()}
    note = f"ours {told[ours.name]:.4g} us, qulacs {told[qulacs.name]:.4g} us (CPU, medians)"
    note += "; new parameters in each run" if circuit.num_parameters else ""
    extra = {"microseconds": told, "quartiles": timings.spread(qulacs.name, ours.name)}
    ratio = timings.ratio(qulacs.name, ours.name)
    return Row(name, ratio, 1.0, unit="x", samples=rounds * repeat, note=note, extra=extra)


def _turning(circuit: QuantumCircuit, sets: int) -> dict[str, Callable[[], Any]]:
    """Ours and qulacs with the next of `sets` parameter sets in each run."""
    import torch

    from qorum.statevector.evolution import Circuit

    given = [angles(circuit.num_parameters, number) for number in range(sets)]
    ready = Circuit(circuit)
    _, run_qulacs = Qulacs().parametric(circuit)
    ours, theirs = _cycle([np.array(values) for values in given]), _cycle(given)

    def run_ours() -> Any:
        with torch.inference_mode():
            return ready.states(torch.from_numpy(next(ours)))

    first = run_ours()[0].numpy()
    if not fidelity(first, run_qulacs(next(theirs)).get_vector()) > SAME:
        raise StatesDiffer(f"{circuit.name}: qulacs with set_parameter reaches another state")
    return {"qorum plan cached": run_ours, "qulacs": lambda: run_qulacs(next(theirs))}


def _cycle(values: Sequence[Any]) -> Iterator[Any]:
    while True:
        yield from values
