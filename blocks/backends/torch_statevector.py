"""Our own statevector simulator on PyTorch: CPU, CUDA and Apple GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from qiskit import QuantumCircuit

from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes, qubits_within
from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.errors import BackendFailed, CircuitRejected
from qorum.results.counts import Counts

COPIES = 4
"""States held at a time: the old and the new one, and as much again to sample from."""

PARALLEL_FROM_QUBITS = 16
"""Below, threads cost more than they give: on two busy cores ten times what one thread takes."""

ABSENT_DEVICE_BYTES = 8 << 30
"""Memory taken for granted of an accelerator that is on another machine."""


class TorchStatevector(BackendBlock):
    """Statevector simulation by PyTorch; noiseless, with mid-circuit measurement, reset and `if`."""

    _block_type_name = "Torch statevector"
    _block_type_slug = "torch-statevector"

    short_name: ClassVar[str] = "torch"
    contract_variants: ClassVar[tuple[str, ...]] = ("precision=double", "device=cuda", "device=mps")

    device: Literal["cpu", "cuda", "mps"] = Field(
        "cpu", description="Where the state lives: main memory, an NVIDIA or AMD GPU, or an Apple GPU."
    )
    precision: Literal["single", "double"] = Field(
        "single", description="Of the amplitudes: complex64 or complex128 (not on mps)."
    )

    @model_validator(mode="after")
    def _double_needs_float64(self) -> TorchStatevector:
        if self.device == "mps" and self.precision == "double":
            raise ValueError("Apple GPUs have no double precision; set precision=single")
        return self

    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""
        bytes_per_amplitude = 8 if self.precision == "single" else 16
        return BackendProfile(
            name=self.backend_name,
            provider="qorum",
            engine="torch",
            device=self.device,
            pool=self.device,
            num_qubits=qubits_within(self._memory_bytes(), COPIES * bytes_per_amplitude),
            target=ideal_target(dynamic=True),
            dynamic=True,
        )

    def load(self) -> None:
        """Import PyTorch."""
        from qorum.statevector import simulate  # noqa: F401

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`."""
        import torch

        from qorum.statevector.simulate import sample

        name = self.backend_name
        if not _is_present(self.device):
            raise BackendFailed(
                name, f"no {self.device} device on this machine: run it on pool {self.device!r}"
            )
        dtype = torch.complex64 if self.precision == "single" else torch.complex128
        device = torch.device(self.device)
        try:
            with _threads_for(circuits):
                return [
                    Counts(sample(circuit, shots, seed, dtype=dtype, device=device), name, seed=seed)
                    for circuit, seed in zip(circuits, seeds, strict=True)
                ]
        except (CircuitRejected, RuntimeError) as error:  # RuntimeError: out of memory, driver faults
            raise BackendFailed(name, str(error)) from error

    def _memory_bytes(self) -> int:
        if self.device == "cpu":
            return memory_bytes()
        if not _is_present(self.device):
            return ABSENT_DEVICE_BYTES
        import torch

        if self.device == "cuda":
            return torch.cuda.get_device_properties(0).total_memory
        return torch.mps.recommended_max_memory()


@contextmanager
def _threads_for(circuits: Sequence[QuantumCircuit]) -> Iterator[None]:
    """One thread while all circuits are small; as many as PyTorch was set to, otherwise."""
    import torch

    threads = torch.get_num_threads()
    if threads == 1 or any(circuit.num_qubits >= PARALLEL_FROM_QUBITS for circuit in circuits):
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _is_present(device: Literal["cpu", "cuda", "mps"]) -> bool:
    import torch

    if device == "cuda":
        return torch.cuda.is_available()
    return device == "cpu" or torch.backends.mps.is_available()
