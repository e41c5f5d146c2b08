"""Xanadu's simulators through PennyLane: lightning.qubit and default.qubit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from blocks.backends._gate_simulator import GateSimulator
from qorum.backends import BackendProfile
from qorum.circuits.instructions import Instruction, Program
from qorum.circuits.native import ideal_target
from qorum.results.sampling import histogram_of

RECORDING = threading.RLock()
"""Held while PennyLane makes or executes a tape. What it records, and whether it does, is one state of the
process: a thread that stops recording while another is within a queue has that one leave PennyLane's own lock
locked for ever."""


class PennyLaneDevice(GateSimulator):
    """A PennyLane state-vector device; static circuits only.

    The device samples by itself, seeded anew for each circuit. Circuits reach it as tapes of its
    own native operations, so its preprocessing (validation, decomposition) is left out.
    """

    _block_type_name = "PennyLane device"
    _block_type_slug = "pennylane-device"
    _description = "Xanadu's lightning.qubit and default.qubit simulators, on this machine's CPU."

    short_name: ClassVar[str] = "pennylane"
    library: ClassVar[str] = "pennylane"
    extra: ClassVar[str] = "pennylane"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = ("device=default.qubit",)

    device: Literal["lightning.qubit", "default.qubit"] = Field(
        default="lightning.qubit",
        title="Device",
        description="lightning.qubit: compiled and fast. default.qubit: PennyLane's reference in NumPy.",
    )
    max_qubits: int = Field(
        default=24,
        ge=1,
        le=32,
        title="Largest circuit (qubits)",
        description="Each further qubit doubles the memory: 24 qubits take 0.5 GiB with lightning.qubit, "
        "a few times that with default.qubit.",
    )

    _profile: BackendProfile | None = PrivateAttr(default=None)

    def profile(self) -> BackendProfile:
        """All-to-all, noiseless, static circuits; the engine is the device's name."""
        if self._profile is None:
            self._profile = BackendProfile(
                name=self.backend_name,
                provider="xanadu",
                engine=self.device,
                device=self.device,
                pool="cpu",
                num_qubits=self.max_qubits,
                target=ideal_target(dynamic=False),
                load_seconds=3.9,
                pace=1.0 if self.device == "lightning.qubit" else 10.0,
            )
        return self._profile

    def warm_up(self) -> None:
        """Import PennyLane and the device."""
        import pennylane as qml

        _operations()
        qml.device(self.device, wires=1)

    def sample(self, program: Program, shots: int, seed: int) -> dict[str, int]:
        """By the device, on a tape of its own."""
        return _sample(self.device, program, shots, seed)


@cache
def _operations() -> dict[str, Callable[..., Any]]:
    """PennyLane's operation for each of our gates, given its angles in radians and its wires."""
    import pennylane as qml

    def adjoint(operation: Callable[..., Any]) -> Callable[..., Any]:
        def adjoined(wires: Any) -> Any:
            return qml.adjoint(operation(wires))

        return adjoined

    return {
        **{"h": qml.Hadamard, "x": qml.PauliX, "y": qml.PauliY, "z": qml.PauliZ},
        **{"s": qml.S, "sdg": adjoint(qml.S), "t": qml.T, "tdg": adjoint(qml.T)},
        **{"sx": qml.SX, "sxdg": adjoint(qml.SX)},
        **{"rx": qml.RX, "ry": qml.RY, "rz": qml.RZ, "p": qml.PhaseShift},
        **{"cx": qml.CNOT, "cz": qml.CZ, "cp": qml.ControlledPhaseShift},
        **{"swap": qml.SWAP, "rzz": qml.IsingZZ},
    }


def _operation(step: Instruction) -> Any:
    make = _operations().get(step.name)
    if make is None:
        raise ValueError(f"one of the gates {', '.join(_operations())} expected, found {step.name}")
    return make(*step.params, wires=step.qubits)


def _sample(device_name: str, program: Program, shots: int, seed: int) -> dict[str, int]:
    """Histogram of a static circuit, in a device of its own: a device keeps its generator's state."""
    bits = np.zeros((shots, program.num_clbits), dtype=np.uint8)
    if program.measured:
        wires = sorted(set(program.measured.values()))
        with RECORDING:
            samples = _execute(device_name, program, wires, shots, seed)
        columns = [wires.index(qubit) for qubit in program.measured.values()]
        bits[:, list(program.measured)] = samples[:, columns]
    return histogram_of(bits)


def _execute(device_name: str, program: Program, wires: list[int], shots: int, seed: int) -> Any:
    """Bits, of shape [shots, wires]."""
    import pennylane as qml
    from pennylane.queuing import AnnotatedQueue
    from pennylane.tape import QuantumScript

    # Operations join whatever tape is open; a queue of our own keeps them to us.
    with AnnotatedQueue():
        operations = [_operation(step) for step in program.gates]
        tape = QuantumScript(operations, [qml.sample(wires=wires)], shots=shots)
    device = qml.device(device_name, wires=program.num_qubits, seed=seed)
    return np.asarray(device.execute(tape)).reshape(shots, len(wires))
