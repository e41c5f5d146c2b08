"""One of Braket's devices as routing and compilation see it."""

from __future__ import annotations

from datetime import UTC, datetime

from qiskit.transpiler import Target

from blocks.backends._aws_calibration import Errors, device_target, ionq_means
from blocks.backends._aws_devices import DeviceRecord, maker_of, simulator_of
from blocks.backends._aws_prices import time_bound
from blocks.backends._braket_gates import BRAKET_GATES
from qorum.backends import BackendProfile, Price
from qorum.circuits.native import ideal_target


def device_profile(device: DeviceRecord, name: str, price: Price, now: datetime) -> BackendProfile:
    """A device, or a simulator.

    Args:
        device: as it describes itself.
        name: of the backend.
        price: of its tasks.
        now: for when it opens, with its zone.

    Raises:
        ValueError: it takes no circuits in OpenQASM.
    """
    told, maker, simulator = device.capabilities, maker_of(device.arn), simulator_of(device.arn)
    target = _target(device)
    updated = None if simulator else told.service.updated_at
    if updated and updated.tzinfo is None:  # some devices tell it without a zone
        updated = updated.replace(tzinfo=UTC)
    return BackendProfile(
        name=name,
        provider=maker,
        engine=simulator or maker,
        device=device.arn.rpartition("/")[2].lower(),
        pool="qpu",
        num_qubits=(None if simulator else target.num_qubits) or told.paradigm.qubits,
        target=target,
        noisy=not simulator,
        max_shots=told.service.shots[1],
        max_circuits=device.max_circuits,
        queue_wait=device.wait(now),
        price=price,
        time_bound=time_bound(simulator or ""),
        calibration_id=updated.isoformat() if updated else None,
        calibrated_at=updated,
    )


def _target(device: DeviceRecord) -> Target:
    operations, paradigm = device.operations, device.capabilities.paradigm
    if simulator_of(device.arn):
        taken = [name for name, theirs in BRAKET_GATES.items() if theirs in operations]
        return ideal_target(dynamic=False, gates=tuple(taken))
    errors = Errors(device.capabilities.standardized, ionq_means(device.capabilities.provider))
    linked = paradigm.connectivity
    graph = None if linked.full else linked.graph
    return device_target(paradigm.qubits, graph, paradigm.native, operations, errors)
