"""What a user writes without Qorum: load, compile and run one circuit after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from qiskit import qasm2
from qiskit.transpiler import generate_preset_pass_manager

from blocks.backends._base import BackendBlock
from qorum.counts import Counts

LEVEL, SEED = 1, 0


@dataclass
class LoopRun:
    """What a plain loop took and found.

    Attributes:
        seconds: by stage: load, compile, run.
        counts: by backend, in the order of the circuits.
    """

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, list[Counts]] = field(default_factory=dict[str, list[Counts]])

    @property
    def total(self) -> float:
        """Seconds in all."""
        return sum(self.seconds.values())


def plain_loop(texts: Sequence[str], backends: Sequence[BackendBlock], shots: int, *, share: bool) -> LoopRun:
    """Load each text, compile it, run it on each backend, keep the counts. No storage, no checks.

    Each stage takes all circuits before the next begins: every library is faster that way than if
    they alternate circuit by circuit.

    Args:
        texts: OpenQASM 2.
        backends: whose `run` is called, as the pipeline does.
        shots: of each circuit.
        share: compile once for all backends, whose gates are the same; else once for each.
    """
    run, seeds = LoopRun(), list(range(len(texts)))
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        run.seconds[stage] = run.seconds.get(stage, 0.0) + now - clock
        clock = now

    circuits = [
        qasm2.loads(text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
        for text in texts
    ]
    lap("load")
    compiled = {}
    for backend in backends:
        if compiled and share:
            compiled[backend.backend_name] = next(iter(compiled.values()))
            continue
        # The backends that take no branches come with a smaller target; static circuits see no difference.
        target = backend.profile().target
        compiler = generate_preset_pass_manager(LEVEL, target=target, seed_transpiler=SEED)
        compiled[backend.backend_name] = [compiler.run(circuit) for circuit in circuits]
    lap("compile")
    for backend in backends:
        run.counts[backend.backend_name] = backend.run(compiled[backend.backend_name], shots, seeds)
    lap("run")
    return run
