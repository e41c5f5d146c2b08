"""Bodies of submissions as IonQ's OpenAPI document allows them, and what their circuits show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi
from typing import Any

import numpy as np

from tests.faults.vendors.simulation import Gate, H, Matrix, V, X, Y, Z, phase, probabilities, rotation

TYPES = {"ionq.circuit.v1": "circuit", "ionq.multi-circuit.v1": "circuits"}
TOP = {"name", "metadata", "shots", "backend", "session_id", "settings", "dry_run", "noise", "type", "input"}
FIXED: Mapping[str, Matrix] = {
    **{"x": X, "not": X, "cnot": X, "y": Y, "z": Z, "h": H, "v": V, "vi": V.conj().T},
    **{"s": phase(pi / 2), "si": phase(-pi / 2), "t": phase(pi / 4), "ti": phase(-pi / 4)},
}
AXES = {"rx": X, "ry": Y, "rz": Z}
OPERANDS = {"gate", "target", "targets", "control", "controls", "rotation"}


class Malformed(Exception):
    """What the vendor answers with 400."""


def read_body(body: Mapping[str, Any], qubits: Mapping[str, int]) -> Sequence[dict[str, Any]]:
    """The circuits of a submission, each with its number of qubits.

    Raises:
        Malformed: the document does not allow this body.
    """
    _need(set(body) <= TOP, f"unknown keys {sorted(set(body) - TOP)}")
    _need(body.get("type") in TYPES, "type")
    _need(body.get("backend") in qubits, "backend")
    _need(1 <= body.get("shots", 100) <= 1_000_000, "shots between 1 and 1000000")
    metadata = body.get("metadata", {})
    _need(all(isinstance(value, str) for value in metadata.values()), "metadata values are texts")
    debiasing = body.get("settings", {}).get("error_mitigation", {}).get("debiasing", True)
    _need(debiasing is False or body.get("shots", 100) >= 500, "debiasing needs at least 500 shots")
    _need("noise" not in body or body["backend"] == "simulator", "noise")
    given, key = body["input"], TYPES[body["type"]]
    _need(set(given) == {"gateset", "qubits", key} and given["gateset"] == "qis", "input")
    circuits = [{"circuit": given["circuit"]}] if key == "circuit" else given["circuits"]
    _need(bool(circuits), "no circuits")
    _need(1 <= given["qubits"] <= qubits[body["backend"]], "qubits")
    read = [{"qubits": given["qubits"], **circuit} for circuit in circuits]
    for circuit in read:
        for gate in circuit["circuit"]:
            _check(gate, circuit["qubits"])
    return read


def gate_counts(circuits: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Gates on one qubit, and on more."""
    widths = [len(_operands(gate)) for circuit in circuits for gate in circuit["circuit"]]
    return sum(width == 1 for width in widths), sum(width > 1 for width in widths)


def simulate(
    circuit: Mapping[str, Any], shots: int | None, generator: np.random.Generator
) -> dict[str, float]:
    """Probabilities by decimal key: exact ones, or frequencies of so many shots."""
    gates = [one for gate in circuit["circuit"] for one in ionq_gates(gate)]
    exact = probabilities(circuit["qubits"], gates)
    if shots is None:
        return {str(outcome): chance for outcome, chance in exact.items()}
    chances = np.array(list(exact.values()))
    drawn = generator.multinomial(shots, chances / chances.sum())
    return {str(outcome): int(number) / shots for outcome, number in zip(exact, drawn, strict=True) if number}


def ionq_gates(gate: Mapping[str, Any]) -> list[Gate]:
    """What one gate of a circuit does."""
    name = gate["gate"]
    if name == "swap":
        a, b = gate["targets"]
        return [Gate(X, a, (b,)), Gate(X, b, (a,)), Gate(X, a, (b,))]
    matrix = rotation(AXES[name], gate["rotation"]) if name in AXES else FIXED[name]
    controls = gate.get("controls", [gate["control"]] if "control" in gate else [])
    targets = gate.get("targets", [gate["target"]] if "target" in gate else [])
    return [Gate(matrix, target, controls) for target in targets]


def _check(gate: Mapping[str, Any], qubits: int) -> None:
    name, operands = gate.get("gate"), _operands(gate)
    _need(set(gate) <= OPERANDS, f"unknown keys {sorted(set(gate) - OPERANDS)}")
    _need(name in {*FIXED, *AXES, "swap"}, f"UnsupportedGate {name}")
    _need(("rotation" in gate) == (name in AXES), "rotation")
    _need(len(operands) == len(set(operands)) >= 1, f"qubits of {name}")
    _need(all(0 <= qubit < qubits for qubit in operands), f"qubits of {name}")
    _need(name != "cnot" or len(operands) == 2, f"qubits of {name}")


def _operands(gate: Mapping[str, Any]) -> list[int]:
    alone = [gate[name] for name in ("control", "target") if name in gate]
    return [*alone, *gate.get("controls", []), *gate.get("targets", [])]


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise Malformed(what)
