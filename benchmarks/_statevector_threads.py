"""What a second thread gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from qiskit import QuantumCircuit

from benchmarks._circuits import hardware_efficient, quantum_volume
from benchmarks._engines import Ours
from benchmarks._interleaved import SAME, Options, StatesDiffer, fidelity, interleaved, load, say
from benchmarks._report import Row

CIRCUITS: Mapping[str, Callable[[int], QuantumCircuit]] = {
    "HEA": hardware_efficient,
    "quantum volume": quantum_volume,
}


def threads(options: Options) -> Iterator[Row]:
    """One and two threads in turns, in a child process that may use two; wall time."""
    n, rounds = (14 if options.quick else 22), options.rounds(9)
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    for family in CIRCUITS:
        name = f"two threads over one, {family}-{n} / plan cached, wall time"
        if (os.cpu_count() or 1) < 2:
            yield Row(name, None, 1.6, unit="x", note="not reported: one core")
            continue
        before = load()
        child = [sys.executable, "-m", "benchmarks._statevector_threads", family, str(n), str(rounds)]
        output = subprocess.run(child, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(output)
        say(f"{name}: {before}")
        note = f"{found['1']:.4g} ms on one thread, {found['2']:.4g} ms on two (medians); {before} before"
        ratio = found.pop("ratio")
        yield Row(name, ratio, 1.6, unit="x", samples=rounds, note=note, extra=found)


def main(arguments: Sequence[str]) -> None:
    """Time one family at one size: family, qubits, rounds."""
    import torch

    family, n, rounds = arguments[0], int(arguments[1]), int(arguments[2])
    circuit, engine = CIRCUITS[family](n), Ours(cold=False)
    values = np.random.default_rng(1).uniform(0, 6, circuit.num_parameters).tolist()
    job = engine.job(circuit, values)

    def on(count: int) -> Callable[[], object]:
        def timed() -> object:
            torch.set_num_threads(count)
            return job.run()

        return timed

    # A thread's first call pays for its start, too.
    two, one = (job.amplitudes(on(count)()).copy() for count in (2, 1))
    if not fidelity(one, two) > SAME:
        raise StatesDiffer(f"{circuit.name}: two threads reach another state than one")
    timings = interleaved(rounds, lambda _: {"1": on(1), "2": on(2)}, clock=time.perf_counter)
    print(json.dumps({**timings.median_ms(), "ratio": timings.ratio("1", "2")}))


if __name__ == "__main__":
    main(sys.argv[1:])
