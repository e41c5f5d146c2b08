"""What can be asked of a state that is sharded over ranks, and how they talk; all of it is collective."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
import torch.distributed as dist

from qorum.statevector.gate_ir import mask_of
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.layout import bits, moved_dimensions, runs
from qorum.statevector.observables import PauliSum
from qorum.statevector.program import EngineProgram
from qorum.statevector.sampling import draw, histogram

Tensor = torch.Tensor


class ShardedState:
    """One rank's part of a state.

    Attributes:
        shard: amplitudes, shape [2**(n-g)].
        labels: for each rank the high bits of the index of all that it holds.
        places: the bit of the index at which each qubit stands, the label's bits on top.
    """

    def __init__(
        self,
        name: str,
        program: EngineProgram,
        shard: Tensor,
        labels: tuple[int, ...],
        places: tuple[int, ...],
        group: dist.ProcessGroup | None,
    ) -> None:
        self.shard, self.labels, self.places = shard, labels, places
        self._name, self._program, self._group = name, program, group
        self._rank = dist.get_rank(group)
        self._num_local = len(shard).bit_length() - 1

    def norm(self) -> float:
        """The sum of all squared moduli, in float64."""
        return float(self._weights().sum())

    def amplitudes(self) -> Tensor:
        """The whole state on every rank, shape [2**n]; qubit q is bit q.

        Raises:
            CircuitRejected: it does not fit.
        """
        n = len(self.places)
        refuse_too_large(self._name, n, self.shard.dtype, self.shard.device)
        gathered = _gathered(torch.view_as_real(self.shard), self._group)
        shards = torch.view_as_complex(gathered.view(len(self.labels), -1, 2))
        by_label = sorted(range(len(self.labels)), key=lambda rank: self.labels[rank])
        qubits = sorted(range(n), key=lambda qubit: self.places[qubit])
        sizes, order = moved_dimensions(qubits, range(n))
        return shards[by_label].view(sizes).permute(order).reshape(-1)

    def sample(self, shots: int, seed: int) -> dict[str, int]:
        """A histogram of all clbits on every rank; no amplitude is sent.

        The shots are divided over the ranks by their weights with `seed`; each rank then draws its own
        with a seed made of `seed` and its number: repeatable for a number of ranks.

        Returns:
            Bit string (rightmost character: clbit 0) to how often it was seen.
        """
        weights = self._weights().cpu().numpy()
        own = int(np.random.default_rng(seed).multinomial(shots, weights / weights.sum())[self._rank])
        found, counts = draw(self.shard, own, np.random.default_rng((seed, self._rank)))
        index = found.astype(np.int64) | self.labels[self._rank] << self._num_local
        outcomes = np.zeros_like(index)
        for qubit, place in enumerate(self.places):
            outcomes |= (index >> place & 1) << qubit
        rows = torch.from_numpy(np.stack([outcomes, counts], axis=1)).to(self.shard.device)
        every = _gathered_rows(rows, self._group).cpu().numpy()
        width, readout = self._program.num_clbits, self._program.readout
        return histogram(every[:, 0], every[:, 1], 0, width, readout)

    def expectation(self, observable: PauliSum) -> float:
        """The expectation value of a Hermitian observable, in float64; the state is taken as normalized.

        Four shards are held at a time.

        Raises:
            CircuitRejected: it acts on more qubits than the circuit has.
        """
        observable.refuse_wider_than(self._name, len(self.places))
        by_flips: dict[int, list[tuple[int, complex]]] = defaultdict(list)
        for x, z, coefficient in observable.terms:
            # Y = i X Z.
            by_flips[self._index(x)].append((self._index(z), coefficient * 1j ** (x & z).bit_count()))
        total = torch.zeros(1, dtype=torch.float64, device=self.shard.device)
        partner, high = self.shard, 0
        for flips in sorted(by_flips):
            if flips >> self._num_local != high:
                high = flips >> self._num_local
                partner = self._partner(high)
            total += self._overlap(partner, flips & ((1 << self._num_local) - 1), by_flips[flips])
        dist.all_reduce(total, group=self._group)
        return observable.constant + float(total)

    def _index(self, qubits: int) -> int:
        return mask_of(tuple(self.places[qubit] for qubit in bits(qubits)))

    def _partner(self, flips: int) -> Tensor:
        """The shard of the rank whose label differs in the bits of `flips`."""
        peer = self.labels.index(self.labels[self._rank] ^ flips)
        return to_peers(self.shard.view(1, -1), [peer], self._group).view(-1)

    def _overlap(self, partner: Tensor, flips: int, terms: Sequence[tuple[int, complex]]) -> float:
        """Σ over terms and own indices j of factor · (-1)^|j & signs| · conj(partner[j ^ flips]) · own[j]."""
        products = _flipped(partner, flips, self._num_local).conj() * self.shard
        label = self.labels[self._rank]
        signed = [(z, -c if ((z >> self._num_local) & label).bit_count() & 1 else c) for z, c in terms]
        return _signed_sums(products, self._num_local, signed).real

    def _weights(self) -> Tensor:
        """The squared norm of each rank's shard, float64."""
        own = torch.linalg.vector_norm(self.shard).double().square()
        return _gathered(own.view(1), self._group)


