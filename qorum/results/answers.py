"""Whether what a backend returned can be an answer to what it was asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit

from qorum.counts import Counts

if TYPE_CHECKING:  # of a backend's process that needs no torch, torch would be half of the start
    from qorum.statevector.observables import PauliSum

ROUNDING = 1e-5
"""By which an expectation value may exceed its bounds, relative to them: single precision has 1e-7 a gate."""


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


def fault_of_batch(found: Sequence[Any], circuits: Sequence[QuantumCircuit], shots: int) -> str:
    """Why a list cannot be the counts of these circuits in this order; empty if it can."""
    if len(found) != len(circuits):
        return f"{len(circuits)} histograms expected from the backend, found {len(found)}"
    faults = (fault_of_counts(counts, one, shots) for counts, one in zip(found, circuits, strict=True))
    return next((fault for fault in faults if fault), "")


def fault_of_expectations(found: Sequence[Any], observable: PauliSum, count: int) -> str:
    """Why a list cannot be the expectation values of an observable in so many states; empty if it can."""
    if len(found) != count:
        return f"{count} expectation values expected from the backend, found {len(found)}"
    most = sum(abs(term.coefficient) for term in observable.terms)
    for value in found:
        if not isinstance(value, Real):
            return f"real expectation values expected from the backend, found {value!r}"
        if math.isnan(value):
            continue  # a training halts at it by a rule of its own, and keeps its last good state
        if abs(float(value) - observable.constant) > most + ROUNDING * (most + abs(observable.constant)):
            low, high = observable.constant - most, observable.constant + most
            return f"expectation values from {low:g} to {high:g} expected from the backend, found {value:g}"
    return ""
