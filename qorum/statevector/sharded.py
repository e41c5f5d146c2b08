"""States too large for one device: sharded over the ranks of a `torch.distributed` process group.

Each of P = 2**g ranks holds 2**(n-g) amplitudes; which bits of the index are the rank's label, and when
that changes, is said by `qorum.statevector.exchange`. All methods are collective: every rank of the
group calls them, in one order, with the same arguments. Nothing is sent but:

* an exchange of k qubits: (1 - 2**-k) · 2**(n-g) amplitudes from each rank, in one `all_to_all_single`;
* an expectation value: 2**(n-g) amplitudes from each rank for each set of rank bits that a Pauli string
  of the sum flips, at most P - 1 times;
* samples: 8 bytes for each rank, and 16 for each basis state seen.

An amplitude has 8 bytes as complex64, 16 as complex128.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, sin

import torch
import torch.distributed as dist
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import CPU, Evolution
from qorum.statevector.exchange import Schedule, resolved, schedule, widest_matrix
from qorum.statevector.gate_ir import Element, RealRotation
from qorum.statevector.hardware import largest_circuit
from qorum.statevector.layout import moved_dimensions
from qorum.statevector.program import lower
from qorum.statevector.renaming import without_swaps
from qorum.statevector.sharded_state import ShardedState, to_peers

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class _Exchange:
    """Bits of a rank's index that change places with bits of labels.

    Attributes:
        before: the qubits at the bits of the index.
        after: likewise; those that leave highest.
        peers: the rank that gets each part, in the order of the leaving qubits' values; the parts of
            the arriving qubits' values come from the same ranks.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    peers: tuple[int, ...]


class ShardedCircuit:
    """A circuit without mid-circuit measurement, lowered and planned once for this rank."""

    def __init__(
        self,
        circuit: QuantumCircuit,
        *,
        dtype: torch.dtype = torch.complex64,
        device: torch.device = CPU,
        group: dist.ProcessGroup | None = None,
        ranks_on_host: int = 1,
    ) -> None:
        """Plan a circuit, with or without free parameters.

        Args:
            circuit: the same on all ranks.
            dtype: of the amplitudes.
            device: where this rank keeps its shard.
            group: 2**g ranks; None: all. Its backend suits the device: gloo for a CPU, NCCL for CUDA.
            ranks_on_host: how many of them divide this host's memory; `torchrun` tells it in the variable
                LOCAL_WORLD_SIZE. Of no account for accelerators.

        Raises:
            CircuitRejected: see `lower`; or the state depends on a measurement, no process group is
                initialized, its size is not a power of two, or the shards are too small or too large.
        """
        self.name, self.dtype, self.device, self.group = circuit.name, dtype, device, group
        self.rank, num_ranks = _place_in(group, circuit.name)
        self.num_qubits = circuit.num_qubits
        self.num_local = self.num_qubits - (num_ranks.bit_length() - 1)
        _refuse_misfit(circuit, num_ranks, ranks_on_host, dtype, device)
        self.program = lower(circuit)
        elements, self._wires = without_swaps(self.program.elements(circuit.name), self.num_qubits)
        if widest_matrix(elements) > self.num_local:
            raise CircuitRejected(
                self.name,
                f"matrices of at most {self.num_local} qubits fit on one of {num_ranks} ranks,"
                f" found {widest_matrix(elements)}; use fewer ranks",
            )
        self.schedule: Schedule = schedule(elements, self.num_qubits, self.num_local)
        self._labels = list(range(num_ranks))
        self._evolutions: list[Evolution] = []
        self._exchanges: list[_Exchange] = []
        self._plan()

    def _plan(self) -> None:
        segments, slots = self.schedule.segments, len(self.program.angles)
        opening = self.schedule.opening
        local = [opening[qubit] for qubit in segments[0].local if qubit in opening]
        bit = {qubit: place for place, qubit in enumerate(segments[0].local)}
        begin: list[Element] = [RealRotation(bit[turn.qubit], turn.parts) for turn in local]
        for place, segment in enumerate(segments):
            if place:
                self._exchanges.append(self._exchange(place))
            mine = [*begin, *resolved(segment, self._labels, self.rank)]
            begin = []
            evolution = Evolution(mine, self.num_local, slots, dtype=self.dtype, device=self.device)
            self._evolutions.append(evolution)

    def _exchange(self, place: int) -> _Exchange:
        before, after = self.schedule.segments[place - 1], self.schedule.segments[place]
        changed = [bit for bit, qubit in enumerate(before.ranked) if qubit != after.ranked[bit]]
        leaving = [after.ranked[bit] for bit in changed]
        holder = {label: rank for rank, label in enumerate(self._labels)}
        kept = self._labels[self.rank] & ~sum(1 << bit for bit in changed)
        values = range(1 << len(changed))
        labels = [kept | sum((v >> i & 1) << bit for i, bit in enumerate(changed)) for v in values]
        stay = [qubit for qubit in before.local if qubit not in leaving]
        return _Exchange(before.local, (*stay, *leaving), tuple(holder[label] for label in labels))

    def angles(self, parameters: Tensor | Sequence[float] | None = None) -> list[float]:
        """The angles of all gates, in radians, for the free parameters, shape [parameters].

        Raises:
            CircuitRejected: another number of parameters, or one that is not finite.
        """
        count = len(self.program.angles.parameters)
        given = torch.as_tensor(() if parameters is None else parameters, dtype=torch.float64)
        if given.shape != (count,):
            found = "x".join(map(str, given.shape)) or "one number"
            raise CircuitRejected(self.name, f"values for {count} free parameters expected, found {found}")
        if not bool(given.isfinite().all()):
            raise CircuitRejected(self.name, "finite parameters expected, found NaN or infinity")
        angles, numbers = self.program.angles, given.tolist()
        found = list(angles.offsets)
        for slot, place, weight in angles.weights:
            found[slot] += weight * numbers[place]
        return found

    @torch.no_grad()
    def evolve(self, parameters: Tensor | Sequence[float] | None = None) -> ShardedState:
        """The state before final measurements, from |0…0>, global phase included.

        Args:
            parameters: in the order of `QuantumCircuit.parameters`, shape [parameters]; the same on
                all ranks.
        """
        angles = self.angles(parameters)
        values = torch.tensor(angles, dtype=torch.float64, device=self.device)
        # The amplitude may be 0: all ranks run alike, as they exchange alike.
        state = self._evolutions[0].from_zero(values) * self._opening_amplitude(angles)
        for exchange, evolution in zip(self._exchanges, self._evolutions[1:], strict=True):
            state = evolution.onward(self._exchanged(state, exchange), values)
        last = self.schedule.segments[-1]
        places = {wire: place for place, wire in enumerate((*last.local, *last.ranked))}
        return ShardedState(
            self.name,
            self.program,
            state[0],
            tuple(self._labels),
            tuple(places[wire] for wire in self._wires),
            self.group,
        )

    def _opening_amplitude(self, angles: list[float]) -> float:
        """What the first turns of the qubits of this rank's label, which is the rank, give it of |0…0>."""
        product = 1.0
        for bit, qubit in enumerate(self.schedule.segments[0].ranked):
            turn = self.schedule.opening.get(qubit, RealRotation(qubit, ()))
            product *= _turned_zero(turn, angles)[self.rank >> bit & 1]
        return product

    def _exchanged(self, state: Tensor, exchange: _Exchange) -> Tensor:
        sizes, order = moved_dimensions(exchange.before, exchange.after)
        parts = state.view(sizes).permute(order).reshape(len(exchange.peers), -1)
        by_rank = sorted(range(len(exchange.peers)), key=lambda part: exchange.peers[part])
        is_sorted = by_rank == list(range(len(by_rank)))
        sent = parts if is_sorted else parts[by_rank]
        received = to_peers(sent, sorted(exchange.peers), self.group)
        if not is_sorted:
            received = received[sorted(range(len(by_rank)), key=lambda place: by_rank[place])]
        return received.view(1, -1)


