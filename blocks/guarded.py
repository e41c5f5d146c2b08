"""A backend as trainings use it: with the guards that runs have, and paid from the training's purse."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.batches import (
    SECONDS_A_GATE,
    SECONDS_A_NUMBER,
    SMALL,
    TRIFLE_SECONDS,
    loaded,
    process_of,
)
from blocks.settings import settings
from qorum.backends import BackendProfile, Billed
from qorum.circuits.accepted import gate_counts
from qorum.circuits.formats import from_qpy, to_qpy
from qorum.counts import Counts
from qorum.errors import BackendFailed, QorumError
from qorum.ledger.budget import Purse

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum

T = TypeVar("T")

_numbers = count(1)


class GuardedBackend:
    """Runs what may take long in the backend's own process, which can be ended, and reserves before it buys.

    Args:
        name: of the backend, as users write it.
        purse: what is paid from.
    """

    def __init__(self, name: str, purse: Purse) -> None:
        self._block, self._purse = load_backend(name), purse

    @cached_property
    def _profile(self) -> BackendProfile:
        return self._block.profile()

    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""
        return self._profile

    @property
    def can_expect(self) -> bool:
        """See `qorum.backends.ExpectationBackend.can_expect`."""
        return self._block.can_expect

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`.

        Raises:
            BudgetExceeded: it may cost more than is left; nothing was asked.
        """
        return self._bought(circuits, shots, "run", (shots, list(seeds)))

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        """See `qorum.backends.ExpectationBackend.expectation`.

        Raises:
            BudgetExceeded: it may cost more than is left; nothing was asked.
        """
        return self._bought(circuits, 0, "expectation", (list(observables),))

    def _bought(self, circuits: Sequence[QuantumCircuit], shots: int, method: str, asked: Any) -> list[Any]:
        price, most_seconds = self._profile.price, self._most_seconds(circuits, shots)
        answer = self._here if self._may_run_here(circuits, most_seconds) else self._apart
        work = partial(answer, circuits, method, asked)
        if price.is_free:
            return work()
        gates = [gate_counts(circuit) for circuit in circuits]
        return self._paid(
            work,
            lambda seconds: price.of(
                [Billed(shots, seconds / len(circuits), ones, twos) for ones, twos in gates]
            ),
            most_seconds,
        )

    def _paid(self, work: Callable[[], T], cost: Callable[[float], float], most_seconds: float) -> T:
        """Of a failure that the backend tells, nothing is charged; where it falls silent, all may be."""
        purchase, most = f"batch {next(_numbers)}", cost(most_seconds)
        self._purse.reserve(purchase, most)
        started = time.perf_counter()
        try:
            found = work()
        except BackendFailed as error:
            if not isinstance(error, Silent):
                self._purse.release(purchase)
                raise
            self._purse.settle(purchase, most)
            raise BackendFailed(error.backend, error.reason) from error
        except Exception:
            self._purse.settle(purchase, most)
            raise
        self._purse.settle(purchase, cost(time.perf_counter() - started))
        return found

    def _here(self, circuits: Sequence[QuantumCircuit], method: str, asked: Any) -> list[Any]:
        return list(getattr(self._block, method)(circuits, *asked))

    def _apart(self, circuits: Sequence[QuantumCircuit], method: str, asked: Any) -> list[Any]:
        name = self._block.backend_name
        packed = [to_qpy(circuit) for circuit in circuits]
        (found,) = process_of(name).map(
            partial(_answer_in_child, name, method), [(packed, asked)], seconds=settings().circuit_seconds
        )
        if isinstance(found, BackendFailed):
            raise found
        if isinstance(found, QorumError):
            raise Silent(name, str(found))
        return list(found)

    def _may_run_here(self, circuits: Sequence[QuantumCircuit], most_seconds: float) -> bool:
        if not self._block.may_share_process or most_seconds >= TRIFLE_SECONDS:
            return False
        return all(circuit.num_qubits <= SMALL for circuit in circuits)

    def _most_seconds(self, circuits: Sequence[QuantumCircuit], shots: int) -> float:
        """A bound for circuits that measure at their end; noise by density matrices or trajectories."""
        a_state = [2.0**circuit.num_qubits for circuit in circuits]
        if self._profile.noisy:
            a_state = [max(size * size, size * shots) for size in a_state]
        return sum(
            circuit.size() * (SECONDS_A_NUMBER * size + SECONDS_A_GATE)
            for circuit, size in zip(circuits, a_state, strict=True)
        )


class Silent(BackendFailed):
    """The backend broke, or its process ended, without an answer: nobody knows what was charged."""


def _answer_in_child(name: str, method: str, asked: tuple[list[bytes], Any]) -> list[Any] | BackendFailed:
    packed, rest = asked
    try:
        return list(getattr(loaded(name), method)([from_qpy(circuit) for circuit in packed], *rest))
    except BackendFailed as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the backend's failure, and told
        return Silent(name, f"the backend broke: {type(error).__name__}: {error}")
