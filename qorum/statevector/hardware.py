"""What this machine can hold: devices, their memory, and the largest circuits of each mode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

from qorum.errors import CircuitRejected
from qorum.memory import main_memory

Mode = Literal["statevector", "gradient", "density matrix"]

LARGEST_PAIRED = 27
"""Qubits of pairs of floats: past 2**31 bytes some products on Apple GPUs were wrong (docs/adr/012)."""

COPIES: dict[Mode, int] = {"statevector": 2, "gradient": 4, "density matrix": 2}
"""States held at a time: one that is read and one that is written; the adjoint gradient holds two of each."""


@dataclass(frozen=True)
class Device:
    """One place where states can live.

    Attributes:
        name: as PyTorch writes it, e.g. `cuda:0`.
        description: what it is.
        memory_bytes: all of it.
        largest: the most qubits, by dtype and mode, e.g. `("complex64", "gradient")`.
    """

    name: str
    description: str
    memory_bytes: int
    largest: dict[tuple[str, Mode], int]


def hardware_report() -> list[Device]:
    """The processor and every accelerator that PyTorch sees."""
    return [_describe(torch.device(name)) for name in _device_names()]


def _describe(device: torch.device) -> Device:
    dtypes = (torch.complex64,) if device.type == "mps" else (torch.complex64, torch.complex128)
    modes: tuple[Mode, ...] = ("statevector", "gradient", "density matrix")
    largest: dict[tuple[str, Mode], int] = {
        (_name(dtype), mode): largest_circuit(dtype, device, mode) for dtype in dtypes for mode in modes
    }
    if device.type == "cuda":
        description = torch.cuda.get_device_name(device)
    else:
        description = "Apple GPU" if device.type == "mps" else f"{torch.get_num_threads()} threads"
    return Device(str(device), description, memory_bytes(device), largest)


def memory_bytes(device: torch.device) -> int:
    """All memory of a device that this process may use."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    return main_memory()


@cache
def largest_circuit(dtype: torch.dtype, device: torch.device, mode: Mode = "statevector") -> int:
    """The most qubits whose states fit into a device's memory."""
    is_paired = device.type == "mps"  # see `qorum.statevector.pairs`
    states = memory_bytes(device) // (COPIES[mode] * dtype.itemsize * (2 if is_paired else 1))
    bits = states.bit_length() - 1
    if is_paired:
        bits = min(bits, LARGEST_PAIRED)
    return bits // 2 if mode == "density matrix" else bits


def refuse_unfit(name: str, dtype: torch.dtype, device: torch.device) -> None:
    """Raises `CircuitRejected` for a dtype that the device cannot compute with, or a missing device."""
    known = (torch.complex64,) if device.type == "mps" else (torch.complex64, torch.complex128)
    if dtype not in known:
        expected = " or ".join(map(_name, known))
        raise CircuitRejected(name, f"{expected} expected on {device}, found {_name(dtype)}")
    there = [torch.device(name) for name in _device_names()]
    wanted = torch.device(device.type, device.index or 0) if device.type == "cuda" else device
    if wanted.type in ("cuda", "mps") and wanted not in there:
        raise CircuitRejected(name, f"no device {device} here; there are {', '.join(map(str, there))}")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _device_names() -> list[str]:
    names = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    return [*names, "mps"] if torch.backends.mps.is_available() else names


def refuse_too_large(
    name: str, num_qubits: int, dtype: torch.dtype, device: torch.device, mode: Mode = "statevector"
) -> None:
    """Raises `CircuitRejected`, before anything is allocated, for a circuit that does not fit.

    Likewise for a dtype or a device that cannot be had: see `refuse_unfit`.
    """
    refuse_unfit(name, dtype, device)
    most = largest_circuit(dtype, device, mode)
    if num_qubits > most:
        reason = f"at most {most} qubits fit into {device} as {mode} of {_name(dtype)}, found {num_qubits}"
        raise CircuitRejected(name, reason)
