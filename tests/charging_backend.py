"""Our own engine at a price. Registered by the tests that need it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from blocks.backends.torch_statevector import TorchStatevector
from qorum.backends import BackendProfile, Price


class ChargingTorch(TorchStatevector):
    """Takes a cent for each circuit."""

    _block_type_name = "Charging torch"
    _block_type_slug = "charging-torch"

    short_name: ClassVar[str] = "charging"
    contract_variants: ClassVar[tuple[str, ...]] = ()

    def profile(self) -> BackendProfile:
        return replace(super().profile(), price=Price(per_task=0.01))
