"""What a Qiskit `Target` takes, and what distinguishes it from another."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from qiskit import QuantumCircuit
from qiskit.circuit import CONTROL_FLOW_OP_NAMES
from qiskit.transpiler import Target

from qorum.circuits.native import CLIFFORD_GATES, IDEAL_GATES, ideal_target
from qorum.errors import CircuitRejected

NOT_GATES = frozenset(("measure", "reset", "delay", "barrier", "store", "id", *CONTROL_FLOW_OP_NAMES))
"""Instruction names that change no amplitudes by a matrix of their own."""

_KEPT_FINGERPRINTS = 16
_fingerprints: OrderedDict[int, tuple[Target, str]] = OrderedDict()


def target_fingerprint(target: Target) -> str:
    """sha256 (hex) over what compilation sees of a target: operations, qubits, errors, durations.

    Floats count to the last bit. Remembered for each target object: do not change one afterwards.
    """
    known = _fingerprints.get(id(target))
    if known is not None:
        return known[1]
    fingerprint = hashlib.sha256("\n".join(_description(target)).encode()).hexdigest()
    _fingerprints[id(target)] = target, fingerprint  # held, so that its id is not given to another
    if len(_fingerprints) > _KEPT_FINGERPRINTS:
        _fingerprints.popitem(last=False)
    return fingerprint


def takes_clifford_only(target: Target) -> bool:
    """Whether all its gates are Clifford, as a stabilizer simulator's are."""
    gates = set(target.operation_names) - NOT_GATES
    return bool(gates) and gates <= set(CLIFFORD_GATES)


def needs_schedule(target: Target) -> bool:
    """Whether a circuit with delays fits only when every operation has its start: older IBM devices."""
    constraints = target.timing_constraints()
    return constraints.acquire_alignment > 1 or constraints.pulse_alignment > 1


def without_ties(target: Target) -> Target:
    """The target that Qiskit's resynthesis of two-qubit blocks (levels 2 and 3) may be given.

    Between CP and RZZ without errors it chooses at random, whatever the seed (measured with Qiskit 2.6: 2
    of 3 circuits of 5 qubits come out differently in a second run, none without CP). So an ideal target
    loses CP; any other stays as it is.
    """
    gates = set(target.operation_names) - NOT_GATES
    if target.num_qubits is not None or "cp" not in gates or not gates <= set(IDEAL_GATES):
        return target
    kept = tuple(gate for gate in IDEAL_GATES if gate in gates and gate != "cp")
    return ideal_target(dynamic="if_else" in target.operation_names, gates=kept)


def for_static(target: Target) -> Target:
    """A target that gives the same for circuits without branches, and is shared by more backends.

    An ideal one without its `if_else`; any other as it is.
    """
    gates = set(target.operation_names) - NOT_GATES
    if target.num_qubits is not None or not gates <= set(IDEAL_GATES):
        return target
    return ideal_target(dynamic=False, gates=tuple(gate for gate in IDEAL_GATES if gate in gates))


def check_fit(circuit: QuantumCircuit, target: Target) -> None:
    """Refuses what no compilation could make fit.

    Raises:
        CircuitRejected: too many qubits, or a reset, branch or loop that the target does not offer.
    """
    if target.num_qubits is not None and circuit.num_qubits > target.num_qubits:
        reason = f"at most {target.num_qubits} qubits expected by this device, found {circuit.num_qubits}"
        raise CircuitRejected(circuit.name, reason)
    used = set(circuit.count_ops()) & ({"reset"} | CONTROL_FLOW_OP_NAMES)
    if missing := sorted(used - set(target.operation_names)):
        reason = f"this device offers no {', '.join(missing)}; choose one that runs dynamic circuits"
        raise CircuitRejected(circuit.name, reason)


def _description(target: Target) -> list[str]:
    lines = [f"qubits {target.num_qubits} dt {_exact(target.dt)}"]
    for name in sorted(target.operation_names):
        operation = target.operation_from_name(name)
        kind = operation.__name__ if isinstance(operation, type) else type(operation).__name__
        lines.append(f"{name} {kind} {getattr(operation, 'params', ())}")
        lines += sorted(
            f"{qubits} {_exact(found and found.error)} {_exact(found and found.duration)}"
            for qubits, found in (target[name] or {}).items()
        )
    return lines


def _exact(number: float | None) -> str:
    return "-" if number is None else float(number).hex()
