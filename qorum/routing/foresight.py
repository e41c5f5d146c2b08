"""What is foreseen of a run before anything was measured: by it default runs choose, always alike.

Learned run times drift with every run, and a choice that drifts is a result that cannot be repeated
(docs/adr/020). What is foreseen depends on the circuit, the backend's stated pace, and nothing else.
"""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit

from qorum.backends import BackendProfile
from qorum.circuits.sizes import CircuitSize
from qorum.circuits.targets import NOT_GATES
from qorum.circuits.walks import blocks_of, placed_steps
from qorum.routing.runtimes import LARGEST_STATE, PRIORS, BatchLoad

DEMANDING_SECONDS = 1.0
DEMANDING_QUBITS = 24
"""A circuit is demanding if a state vector takes longer, or if it has more qubits than every general engine
takes: then methods are considered that suit some circuits only."""

MOST_FORKS = 60
SECONDS_A_TENSOR = 2e-8
"""For each number that a step on matrix product states touches."""

_ONE_BIT = frozenset(
    (
        *("cx", "cy", "cz", "ch", "cp", "cu1", "crx", "cry", "crz", "cu", "cu3", "cs", "csdg", "csx"),
        *("rzz", "rxx", "ryy", "rzx", "ecr"),
    )
)
"""Gates on two qubits that add at most one bit of entanglement; any other adds two."""


def foresee(
    profile: BackendProfile, num_qubits: int, size: CircuitSize, shots: int, *, forks: int, bond: int | None
) -> float:
    """Seconds of one circuit on a backend: waiting, loading its library, running.

    Args:
        profile: the backend.
        num_qubits: of the circuit.
        size: of the circuit.
        shots: samples.
        forks: measurements and resets in mid-circuit; see `forks_of`.
        bond: see `bond_of`; None where it was not looked at.
    """
    repeats = 1.0
    if forks:
        keeps_no_state = profile.num_qubits > LARGEST_STATE or profile.clifford_only
        repeats = float(shots if keeps_no_state else min(shots, 2 ** min(forks, MOST_FORKS)))
    terms = BatchLoad.of(profile, [(num_qubits, size)], shots).terms
    each = PRIORS[profile.pool].seconds
    often = (1.0, 1.0, repeats, repeats, 1.0)
    seconds = sum(one * count * times for one, count, times in zip(each, terms, often, strict=True))
    if profile.largest_bond is not None and bond is not None:
        dimension = 2.0 ** min(bond, profile.largest_bond)
        steps = size.blocks * dimension**3 + shots * num_qubits * dimension**2
        seconds += SECONDS_A_TENSOR * steps * (shots if forks else 1)
    return profile.queue_wait + profile.load_seconds + profile.pace * seconds


def is_demanding(num_qubits: int, size: CircuitSize, shots: int, forks: int) -> bool:
    """Whether general engines, which keep a state vector, take long for it or cannot at all."""
    histories = min(shots, 2 ** min(forks, MOST_FORKS))
    seconds = 2.0 ** min(num_qubits, 100) * size.blocks * histories * PRIORS["cpu"].seconds[2]
    return num_qubits > DEMANDING_QUBITS or seconds > DEMANDING_SECONDS


def forks_of(circuit: QuantumCircuit) -> int:
    """Measurements and resets after which gates follow: each may double what a state vector must follow."""
    forks, later = 0, set[Any]()
    for step in reversed(circuit.data):
        if step.is_control_flow():
            inner = [own.name for block in blocks_of(step) for own in block.data]
            forks += sum(name in ("measure", "reset") for name in inner)
            later.update(step.qubits, step.clbits)
        elif step.name in ("measure", "reset"):
            forks += not later.isdisjoint((*step.qubits, *step.clbits))
            later.update(step.qubits if step.name == "reset" else ())
        elif step.name not in NOT_GATES:
            later.update(step.qubits)
    return forks


def bond_of(circuit: QuantumCircuit) -> int:
    """Bits of entanglement, at most, across any cut of the qubits in their order.

    A matrix product state of the circuit has bonds of at most 2 to that power: each gate across a cut adds
    the logarithm of its operator Schmidt rank, and no cut has more than the qubits of its smaller side.
    """
    width = circuit.num_qubits
    crossing = [0] * (width + 1)  # differences; a gate from low to high crosses the cuts low … high - 1
    for step, qubits in placed_steps(circuit):
        if len(qubits) > 1 and step.name not in ("barrier", "delay"):
            added = 1 if len(qubits) == 2 and step.name in _ONE_BIT else 2 * (len(qubits) - 1)
            crossing[min(qubits)] += added
            crossing[max(qubits)] -= added
    most, across = 0, 0
    for cut in range(width - 1):
        across += crossing[cut]
        most = max(most, min(across, cut + 1, width - 1 - cut))
    return most
