"""From an accepted circuit to one Qiskit `Target`. Knows nothing of backends.

Whatever the target, the classical bits stay as they are: the histogram of a compiled circuit has the
bits of the circuit given, in its order. Where qubits end up is in `circuit.layout`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import qiskit
from qiskit import QuantumCircuit
from qiskit.circuit import CONTROL_FLOW_OP_NAMES
from qiskit.transpiler import PassManager, Target, generate_preset_pass_manager

from qorum.circuits.clifford import to_clifford_gates
from qorum.circuits.native import CLIFFORD_GATES
from qorum.errors import CircuitRejected

OPTIMIZATION_LEVELS = (0, 1, 2, 3)
"""Qiskit's preset levels, from none to heavy."""

_WITHOUT_GATES = {"measure", "reset", "delay", "barrier", "store", "id", *CONTROL_FLOW_OP_NAMES}
_KEPT = 32


def compile_circuit(
    circuit: QuantumCircuit, target: Target, *, optimization_level: int, seed: int
) -> QuantumCircuit:
    """The circuit in the target's gates and connectivity; equal arguments give equal circuits.

    For a target of Clifford gates alone, levels 2 and 3 do what level 1 does: Qiskit's resynthesis
    of two-qubit blocks leaves the Clifford group.

    Raises:
        CircuitRejected: the circuit does not fit the target, or Qiskit cannot translate it.
        ValueError: a level outside 0..3.
    """
    if optimization_level not in OPTIMIZATION_LEVELS:
        raise ValueError(f"an optimization level of 0 to 3 expected, found {optimization_level}")
    _check_fit(circuit, target)
    prepared, level = circuit, optimization_level
    if _takes_clifford_only(target):
        prepared, level = to_clifford_gates(circuit), min(level, 1)
    pass_manager = _PASS_MANAGERS.get(target, level, seed)
    try:
        return pass_manager.run(prepared)
    except BaseException as problem:
        if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
            raise  # an interrupt is not the circuit's fault; a panic of Qiskit's Rust side is
        reason = f"cannot be compiled at optimization level {optimization_level}: {problem}"
        raise CircuitRejected(circuit.name, reason) from problem


def target_fingerprint(target: Target) -> str:
    """sha256 (hex) over what compilation sees of a target: operations, qubits, errors, durations.

    Floats count to the last bit. Remembered for each target object: do not change one afterwards.
    """
    known = _FINGERPRINTS.get(id(target))
    if known is not None:
        return known[1]
    lines = [f"qubits {target.num_qubits} dt {_exact(target.dt)}"]
    for name in sorted(target.operation_names):
        operation = target.operation_from_name(name)
        kind = operation.__name__ if isinstance(operation, type) else type(operation).__name__
        lines.append(f"{name} {kind} {getattr(operation, 'params', ())}")
        properties = target[name] or {}
        lines += sorted(
            f"{qubits} {_exact(found and found.error)} {_exact(found and found.duration)}"
            for qubits, found in properties.items()
        )
    fingerprint = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    _FINGERPRINTS[id(target)] = target, fingerprint  # held, so that its id is not given to another
    if len(_FINGERPRINTS) > _KEPT:
        _FINGERPRINTS.popitem(last=False)
    return fingerprint


def cache_key(
    digest: str, target: Target, calibration_id: str | None, optimization_level: int, seed: int
) -> str:
    """sha256 (hex) over everything that a compiled circuit depends on, Qiskit's version included."""
    parts = (digest, target_fingerprint(target), calibration_id, optimization_level, seed, qiskit.__version__)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """How many gates on two qubits or more it has; those within `if` and loops are not counted."""
    return sum(
        len(instruction.qubits) > 1
        for instruction in circuit.data
        if instruction.operation.name not in _WITHOUT_GATES
    )


def _check_fit(circuit: QuantumCircuit, target: Target) -> None:
    if target.num_qubits is not None and circuit.num_qubits > target.num_qubits:
        reason = f"at most {target.num_qubits} qubits expected by this device, found {circuit.num_qubits}"
        raise CircuitRejected(circuit.name, reason)
    used = set(circuit.count_ops()) & ({"reset"} | CONTROL_FLOW_OP_NAMES)
    if missing := sorted(used - set(target.operation_names)):
        reason = f"no {', '.join(missing)} expected by this device; choose one for dynamic circuits"
        raise CircuitRejected(circuit.name, reason)


def _takes_clifford_only(target: Target) -> bool:
    gates = set(target.operation_names) - _WITHOUT_GATES
    return bool(gates) and gates <= set(CLIFFORD_GATES)


def _exact(number: float | None) -> str:
    return "-" if number is None else float(number).hex()


class _PassManagers(threading.local):
    """Pass managers by (target, level, seed): slow to build, and not to be shared between threads."""

    def __init__(self) -> None:
        self._built: OrderedDict[tuple[str, int, int], PassManager] = OrderedDict()

    def get(self, target: Target, level: int, seed: int) -> PassManager:
        key = target_fingerprint(target), level, seed
        if key not in self._built:
            self._built[key] = generate_preset_pass_manager(level, target=target, seed_transpiler=seed)
        self._built.move_to_end(key)
        if len(self._built) > _KEPT:
            self._built.popitem(last=False)
        return self._built[key]


_PASS_MANAGERS = _PassManagers()
_FINGERPRINTS: OrderedDict[int, tuple[Target, str]] = OrderedDict()
