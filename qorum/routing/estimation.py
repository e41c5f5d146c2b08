"""What a circuit is likely to become on a device, before anything is compiled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.circuit import Delay, Operation
from qiskit.transpiler import Target

from qorum.circuits.sizes import entangling_gates
from qorum.circuits.walks import placed_steps
from qorum.routing.calibration import delay_seconds, typical

DIAGONAL = frozenset({"rz", "p", "u1", "z", "s", "sdg", "t", "tdg", "id"})
"""One-qubit gates that are free wherever `rz` is."""

HALF_TURNS = frozenset({"h", "x", "y", "sx", "sxdg", "u2"})
"""One-qubit gates that take one `sx` or `x` besides `rz`; all others take two."""

ENTANGLERS = {
    **dict.fromkeys(("cx", "cz", "cy", "ch", "ecr"), 1),
    **dict.fromkeys(("rzz", "rxx", "ryy", "rzx", "cp", "cu1", "crx", "cry", "crz", "cu", "cu3"), 2),
    **{"dcx": 2, "iswap": 2, "swap": 3},
}
"""How many native two-qubit gates a two-qubit gate takes that is not native itself."""

SWAPS_PER_GATE = 1.55
"""Fitted to Qiskit's router at level 1: 70 circuits of 4 to 16 qubits on two heavy-hex devices."""


class Expected:
    """A device's medians applied to a circuit that is not compiled: a `Calibration` of any qubits."""

    def __init__(self, circuit: QuantumCircuit, target: Target) -> None:
        self._device = typical(target)
        self._overhead = swap_overhead(circuit, self._device.neighbours)
        self._weights: dict[tuple[str, int], tuple[float, float]] = {}

    def cost(self, operation: Operation, qubits: Sequence[int]) -> tuple[float, float]:
        """See `Calibration.cost`."""
        device = self._device
        if operation.name == "measure":
            return device.readout
        if operation.name == "reset":
            return 0.0, device.readout[1]
        ones, twos = self._native_gates(operation)
        twos *= self._overhead
        survival = (1 - device.one_qubit[0]) ** ones * (1 - device.two_qubit[0]) ** twos
        return 1 - survival, ones / len(qubits) * device.one_qubit[1] + twos * device.two_qubit[1]

    def delay(self, operation: Delay) -> float:
        """See `Calibration.delay`."""
        return delay_seconds(operation, self._device.dt)

    def relaxation(self, qubit: int) -> tuple[float, float]:  # noqa: ARG002 (all qubits are alike)
        """See `Calibration.relaxation`."""
        return self._device.t1, self._device.t2

    def _native_gates(self, operation: Operation) -> tuple[float, float]:
        """How many native one-qubit and two-qubit gates an operation takes, swaps left out."""
        key = (operation.name, operation.num_qubits)
        if key not in self._weights:
            self._weights[key] = self._count(operation)
        return self._weights[key]

    def _count(self, operation: Operation) -> tuple[float, float]:
        name, width, device = operation.name, operation.num_qubits, self._device
        if name in device.free or (name in DIAGONAL and "rz" in device.free) or width == 0:
            return 0.0, 0.0
        if width == 1:
            return (1.0 if name in device.native or name in HALF_TURNS else 2.0), 0.0
        if width == 2 and (name in device.native or name in ENTANGLERS):
            return (0.0, 1.0) if name in device.native else (2.0, float(ENTANGLERS[name]))
        definition = None if name == "unitary" else getattr(operation, "definition", None)
        if definition is None:
            twos = entangling_gates(width)
            return 2 * twos, twos
        parts = [self._native_gates(part.operation) for part in definition.data]
        return sum(ones for ones, _ in parts), sum(twos for _, twos in parts)


def swap_overhead(circuit: QuantumCircuit, neighbours: Sequence[int]) -> float:
    """How many times more two-qubit gates a circuit takes on a device of limited connectivity.

    A circuit fits without swaps if its interactions form no cycle and no qubit has more partners
    than the device's best connected qubit has neighbours. Every other one is taken to need
    `SWAPS_PER_GATE`/degree · (1 − 2/n) swaps of three gates for each two-qubit gate.

    Args:
        circuit: any circuit.
        neighbours: how many each qubit of the device has; empty where all are connected.

    Returns:
        A factor of at least 1.
    """
    partners: dict[int, set[int]] = defaultdict(set)
    for step, qubits in placed_steps(circuit):
        if len(qubits) > 1 and step.name != "barrier":
            for qubit in qubits:
                partners[qubit].update(other for other in qubits if other != qubit)
    if not partners or not neighbours or _fits(partners, max(neighbours)):
        return 1.0
    degree = sum(neighbours) / len(neighbours)
    return 1.0 + 3.0 * SWAPS_PER_GATE / degree * (1 - 2 / len(partners))


def _fits(partners: Mapping[int, set[int]], most_neighbours: int) -> bool:
    graph = rx.PyGraph(multigraph=False)
    node_of = dict(zip(partners, graph.add_nodes_from(list(partners)), strict=True))
    edges = [(node_of[one], node_of[other]) for one, others in partners.items() for other in others]
    graph.add_edges_from_no_data(edges)
    acyclic = graph.num_edges() == graph.num_nodes() - rx.number_connected_components(graph)
    return acyclic and all(len(others) <= most_neighbours for others in partners.values())
