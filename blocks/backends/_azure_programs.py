"""Circuits in the languages of the vendors behind Azure Quantum, and their parameters.

Sources: learn.microsoft.com/azure/quantum, pages provider-ionq, -quantinuum and -rigetti as of 2026-08-21;
`azure/quantum/qiskit/backends` and `azure/quantum/target` of azure-quantum 3.13. Quil: arXiv:1608.03355.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from qiskit import QuantumCircuit

from blocks.backends._ionq_jobs import GATES as IONQ_GATES
from blocks.backends._ionq_jobs import WireCircuit, wire_circuits
from qorum.circuits.instructions import Instruction

PLAIN_GATES = ("h", "x", "y", "z", "s", "sdg", "t", "tdg", "rx", "ry", "rz", "cx", "cz")
"""What qelib1.inc and Quil both name, besides swap: three native gates, which compilation shows."""

QUIL = {"cx": "CNOT", "sdg": "DAGGER S", "tdg": "DAGGER T"}
"""Quil's names by Qiskit's, where they are not the same in capitals."""

TARGET = re.compile(
    r"ionq\.simulator|(ionq|quantinuum|rigetti)\.qpu\.[a-z0-9-]+|quantinuum\.sim\.[a-z0-9-]+|rigetti\.sim\.qvm"
)

QUBITS: Mapping[str, int] = {
    **{"ionq.simulator": 29, "ionq.qpu.aria-*": 25, "ionq.qpu.forte-*": 36},
    **{"quantinuum.sim.h2-?e": 32, "quantinuum.*.h2-*": 56, "quantinuum.*.helios-*": 98},
    **{"rigetti.sim.qvm": 20, "rigetti.qpu.cepheus-1-108q": 108},
}
"""As documented, by pattern of the target; Quantinuum's emulators take more of Clifford circuits only."""

MOST_SHOTS = 10_000
"""Of a device, as azure-quantum states it; the emulators are held to the same."""


@dataclass(frozen=True)
class Provider:
    """One of the vendors behind Azure Quantum.

    Attributes:
        name: as Azure knows it.
        input_format: of a circuit.
        output_format: of results.
        content_type: of a circuit.
        gates: that it takes, by Qiskit's names.
        write: a circuit in its language.
    """

    name: str
    input_format: str
    output_format: str
    content_type: str
    gates: Sequence[str]
    write: Callable[[WireCircuit], str]


@dataclass(frozen=True)
class Kind:
    """What a target is.

    Attributes:
        provider: whose it is.
        is_device: whether it is a quantum computer.
        is_noisy: whether what it samples deviates from the ideal.
        most_shots: of a job.
        num_qubits: that it takes at most, as documented; None where nothing is.
    """

    provider: Provider
    is_device: bool
    is_noisy: bool
    most_shots: int
    num_qubits: int | None

    @property
    def is_exact(self) -> bool:
        """Whether it answers probabilities instead of drawing shots."""
        return self.provider is IONQ and not self.is_device


def kind_of(target: str) -> Kind:
    """
    Args:
        target: its id at Azure, e.g. `ionq.qpu.forte-1`.

    Raises:
        ValueError: it is none that circuits of gates can be sent to.
    """
    name = target.partition(".")[0]
    if name == "pasqal":
        raise ValueError("PASQAL's targets on Azure are analog: they take pulses, no circuits of gates")
    if not TARGET.fullmatch(target):
        known = "ionq.simulator, rigetti.sim.qvm, quantinuum.sim.…, or qpu.… of one of these"
        raise ValueError(f"{known} expected")
    provider, is_device = PROVIDERS[name], ".qpu." in target
    is_noisy = is_device or (provider is QUANTINUUM and not is_syntax_checker(target))
    most = MOST_SHOTS if is_device or provider is not IONQ else 1_000_000
    qubits = next((number for pattern, number in QUBITS.items() if fnmatchcase(target, pattern)), None)
    return Kind(provider, is_device, is_noisy, most, qubits)


