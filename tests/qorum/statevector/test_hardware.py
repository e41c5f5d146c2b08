"""How large a circuit this machine holds is computed, not guessed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from qorum import memory
from qorum.errors import CircuitRejected
from qorum.statevector import hardware
from qorum.statevector.evolution import CPU
from qorum.statevector.hardware import (
    COPIES,
    Mode,
    hardware_report,
    largest_circuit,
    memory_bytes,
    refuse_too_large,
)

MODES: tuple[Mode, ...] = ("statevector", "gradient", "density matrix")


@pytest.fixture
def memory_of(monkeypatch: pytest.MonkeyPatch):
    """Sets what the machine is taken to have."""

    def set_bytes(amount: int) -> None:
        monkeypatch.setattr(hardware, "memory_bytes", lambda device: amount)
        largest_circuit.cache_clear()

    yield set_bytes
    largest_circuit.cache_clear()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_the_largest_circuit_fits_and_one_qubit_more_does_not(mode: Mode, dtype: torch.dtype) -> None:
    most = largest_circuit(dtype, CPU, mode)
    doublings = 2 if mode == "density matrix" else 1
    needed = COPIES[mode] * dtype.itemsize << doublings * most
    assert needed <= memory_bytes(CPU) < needed << doublings


@pytest.mark.parametrize(
    ("gibibytes", "mode", "dtype", "most"),
    [
        (16, "statevector", torch.complex64, 30),
        (16, "statevector", torch.complex128, 29),
        (16, "gradient", torch.complex64, 29),
        (15.9, "statevector", torch.complex64, 29),
        (16, "density matrix", torch.complex64, 15),
        (16, "density matrix", torch.complex128, 14),
        (139, "statevector", torch.complex64, 33),
    ],
)
def test_sizes_by_hand(memory_of, gibibytes: float, mode: Mode, dtype: torch.dtype, most: int) -> None:
    memory_of(int(gibibytes * 2**30))
    assert largest_circuit(dtype, CPU, mode) == most
    refuse_too_large("just", most, dtype, CPU, mode)
    with pytest.raises(
        CircuitRejected, match=f"too much: at most {most} qubits .* {mode} .*found {most + 1}"
    ):
        refuse_too_large("too much", most + 1, dtype, CPU, mode)


def test_a_container_limit_counts_where_it_is_lower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "CGROUP_LIMITS", (limit,))
    for text, expected in (
        (None, physical),
        ("max\n", physical),
        (f"{1 << 28}\n", 1 << 28),
        (f"{physical * 4}\n", physical),
    ):
        if text is not None:
            limit.write_text(text)
        memory.main_memory.cache_clear()
        assert memory_bytes(CPU) == expected
    memory.main_memory.cache_clear()


def test_the_report_names_every_device_with_its_largest_circuits() -> None:
    report = hardware_report()
    names = [device.name for device in report]
    assert names[0] == "cpu"
    assert len(names) == 1 + torch.cuda.device_count() + torch.backends.mps.is_available()
    assert report[0].memory_bytes == memory_bytes(CPU)
    assert report[0].largest["complex64", "statevector"] == largest_circuit(torch.complex64, CPU)
    assert report[0].largest["complex64", "gradient"] < report[0].largest["complex64", "statevector"]
    assert "complex128" in {dtype for dtype, _ in report[0].largest}
