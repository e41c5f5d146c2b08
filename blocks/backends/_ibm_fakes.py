"""IBM's offline fake devices: real calibrations of real devices, sampled here by Aer with their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qiskit import QuantumCircuit

from blocks.backends.aer_simulator import AerSimulator
from qorum.backends import BackendProfile
from qorum.counts import Counts
from qorum.errors import BackendFailed


def fake_device(fake: str) -> AerSimulator:
    """Aer with the noise of a fake device.

    Args:
        fake: its name without `fake_`, e.g. `torino`.

    Raises:
        ValueError: there is none, with close names.
    """
    return AerSimulator.model_validate({"noise": f"fake_{fake}"})


def fake_profile(fake: str, name: str) -> BackendProfile:
    """What Aer makes of the device: another backend of its engine, for the two share its bugs."""
    return replace(fake_device(fake).profile(), name=name)


def run_fake(
    fake: str, name: str, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]
) -> list[Counts]:
    """See `qorum.backends.LocalBackend.run`.

    Only the qubits in use are simulated. Compilation may put a circuit on more of them than it has, for swaps
    lead through others: too many are refused before Aer asks for their memory.
    """
    aer = fake_device(fake)
    most = aer.profile().num_qubits
    for circuit in circuits:
        used = {bit for step in circuit.data if step.name != "barrier" for bit in step.qubits}
        if len(used) > most:
            reason = f"{circuit.name}: at most {most} qubits in use expected, found {len(used)} once compiled"
            raise BackendFailed(name, reason)
    try:
        return [replace(counts, backend=name) for counts in aer.run(circuits, shots, seeds)]
    except BackendFailed as error:
        raise BackendFailed(name, error.reason) from None
