"""Which qubit stands at which bit of the state's index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise


class Layout:
    """A permutation of qubits: `order[p]` is the qubit at bit p of the index."""

    def __init__(self, order: Sequence[int]) -> None:
        self.order = list(order)
        self.place = [0] * len(self.order)
        for position, qubit in enumerate(self.order):
            self.place[qubit] = position

    def positions(self, qubits: int) -> int:
        """The bit mask of positions for a bit mask of qubits."""
        mask = 0
        for qubit in bits(qubits):
            mask |= 1 << self.place[qubit]
        return mask


def bits(mask: int) -> Iterator[int]:
    """The set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def runs(mask: int, num_bits: int) -> list[tuple[int, bool]]:
    """Lengths of the runs of equal bits, highest bits first, and whether they are set."""
    found: list[tuple[int, bool]] = []
    for position in reversed(range(num_bits)):
        is_set = bool(mask >> position & 1)
        if found and found[-1][1] == is_set:
            found[-1] = (found[-1][0] + 1, is_set)
        else:
            found.append((1, is_set))
    return found


def moved_dimensions(old: Sequence[int], new: Sequence[int]) -> tuple[list[int], list[int]]:
    """A change of layout as a transposition with few dimensions.

    Args:
        old: the qubit at each bit, lowest first.
        new: likewise, afterwards.

    Returns:
        Sizes of the dimensions before, highest first, and their order afterwards.
    """
    highest_first = list(reversed(old))
    chunks: list[list[int]] = []
    after = list(reversed(new))
    follower = dict(pairwise(after))
    for qubit in highest_first:
        if chunks and follower.get(chunks[-1][-1]) == qubit:
            chunks[-1].append(qubit)
        else:
            chunks.append([qubit])
    first = {chunk[0]: place for place, chunk in enumerate(chunks)}
    order = [first[qubit] for qubit in after if qubit in first]
    return [1 << len(chunk) for chunk in chunks], order
