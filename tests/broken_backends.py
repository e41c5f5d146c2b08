"""Backends that break in ways nobody foresaw. Registered by the tests that need them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile, Price
from qorum.counts import Counts

Fault = Literal[
    "no",
    "raises",
    "panics",
    "too few",
    "too many",
    "wide",
    "few shots",
    "text",
    "none",
    "dies",
    "hangs",
    "profile",
    "load",
]

POISON = 3
"""Only circuits of so many qubits trigger a fault where `every` is off."""


class PanicException(BaseException):
    """Named as what pyo3 raises when Rust code panics, which is no `Exception` either."""


class BreakingBackend(BackendBlock):
    """An honest simulator that breaks on some circuits, or on all."""

    _block_type_name = "Breaking Backend"
    short_name: ClassVar[str] = "breaking"

    fault: Fault = Field(default="no", title="Fault")
    every: bool = Field(default=False, title="Every circuit")
    price: float = Field(default=0.0, title="Price", description="Of a circuit, in USD.")

    _honest: TorchStatevector = PrivateAttr(default_factory=TorchStatevector)

    def profile(self) -> BackendProfile:
        if self.fault == "profile":
            raise ZeroDivisionError("no calibration")
        name = self.backend_name
        price = Price(per_circuit=self.price)
        return replace(
            self._honest.profile(), name=name, provider=name, engine=name, device=name, price=price
        )

    def warm_up(self) -> None:
        if self.fault == "load":
            raise ImportError("no module named 'vendor'")

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        truth = [
            replace(counts, backend=self.backend_name) for counts in self._honest.run(circuits, shots, seeds)
        ]
        bad = [i for i, circuit in enumerate(circuits) if self.every or circuit.num_qubits == POISON]
        if not bad or self.fault == "no":
            return truth
        if self.fault == "raises":
            raise KeyError("a bug of the backend")
        if self.fault == "panics":
            raise PanicException("index out of bounds")
        if self.fault == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "hangs":
            time.sleep(3600)
        if self.fault == "too few":
            return [counts for i, counts in enumerate(truth) if i not in bad]
        if self.fault == "too many":
            return [*truth, truth[0]]
        if self.fault == "none":
            return None  # type: ignore[return-value]
        return [self._spoilt(counts) if i in bad else counts for i, counts in enumerate(truth)]

    def _spoilt(self, counts: Counts) -> Counts:
        spoilt = {
            "wide": {f"0{key}": count for key, count in counts.histogram.items()},
            "few shots": dict(list(counts.histogram.items())[:1]) if len(counts.histogram) > 1 else {},
        }
        if self.fault == "text":
            return "101"  # type: ignore[return-value]
        return Counts(spoilt[self.fault], self.backend_name)
