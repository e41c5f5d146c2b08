"""Backends that lie in known ways: what consensus is for. Registered by the tests that need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile
from qorum.counts import Counts

Lie = Literal["reversed", "flipped", "zeros", "uniform"]


class LyingBackend(BackendBlock):
    """An honest simulator whose answer is spoilt on its way out."""

    _block_type_name = "Lying Backend"
    short_name: ClassVar[str] = "liar"

    lie: Lie = Field(default="reversed", title="Lie")
    number: int = Field(default=1, title="Number", description="Tells two liars of one kind apart.")

    _honest: TorchStatevector = PrivateAttr(default_factory=TorchStatevector)

    def profile(self) -> BackendProfile:
        apart = f"liar-{self.lie}-{self.number}"
        return replace(
            self._honest.profile(),
            name=self.backend_name,
            provider=apart,
            engine=apart,
            device=apart,
            load_seconds=0.0,  # so that liars are asked before honest backends
            pace=0.01,
        )

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        truth = self._honest.run(circuits, shots, seeds)
        return [self._spoil(counts, seed) for counts, seed in zip(truth, seeds, strict=True)]

    def _spoil(self, truth: Counts, seed: int) -> Counts:
        lies: dict[str, Callable[[str], str]] = {
            "reversed": lambda key: key[::-1],
            "flipped": lambda key: key[:-1] + ("1" if key[-1] == "0" else "0"),
            "zeros": lambda key: "0" * len(key),
        }
        if self.lie == "uniform":
            drawn = np.random.default_rng(seed).integers(0, 2, (truth.shots, truth.num_bits))
            keys = ["".join(map(str, row)) for row in drawn]
            return Counts({key: keys.count(key) for key in set(keys)}, self.backend_name, seed=seed)
        spoilt: dict[str, int] = {}
        for key, count in truth.histogram.items():
            spoilt[lies[self.lie](key)] = spoilt.get(lies[self.lie](key), 0) + count
        return Counts(spoilt, self.backend_name, seed=seed)
