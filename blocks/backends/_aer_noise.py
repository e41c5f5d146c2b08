"""Noise models for Aer: of IBM's fake devices, and of figures that a user gives."""

from __future__ import annotations

import hashlib
import json
import warnings
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qorum.circuits.native import IDEAL_GATES
from qorum.statevector.noise import NoiseModel as Figures

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel, QuantumError

ONE_QUBIT_GATES = tuple(name for name in IDEAL_GATES if name not in ("cx", "cz", "cp", "swap", "rzz"))
TWO_QUBIT_GATES = tuple(name for name in IDEAL_GATES if name not in ONE_QUBIT_GATES)

TIMING = ("granularity", "min_length", "pulse_alignment", "acquire_alignment")
"""Of a target: what starts and lengths of operations must be multiples of."""


@cache
def fake_devices() -> dict[str, Any]:
    """IBM's fake devices (`BackendV2`) by name, e.g. `fake_torino`, with real calibrations."""
    try:
        from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2
    except ModuleNotFoundError:
        raise ValueError(
            "fake devices need qiskit_ibm_runtime, which is not installed: pip install 'qorum[ibm]'"
        ) from None
    with warnings.catch_warnings():
        # It warns of one device's figures, whichever device is asked for.
        warnings.filterwarnings("ignore", message="Properties of fake_")
        return {device.name: device for device in FakeProviderForBackendV2().backends() if device.name}


@cache
def device_target(name: str) -> Target:
    """The device's native gates with their errors and durations.

    Where some pairs have cx and others ecr, each in one direction, Qiskit cannot turn them (2.6: "no rules
    are known to do that"). There both ways are offered, with the same errors: the other one takes one-qubit
    gates besides, whose errors are small against these.
    """
    told: Target = fake_devices()[name].target
    if not {"cx", "ecr"} <= set(told.operation_names):
        return told
    target = Target(num_qubits=told.num_qubits, qubit_properties=told.qubit_properties)
    for what in ("dt", *TIMING):
        setattr(target, what, getattr(told, what))
    for gate in told.operation_names:
        operation, known = told.operation_from_name(gate), told[gate]
        if gate in ("cx", "ecr"):
            known = {**{pair[::-1]: properties for pair, properties in known.items()}, **known}
        target.add_instruction(operation, None if isinstance(operation, type) else known, name=gate)
    return target


def check_device(name: str) -> None:
    """Raises ValueError with the closest names if there is no fake device `name`."""
    if name not in fake_devices():
        close = get_close_matches(name, fake_devices(), n=5, cutoff=0.4) or sorted(fake_devices())
        raise ValueError(f"no fake device {name!r}; close ones are {', '.join(close)}")


@cache
def calibration_id(name: str) -> str:
    """Hash over everything that the device's target knows of its qubits and gates."""
    target = device_target(name)
    gates = {
        f"{gate} {qubits}": (properties and (properties.duration, properties.error))
        for gate in target.operation_names
        for qubits, properties in (target[gate] or {}).items()
    }
    qubits = [(qubit.t1, qubit.t2, qubit.frequency) for qubit in target.qubit_properties or ()]
    text = json.dumps([name, target.dt, gates, qubits], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def device_noise(name: str, circuit: QuantumCircuit) -> tuple[QuantumCircuit, NoiseModel]:
    """The circuit, its delays made noisy, and the noise of the device's qubits that it uses.

    The same errors as `NoiseModel.from_backend` gives (depolarizing and thermal relaxation after
    each gate, readout), which takes seconds to build and to hand over for all of 133 qubits.
    """
    acting = [step for step in circuit.data if step.name != "barrier"]
    used = {circuit.find_bit(bit).index for step in acting for bit in step.qubits}
    if any(step.name == "delay" for step in acting):
        circuit = _relax_delays(name, circuit)
    return circuit, _noise_of_qubits(name, tuple(sorted(used)))


@lru_cache(maxsize=256)
def _noise_of_qubits(name: str, qubits: tuple[int, ...]) -> NoiseModel:
    from qiskit_aer.noise import NoiseModel
    from qiskit_aer.noise.device import basic_device_readout_errors

    target = device_target(name)
    model = NoiseModel(basis_gates=list(target.operation_names))
    for measured, error in basic_device_readout_errors(target=target):
        if set(measured) <= set(qubits):
            model.add_readout_error(error, measured)
    for operands in target.qargs or ():
        if set(operands) <= set(qubits):
            for gate, gate_operands, error in _errors_on(name, operands):
                model.add_quantum_error(error, gate, gate_operands)
    return model


@lru_cache(maxsize=4096)
def _errors_on(name: str, operands: tuple[int, ...]) -> list[tuple[str, tuple[int, ...], QuantumError]]:
    from qiskit_aer.noise.device import basic_device_gate_errors

    target = device_target(name)
    here = Target(num_qubits=target.num_qubits, dt=target.dt, qubit_properties=target.qubit_properties)
    for gate in target.operation_names:
        if operands in (target[gate] or {}):
            here.add_instruction(
                target.operation_from_name(gate), {operands: target[gate][operands]}, name=gate
            )
    return basic_device_gate_errors(target=here)


def _relax_delays(name: str, circuit: QuantumCircuit) -> QuantumCircuit:
    from qiskit.circuit import Delay
    from qiskit_aer.noise import RelaxationNoisePass

    target = device_target(name)
    qubits = target.qubit_properties
    return RelaxationNoisePass(
        t1s=[qubit.t1 for qubit in qubits],
        t2s=[min(qubit.t2, 2 * qubit.t1) for qubit in qubits],
        dt=target.dt,
        op_types=Delay,
    )(circuit)


@lru_cache(maxsize=64)
def given_noise(noise: Figures) -> NoiseModel:
    """The same errors on all qubits: after every native gate (`IDEAL_GATES`) and at readout."""
    from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error, thermal_relaxation_error

    after_1q = depolarizing_error(noise.depolarizing_1q, 1)
    after_2q = depolarizing_error(noise.depolarizing_2q, 2)
    if noise.t1 is not None and noise.t2 is not None:
        idle_1q = thermal_relaxation_error(noise.t1, noise.t2, noise.gate_time_1q)
        idle_2q = thermal_relaxation_error(noise.t1, noise.t2, noise.gate_time_2q)
        after_1q, after_2q = after_1q.compose(idle_1q), after_2q.compose(idle_2q.tensor(idle_2q))
    model = NoiseModel()
    model.add_all_qubit_quantum_error(after_1q, list(ONE_QUBIT_GATES))
    model.add_all_qubit_quantum_error(after_2q, list(TWO_QUBIT_GATES))
    flip = noise.readout_error
    model.add_all_qubit_readout_error(ReadoutError([[1 - flip, flip], [flip, 1 - flip]]))
    return model
