"""Runs every contract test of a local backend over all backends found, and their variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import pytest
import torch
from qiskit import QuantumCircuit, transpile

from blocks.backends import backend_types, load_backend
from blocks.backends._base import BackendBlock
from qorum.counts import Counts


@cache
def _loaded(name: str) -> BackendBlock:
    return load_backend(name)


class BackendUnderTest:
    """A backend, with compilation to its own target in front."""

    def __init__(self, name: str) -> None:
        self.name, self.block = name, _loaded(name)
        self.profile = self.block.profile()

    def compile(self, circuit: QuantumCircuit, level: int = 1) -> QuantumCircuit:
        return transpile(circuit, target=self.profile.target, optimization_level=level, seed_transpiler=7)

    def run(
        self, circuits: Sequence[QuantumCircuit], shots: int = 1_000, seed: int = 11, level: int = 1
    ) -> list[Counts]:
        compiled = [self.compile(circuit, level) for circuit in circuits]
        return self.block.run(compiled, shots, [seed + i for i in range(len(compiled))])


def _is_here(backend: BackendUnderTest) -> bool:
    match backend.profile.pool:
        case "cuda":
            return torch.cuda.is_available()
        case "mps":
            return torch.backends.mps.is_available()
        case _:
            return True


TRAITS: dict[str, Callable[[BackendUnderTest], bool]] = {
    "backend": lambda backend: True,
    "ideal_backend": lambda backend: not backend.profile.noisy,
    "noisy_backend": lambda backend: backend.profile.noisy,
    "dynamic_backend": lambda backend: backend.profile.dynamic,
}
"""Fixtures: each stands for all backends that have the trait."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All backends with their defaults, then with the settings that each offers as variants.

    Those whose accelerator is not in this machine are left out, and those of vendors but for such variants:
    settings by which they run here.
    """
    for fixture in TRAITS.keys() & set(metafunc.fixturenames):
        names = [
            f"{name}?{options}" if options else name
            for name, kind in backend_types().items()
            for options in (*([] if kind.is_remote else [""]), *kind.contract_variants)
        ]
        backends = [backend for backend in map(BackendUnderTest, names) if _is_here(backend)]
        chosen = [backend for backend in backends if TRAITS[fixture](backend)]
        metafunc.parametrize(fixture, chosen, ids=[backend.name for backend in chosen])
