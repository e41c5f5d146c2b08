"""The referee's work in a child process: amplitudes take time and memory, and are computed once a circuit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from qorum.circuits.formats import from_qpy
from qorum.circuits.sandbox import Sandbox
from qorum.results.referee.findings import Refereed, referee
from qorum.results.referee.ideal import Ideal, NoReferee, ideal_of
from qorum.results.verdict import Replica

SECONDS = 20.0
"""A circuit that takes longer, against what was foreseen, is given up."""

REMEMBERED = 16
LARGEST_REMEMBERED = 20
"""Bits of the widest distribution that is remembered in case more shots are bought."""


@dataclass(frozen=True)
class Hearing:
    """A circuit as it was accepted, and its replicas.

    Attributes:
        digest: its identity.
        qpy: itself, as `formats.to_qpy` writes it.
        replicas: what is to be judged.
    """

    digest: str
    qpy: bytes
    replicas: tuple[Replica, ...]


def hear_all(hearings: Sequence[Hearing], sandbox: Sandbox, memory_bytes: int) -> list[Refereed]:
    """Every hearing's findings, in order; where there is no referee, the reason in `source`.

    Args:
        hearings: one for each circuit.
        sandbox: where it is done.
        memory_bytes: what one circuit's amplitudes may take.
    """
    jobs = [(memory_bytes, hearing) for hearing in hearings]
    found = sandbox.map(hear, jobs, seconds=SECONDS)
    return [one if isinstance(one, Refereed) else Refereed(f"no exact referee: {one}") for one in found]


def hear(job: tuple[int, Hearing]) -> Refereed:
    """One hearing, in this process."""
    memory_bytes, hearing = job
    ideal = _ideal(hearing, memory_bytes)
    return Refereed(str(ideal)) if isinstance(ideal, NoReferee) else referee(ideal, hearing.replicas)


_remembered: OrderedDict[str, Ideal | NoReferee] = OrderedDict()


def _ideal(hearing: Hearing, memory_bytes: int) -> Ideal | NoReferee:
    known = _remembered.get(hearing.digest)
    if known is not None:
        return known
    try:
        found = ideal_of(from_qpy(hearing.qpy), memory_bytes)
    except NoReferee as reason:
        found = reason
    if isinstance(found, NoReferee) or found.width <= LARGEST_REMEMBERED:
        _remembered[hearing.digest] = found
        if len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return found
