"""An honest simulator on another pool, where it can hang. Registered by the tests that need it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile
from qorum.counts import Counts

HANGS_SECONDS = 240


class PooledBackend(BackendBlock):
    """Says that it needs the hardware of `pool`."""

    _block_type_name = "Pooled Backend"
    short_name: ClassVar[str] = "pooled"
    contract_variants: ClassVar[tuple[str, ...]] = ()

    pool: Literal["cpu", "cuda", "mps", "qpu"] = Field(default="mps", title="Pool")
    begun: str = Field(default="", title="Begun", description="A file that it makes, and then hangs.")

    _honest: TorchStatevector = PrivateAttr(default_factory=TorchStatevector)

    def profile(self) -> BackendProfile:
        name = self.backend_name
        return replace(
            self._honest.profile(), name=name, provider=name, engine=name, device=name, pool=self.pool
        )

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        if self.begun:
            Path(self.begun).touch()
            time.sleep(HANGS_SECONDS)
        return self._honest.run(circuits, shots, seeds)
