"""Our own simulator on PyTorch: CPU, CUDA and Apple GPUs, with noise or without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator
from qiskit import QuantumCircuit

from blocks.backends import _noise_figures
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes, qubits_within
from qorum.backends import BackendProfile, OwnEngine
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed, InputRejected
from qorum.statevector.noise import NoiseModel

if TYPE_CHECKING:
    import torch

    from qorum.statevector.observables import PauliSum

Method = Literal["automatic", "statevector", "density_matrix", "trajectories"]

COPIES = 4
"""States held at a time: the old and the new one, and as much again to sample from."""

DENSITY_MATRIX_QUBITS = 10
"""Up to here, noise is computed by density matrices unless another method is set."""

ABSENT_DEVICE_BYTES = 8 << 30
"""Memory taken for granted of an accelerator that is on another machine."""


class TorchStatevector(BackendBlock):
    """Simulation by PyTorch, noiseless unless figures of a noise model are given.

    Mid-circuit measurement, reset and `if` run with every method.
    """

    _block_type_name = "Torch statevector"
    _block_type_slug = "torch-statevector"

    short_name: ClassVar[str] = "torch"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = (
        "precision=double",
        "device=cuda",
        "device=mps",
        "method=density_matrix&depolarizing_1q=0.001&depolarizing_2q=0.01&readout_error=0.02&t1_us=100",
        "method=trajectories&depolarizing_1q=0.001&depolarizing_2q=0.01&readout_error=0.02&t1_us=100",
    )

    device: Literal["cpu", "cuda", "mps"] = Field(
        "cpu", description="Where the state lives: main memory, an NVIDIA or AMD GPU, or an Apple GPU."
    )
    precision: Literal["single", "double"] = Field(
        "single", description="Of the amplitudes: complex64 or complex128 (not on mps)."
    )

    method: Method = Field(
        "automatic",
        title="Method",
        description="How states are represented. automatic: state vectors without noise; with noise, "
        f"density matrices up to {DENSITY_MATRIX_QUBITS} qubits and random trajectories beyond.",
    )
    depolarizing_1q: _noise_figures.Depolarizing1q = 0.0
    depolarizing_2q: _noise_figures.Depolarizing2q = 0.0
    readout_error: _noise_figures.ReadoutError = 0.0
    t1_us: _noise_figures.T1 = None
    t2_us: _noise_figures.T2 = None
    gate_time_1q_ns: _noise_figures.GateTime1q = 50.0
    gate_time_2q_ns: _noise_figures.GateTime2q = 300.0

    @model_validator(mode="after")
    def _settings_fit_together(self) -> TorchStatevector:
        noise = self.noise_model
        if self.method == "statevector" and not noise.is_ideal:
            raise ValueError("a statevector has no noise; set method=density_matrix or method=trajectories")
        if self.device == "mps" and self.precision == "double":
            raise ValueError("Apple GPUs have no double precision; set precision=single")
        return self

    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""
        bytes_per_amplitude = 8 if self.precision == "single" else 16
        qubits = qubits_within(self._memory_bytes(), COPIES * bytes_per_amplitude)
        return BackendProfile(
            name=self.backend_name,
            provider="qorum",
            engine="torch",
            device=_noise_figures.device_of(self, self.device),
            pool=self.device,
            num_qubits=qubits // 2 if self.method == "density_matrix" else qubits,
            target=ideal_target(dynamic=True),
            dynamic=True,
            noisy=not self.noise_model.is_ideal,
            load_seconds=1.9,
            pace=0.4,
        )

    def warm_up(self) -> None:
        """Import PyTorch."""
        from qorum.statevector import density, simulate, trajectories  # noqa: F401

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`."""
        from qorum.statevector.threads import one_thread_for

        name = self.backend_name
        dtype, device = self._dtype_and_device()
        try:
            with one_thread_for(max(map(self._bits, circuits), default=0)):
                return [
                    Counts(self._sample(circuit, shots, seed, dtype, device), name, seed=seed)
                    for circuit, seed in zip(circuits, seeds, strict=True)
                ]
        except (InputRejected, RuntimeError) as error:  # RuntimeError: out of memory, driver faults
            raise BackendFailed(name, str(error)) from error

    @property
    def own_engine(self) -> OwnEngine:
        """See `BackendBlock.own_engine`."""
        device = self.device
        return OwnEngine(
            device,
            self.noise_model,
            is_single=device == "mps"
            or (self.precision == "single" and "precision" in self.model_fields_set),
            missing=""
            if self.is_present
            else f"no {device} device on this machine: run it on pool {device!r}",
            trajectories=self.method == "trajectories",
        )

    @property
    def is_present(self) -> bool:
        """Whether this machine has the device."""
        return _is_present(self.device)

    @property
    def noise_model(self) -> NoiseModel:
        """Of the figures set; ideal if there are none."""
        return _noise_figures.noise_model(self)

    @property
    def is_ideal(self) -> bool:
        """Whether it has no noise."""
        return self.noise_model.is_ideal

    @property
    def can_expect(self) -> bool:
        """See `qorum.backends.ExpectationBackend.can_expect`: all but random trajectories."""
        return self.is_ideal or self.method != "trajectories"

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        """See `qorum.backends.ExpectationBackend.expectation`; density matrices wherever there is noise.

        In double precision, but on Apple GPUs.
        """
        import torch

        from qorum.statevector.expectations import expectation
        from qorum.statevector.threads import one_thread_for

        if not self.can_expect:
            return super().expectation(circuits, observables)
        _, device = self._dtype_and_device()
        dtype = torch.complex64 if self.device == "mps" else torch.complex128
        noise = self.noise_model
        widths = [circuit.num_qubits * (1 if noise.is_ideal else 2) for circuit in circuits]
        try:
            with one_thread_for(max(widths, default=0)):
                return [
                    expectation(circuit, observable, noise, dtype=dtype, device=device)
                    for circuit, observable in zip(circuits, observables, strict=True)
                ]
        except (InputRejected, RuntimeError) as error:
            raise BackendFailed(self.backend_name, str(error)) from error

    def _dtype_and_device(self) -> tuple[torch.dtype, torch.device]:
        import torch

        if not self.is_present:
            raise BackendFailed(
                self.backend_name, f"no {self.device} device on this machine: run it on pool {self.device!r}"
            )
        return torch.complex64 if self.precision == "single" else torch.complex128, torch.device(self.device)

    def _sample(
        self, circuit: QuantumCircuit, shots: int, seed: int, dtype: torch.dtype, device: torch.device
    ) -> dict[str, int]:
        from qorum.statevector import density, simulate, trajectories

        noise = self.noise_model
        match self._method_for(circuit, noise):
            case "density_matrix":
                return density.sample(circuit, noise, shots, seed, dtype=dtype, device=device)
            case "trajectories":
                return trajectories.sample(circuit, noise, shots, seed, dtype=dtype, device=device)
            case _:
                return simulate.sample(circuit, shots, seed, dtype=dtype, device=device)

    def _method_for(self, circuit: QuantumCircuit, noise: NoiseModel) -> Method:
        if self.method != "automatic":
            return self.method
        if noise.is_ideal:
            return "statevector"
        return "density_matrix" if circuit.num_qubits <= DENSITY_MATRIX_QUBITS else "trajectories"

    def _bits(self, circuit: QuantumCircuit) -> int:
        """Logarithm of how many amplitudes a circuit's state has."""
        method = self._method_for(circuit, self.noise_model)
        return circuit.num_qubits * (2 if method == "density_matrix" else 1)

    def _memory_bytes(self) -> int:
        if self.device == "cpu":
            return memory_bytes()
        if not _is_present(self.device):
            return ABSENT_DEVICE_BYTES
        import torch

        if self.device == "cuda":
            return torch.cuda.get_device_properties(0).total_memory
        return torch.mps.recommended_max_memory()


def _is_present(device: Literal["cpu", "cuda", "mps"]) -> bool:
    import torch

    if device == "cuda":
        return torch.cuda.is_available()
    return device == "cpu" or torch.backends.mps.is_available()
