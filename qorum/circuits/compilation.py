"""From accepted circuits to one Qiskit `Target`. Knows nothing of backends.

Whatever the target, the classical bits stay as they are: the histogram of a compiled circuit has the
bits of the circuit given, in its order. Where qubits end up is in `circuit.layout`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import qiskit
from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager, Target, generate_preset_pass_manager

from qorum.circuits.clifford import to_clifford_gates
from qorum.circuits.compiled import CompiledCircuit, decode, encode
from qorum.circuits.formats import from_qpy
from qorum.circuits.idle import without_idle_steps
from qorum.circuits.sandbox import Sandbox
from qorum.circuits.targets import (
    check_fit,
    needs_schedule,
    takes_clifford_only,
    target_fingerprint,
    without_ties,
)
from qorum.errors import CircuitRejected, InputRejected, QorumError

OPTIMIZATION_LEVELS = (0, 1, 2, 3)
"""Qiskit's preset levels, from none to heavy."""

_KEPT_PASS_MANAGERS = 32
_RULES = 2  # to be raised when this file compiles the same circuit differently


@dataclass(frozen=True)
class CompileItem:
    """A circuit to compile: what the user calls it, its digest (`CircuitSpec.digest`), itself as QPY."""

    name: str
    digest: str
    qpy: bytes


def compile_circuit(
    circuit: QuantumCircuit, target: Target, *, optimization_level: int, seed: int
) -> QuantumCircuit:
    """The circuit in the target's gates and connectivity; equal arguments give equal circuits.

    For a target of Clifford gates alone, levels 2 and 3 do what level 1 does: Qiskit's resynthesis
    of two-qubit blocks leaves the Clifford group. For a target without delays, which is an ideal one,
    they are dropped, as are resets of fresh qubits. For an ideal target they use no CP (see
    `targets.without_ties`).

    Raises:
        CircuitRejected: the circuit does not fit the target, or Qiskit cannot translate it.
        ValueError: a level outside 0..3.
    """
    if optimization_level not in OPTIMIZATION_LEVELS:
        raise ValueError(f"an optimization level of 0 to 3 expected, found {optimization_level}")
    check_fit(circuit, target)
    prepared = circuit if "delay" in target.operation_names else without_idle_steps(circuit)
    level = optimization_level
    if takes_clifford_only(target):
        prepared, level = to_clifford_gates(prepared), min(level, 1)
    scheduled = "delay" in prepared.count_ops() and needs_schedule(target)
    pass_manager = _pass_managers.get(target if level < 2 else without_ties(target), level, seed, scheduled)
    try:
        return pass_manager.run(prepared)
    except BaseException as problem:
        if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
            raise  # an interrupt is not the circuit's fault; a panic of Qiskit's Rust side is
        reason = f"cannot be compiled at optimization level {optimization_level}: {problem}"
        raise CircuitRejected(circuit.name, reason) from problem


def cache_key(
    digest: str, target: Target, calibration_id: str | None, optimization_level: int, seed: int
) -> str:
    """sha256 (hex) over everything that a compiled circuit depends on, Qiskit's version included."""
    asked = (digest, target_fingerprint(target), calibration_id, optimization_level, seed)
    parts = (*asked, qiskit.__version__, _RULES)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def compile_batch(
    items: Sequence[CompileItem],
    target: Target,
    optimization_level: int,
    sandbox: Sandbox,
    on_progress: Callable[[int], None] | None = None,
    *,
    seed: int = 0,
    calibration_id: str | None = None,
    seconds: float = 60.0,
) -> list[CompiledCircuit | InputRejected]:
    """Compiles in child processes, so that a circuit that hangs or crashes Qiskit is lost alone.

    Args:
        items: what to compile.
        target: for all of them.
        optimization_level: 0 to 3.
        sandbox: the child processes.
        on_progress: called with the number of finished items after each.
        seed: of the transpiler; part of the key.
        calibration_id: of the target's calibration; part of the key.
        seconds: for each circuit.

    Returns:
        One outcome for each item, in the order given.
    """
    jobs = [
        (cache_key(item.digest, target, calibration_id, optimization_level, seed), item.qpy) for item in items
    ]
    compile_one = partial(_compile_packed, target, optimization_level, seed, calibration_id)
    outcomes = sandbox.map(compile_one, jobs, seconds=seconds, on_progress=on_progress)
    return [
        _unpacked(item, key, outcome) for item, (key, _), outcome in zip(items, jobs, outcomes, strict=True)
    ]


def _compile_packed(
    target: Target, optimization_level: int, seed: int, calibration_id: str | None, job: tuple[str, bytes]
) -> bytes:
    key, qpy = job
    circuit = from_qpy(qpy)
    compiled = compile_circuit(circuit, target, optimization_level=optimization_level, seed=seed)
    return encode(CompiledCircuit.of(key, circuit, compiled, calibration_id))


def _unpacked(item: CompileItem, key: str, outcome: bytes | QorumError) -> CompiledCircuit | InputRejected:
    if isinstance(outcome, bytes):
        return decode(outcome, key)
    if isinstance(outcome, InputRejected):
        return CircuitRejected(item.name, outcome.reason)
    return CircuitRejected(item.name, f"compilation failed: {outcome}")


class _PassManagers(threading.local):
    """Pass managers by all that decides them: slow to build, and not to be shared between threads."""

    def __init__(self) -> None:
        self._built: OrderedDict[tuple[str, int, int, bool], PassManager] = OrderedDict()

    def get(self, target: Target, level: int, seed: int, scheduled: bool) -> PassManager:
        key = target_fingerprint(target), level, seed, scheduled
        if key not in self._built:
            self._built[key] = generate_preset_pass_manager(
                level, target=target, seed_transpiler=seed, scheduling_method="alap" if scheduled else None
            )
        self._built.move_to_end(key)
        if len(self._built) > _KEPT_PASS_MANAGERS:
            self._built.popitem(last=False)
        return self._built[key]


_pass_managers = _PassManagers()
