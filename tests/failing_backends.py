"""Backends that fail a training in known ways. Registered by the tests that need them."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile, Price
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.statevector.observables import PauliSum

CALLS: Counter[str] = Counter()
"""Batches that each backend was asked for in this process, failed ones included, by its name."""

CIRCUITS: Counter[str] = Counter()
"""Circuits that each has executed."""


ENTERED, LEAVE = threading.Event(), threading.Event()
"""A batch of `fault=waits` is under way; it may end."""

WAIT_SECONDS = 60


class FailingBackend(BackendBlock):
    """An honest simulator, exact in double precision, until something happens to it."""

    _block_type_name = "Failing Backend"
    short_name: ClassVar[str] = "failing"
    may_share_process: ClassVar[bool] = True  # so that calls are counted where tests look

    fault: Literal["no", "breaks", "busy", "nan", "waits"] = Field(default="no", title="Fault")
    after: int = Field(default=0, title="After", description="Batches before the fault; it stays.")
    every: int = Field(default=1, title="Every", description="Of the batches then, which ones fail.")
    price: float = Field(default=0.0, title="Price", description="Of a circuit, in USD.")
    gate_price: float = Field(default=0.0, title="Gate price", description="Of a two-qubit gate and shot.")
    number: int = Field(default=1, title="Number", description="Tells two of one kind apart.")
    bill: str = Field(default="", title="Bill", description="A file that gets a line for each batch.")

    _honest: TorchStatevector = PrivateAttr(default_factory=lambda: TorchStatevector(precision="double"))

    def profile(self) -> BackendProfile:
        name = self.backend_name
        price = Price(per_task=self.price, per_two_qubit_gate_shot=self.gate_price)
        return replace(
            self._honest.profile(), name=name, provider=name, engine=name, device=name, price=price
        )

    @property
    def can_expect(self) -> bool:
        return True

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        self._answer(len(circuits))
        return [
            replace(counts, backend=self.backend_name) for counts in self._honest.run(circuits, shots, seeds)
        ]

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        if self._answer(len(circuits)):
            return [math.nan] * len(circuits)
        return self._honest.expectation(circuits, observables)

    def _answer(self, circuits: int) -> bool:
        """Whether NaN is the answer."""
        name = self.backend_name
        CALLS[name] += 1
        if self.bill:
            with Path(self.bill).open("a") as bill:
                bill.write(f"{circuits}\n")
        late = CALLS[name] - self.after
        fails = self.fault != "no" and late > 0 and late % self.every == 0
        if fails and self.fault == "waits":
            ENTERED.set()
            LEAVE.wait(WAIT_SECONDS)
            fails = False
        if fails and self.fault != "nan":
            raise BackendFailed(
                name, f"out of order since batch {self.after}", retryable=self.fault == "busy"
            )
        CIRCUITS[name] += circuits
        return fails
