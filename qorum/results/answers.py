"""What a backend answers, whatever it raises or returns: what it was asked for, or a failure in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

from qiskit import QuantumCircuit

from qorum.backends import ExpectationBackend, LocalBackend
from qorum.circuits.hidden import without_hidden
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.ledger.jobs import Computed, Failure, Outcome

if TYPE_CHECKING:  # of a backend's process that needs no torch, torch would be half of the start
    from qorum.statevector.observables import PauliSum

ROUNDING = 1e-5
"""By which an expectation value may exceed its bounds, relative to them: single precision has 1e-7 a gate."""

LONGEST_REASON = 500
"""Characters of what an unforeseen error says that are kept."""


def ask(
    backend: LocalBackend,
    circuits: Sequence[QuantumCircuit],
    shots: int,
    seeds: Sequence[int],
    observable: PauliSum | None = None,
) -> list[Outcome]:
    """Ask a backend once; nothing that it does ends more than this batch.

    Args:
        backend: with its library loaded.
        circuits: compiled and bound; hidden bits are left out of their counts.
        shots: samples of each.
        seeds: one for each.
        observable: whose expectation value is asked for instead of samples.

    Returns:
        For each circuit, in order, counts or an expectation value as `value`, or why there is none.
    """
    try:
        if observable is None:
            found: list[Any] = list(backend.run(circuits, shots, seeds))
        else:
            able = cast("ExpectationBackend", backend)
            found = list(able.expectation(circuits, [observable] * len(circuits)))
    except BackendFailed as error:
        return [Failure(error.reason, error.retryable, refused=True)] * len(circuits)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # an interrupt is not the backend's fault; a panic of Rust code is
        return [broken(error)] * len(circuits)
    return judged(found, circuits, shots, observable)


def judged(
    found: Sequence[Any],
    circuits: Sequence[QuantumCircuit],
    shots: int,
    observable: PauliSum | None = None,
) -> list[Outcome]:
    """What a backend brought, as far as it can be what it was asked for; see `ask`."""
    if len(found) != len(circuits):
        what = "histograms" if observable is None else "expectation values"
        reason = f"{len(circuits)} {what} expected from the backend, found {len(found)}"
        return [Failure(reason, retryable=True)] * len(circuits)
    if observable is not None:
        return [_computed(value, observable) for value in found]
    return [_counted(counts, circuit, shots) for counts, circuit in zip(found, circuits, strict=True)]


def broken(error: BaseException) -> Failure:
    """What a backend raised that it should not have: whether it charged is not known."""
    return Failure(f"the backend broke: {type(error).__name__}: {str(error)[:LONGEST_REASON]}")


def _counted(counts: Any, circuit: QuantumCircuit, shots: int) -> Outcome:
    if fault := fault_of_counts(counts, circuit, shots):
        return Failure(fault, retryable=True)
    return without_hidden(counts, circuit)


def _computed(value: Any, observable: PauliSum) -> Outcome:
    if fault := fault_of_expectation(value, observable):
        return Failure(fault, retryable=True)
    return Computed({"value": float(value)})


def fault_of_counts(counts: Any, circuit: QuantumCircuit, shots: int) -> str:
    """Why an object cannot be the counts of a circuit at so many shots; empty if it can."""
    if not isinstance(counts, Counts):
        return f"counts expected from the backend, found {type(counts).__name__}"
    if not all(isinstance(count, Integral) for count in counts.histogram.values()):
        return "whole numbers as counts expected from the backend, found others"
    if counts.shots != shots:
        return f"{shots} shots expected from the backend, found {counts.shots}"
    if counts.num_bits != circuit.num_clbits:
        return f"keys of {circuit.num_clbits} bits expected from the backend, found {counts.num_bits}"
    return ""


def fault_of_expectation(value: Any, observable: PauliSum) -> str:
    """Why an object cannot be the expectation value of an observable; empty if it can."""
    if not isinstance(value, Real):
        return f"real expectation values expected from the backend, found {value!r}"
    if math.isnan(value):
        return ""  # a training halts at it by a rule of its own, and keeps its last good state
    most = sum(abs(term.coefficient) for term in observable.terms)
    if abs(float(value) - observable.constant) > most + ROUNDING * (most + abs(observable.constant)):
        low, high = observable.constant - most, observable.constant + most
        return f"expectation values from {low:g} to {high:g} expected from the backend, found {value:g}"
    return ""