def _place_in(group: dist.ProcessGroup | None, name: str) -> tuple[int, int]:
    """This process's rank in a group, and the number of ranks."""
    if not dist.is_initialized():
        raise CircuitRejected(name, "an initialized torch.distributed process group expected, found none")
    rank, size = dist.get_rank(group), dist.get_world_size(group)
    if rank < 0:
        raise CircuitRejected(name, "a process group that this process is in expected, found another")
    if size & (size - 1):
        raise CircuitRejected(name, f"a power of two of ranks expected, found {size}")
    return rank, size


def _refuse_misfit(
    circuit: QuantumCircuit, num_ranks: int, ranks_on_host: int, dtype: torch.dtype, device: torch.device
) -> None:
    """Raises `CircuitRejected`, before anything is allocated, for shards that are too small or too large."""
    n, shared = circuit.num_qubits, num_ranks.bit_length() - 1
    if n <= shared:
        reason = f"at least {shared + 1} qubits expected on {num_ranks} ranks, found {n}; use fewer ranks"
        raise CircuitRejected(circuit.name, reason)
    neighbours = ranks_on_host if device.type == "cpu" else 1
    most = largest_circuit(dtype, device) - (neighbours - 1).bit_length() + shared
    if n > most:
        kind = str(dtype).removeprefix("torch.")
        reason = f"at most {most} qubits fit on {num_ranks} ranks with {device} as {kind}, found {n}"
        raise CircuitRejected(circuit.name, reason)


def _turned_zero(turn: RealRotation, angles: Sequence[float]) -> tuple[float, float]:
    """The real amplitudes of |0> and |1> that a turn makes of |0>."""
    zero, one = 1.0, 0.0
    for part in turn.parts:
        if isinstance(part, int):
            c, s = cos(angles[part] / 2), sin(angles[part] / 2)
            part = (c, -s, s, c)
        zero, one = part[0] * zero + part[1] * one, part[2] * zero + part[3] * one
    return zero, one