def is_syntax_checker(target: str) -> bool:
    """Whether a target compiles circuits and answers zeros, as Quantinuum's free ones do."""
    return target.startswith("quantinuum.sim.") and target.endswith("sc")


def wire_circuit(circuits: Sequence[QuantumCircuit], shots: int, kind: Kind) -> WireCircuit:
    """The circuit of a job as it is sent, once it is sure that it can be.

    Raises:
        ValueError: there is not exactly one, it cannot be carried out, or `shots` is out of bounds.
        TypeError: a parameter is not bound.
    """
    if len(circuits) > 1:
        raise ValueError(f"one circuit a job expected, found {len(circuits)}")
    [wire] = wire_circuits(circuits, shots, kind.most_shots, kind.provider.gates)
    if wrong := [step.name for step in wire.program.gates if not all(map(math.isfinite, step.params))]:
        raise ValueError(f"finite angles expected, found others of {wrong[0]}")
    return wire


def input_params(kind: Kind, shots: int) -> dict[str, object]:
    """What goes with a circuit."""
    if kind.provider is RIGETTI:  # Microsoft's page names it count, its library shots
        return {"shots": shots, "count": shots}
    if kind.provider is IONQ and kind.is_device:
        # On by default: what comes back is then an estimate, not what was counted, and costs much more.
        return {"shots": shots, "error-mitigation": {"debias": False}}
    return {"shots": shots}


def register(wire: WireCircuit) -> dict[int, int]:
    """Bit of the vendor's register that each clbit holds, by clbit: clbits that nothing is measured into are
    not sent."""
    return {clbit: bit for bit, clbit in enumerate(sorted(wire.program.measured))}


def _ionq(wire: WireCircuit) -> str:
    return json.dumps({"gateset": "qis", "qubits": wire.num_qubits, "circuit": wire.gates})


def _qasm(wire: WireCircuit) -> str:
    bits = register(wire)
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{wire.num_qubits}];", f"creg c[{len(bits)}];"]
    for step in wire.program.gates:
        places = ", ".join(f"q[{place}]" for place in _places(wire, step))
        lines.append(f"{step.name}{_angle(step)} {places};")
    for clbit, qubit in wire.program.measured.items():
        lines.append(f"measure q[{wire.place[qubit]}] -> c[{bits[clbit]}];")
    return "\n".join(lines) + "\n"


def _quil(wire: WireCircuit) -> str:
    bits = register(wire)
    lines = [f"DECLARE ro BIT[{len(bits)}]"]
    for step in wire.program.gates:
        name = QUIL.get(step.name, step.name.upper())
        lines.append(f"{name}{_angle(step)} {' '.join(map(str, _places(wire, step)))}")
    lines += [f"MEASURE {wire.place[q]} ro[{bits[clbit]}]" for clbit, q in wire.program.measured.items()]
    return "\n".join(lines) + "\n"


def _places(wire: WireCircuit, step: Instruction) -> list[int]:
    return [wire.place[qubit] for qubit in step.qubits]


def _angle(step: Instruction) -> str:
    """In radians; never as 1e-05, which OpenQASM 2 does not take for a number."""
    return f"({step.params[0]:.17f})" if step.params else ""


IONQ = Provider(
    "ionq",
    "ionq.circuit.v1",
    "ionq.quantum-results.v1",
    "application/json",
    tuple(name for name in IONQ_GATES if name != "swap"),
    _ionq,
)
QUANTINUUM = Provider(
    "quantinuum",
    "honeywell.openqasm.v1",
    "honeywell.quantum-results.v1",
    "application/qasm",
    PLAIN_GATES,
    _qasm,
)
RIGETTI = Provider("rigetti", "rigetti.quil.v1", "rigetti.quil-results.v1", "text/plain", PLAIN_GATES, _quil)

PROVIDERS: Mapping[str, Provider] = {one.name: one for one in (IONQ, QUANTINUUM, RIGETTI)}