def _flipped(shard: Tensor, flips: int, num_bits: int) -> Tensor:
    """The amplitudes at index ^ flips."""
    if not flips:
        return shard
    found = runs(flips, num_bits)
    sizes = [1 << length for length, _ in found]
    return shard.view(sizes).flip([place for place, (_, is_set) in enumerate(found) if is_set]).view(-1)


def _signed_sums(products: Tensor, num_bits: int, terms: Sequence[tuple[int, complex]]) -> complex:
    """Σ over terms (signs, factor) of factor · Σ_j (-1)^|j & signs| · products[j], bits above ignored.

    A Walsh-Hadamard transform, highest bit first, of which only what the terms ask for is computed.
    """
    if not num_bits:
        return complex(products) * sum(factor for _, factor in terms)
    zero, one = products.view(2, -1)
    total = 0j
    for is_set in (0, 1):
        asked = [term for term in terms if term[0] >> (num_bits - 1) & 1 == is_set]
        if asked:
            folded = zero - one if is_set else zero + one
            total += _signed_sums(folded.to(torch.complex128), num_bits - 1, asked)
    return total


def to_peers(parts: Tensor, peers: Sequence[int], group: dist.ProcessGroup | None) -> Tensor:
    """Sends one part to each of some ranks, and receives one from each.

    Args:
        parts: complex, shape [peers, amplitudes].
        peers: in ascending order; each of them lists this rank, too.
        group: the ranks.

    Returns:
        What the peers sent, shape [peers, amplitudes].
    """
    sent = torch.view_as_real(parts.contiguous()).view(-1, 2)
    received = torch.empty_like(sent)
    sizes = [0] * dist.get_world_size(group)
    for peer in peers:
        sizes[peer] = parts.shape[1]
    dist.all_to_all_single(received, sent, sizes, sizes, group=group)
    return torch.view_as_complex(received).view_as(parts)


def _gathered(own: Tensor, group: dist.ProcessGroup | None) -> Tensor:
    """The tensors of all ranks, which are of one shape, one after another."""
    every = own.new_empty(own.shape[0] * dist.get_world_size(group), *own.shape[1:])
    dist.all_gather_single(every, own.contiguous(), group=group)
    return every


def _gathered_rows(own: Tensor, group: dist.ProcessGroup | None) -> Tensor:
    """The rows of all ranks, which may differ in number."""
    lengths: list[int] = _gathered(torch.tensor([len(own)], device=own.device), group).tolist()
    padded = own.new_zeros(max(lengths), *own.shape[1:])
    padded[: len(own)] = own
    every = _gathered(padded, group).view(len(lengths), *padded.shape)
    return torch.cat([rows[:length] for rows, length in zip(every, lengths, strict=True)])
