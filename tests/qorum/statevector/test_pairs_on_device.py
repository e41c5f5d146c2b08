"""What runs in pairs does on its device: real numbers alone, and operations that Apple's GPUs have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torchgen
from qiskit import QuantumCircuit
from qiskit.circuit.library import MCPhaseGate
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from qorum.statevector import pairs
from qorum.statevector.evolution import Circuit
from tests.qorum.statevector.pair_circuits import PairCircuit
from tests.qorum.statevector.test_pairs import CPU, EXACT, FAMILIES, META, ansatz, parameters, qft

ADR = Path(__file__).parents[3] / "docs/adr/012-apple-gpus-without-complex-numbers.md"
OPERATORS = Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"


def wide_phases() -> QuantumCircuit:
    """Phases of every other qubit: more runs of bits than Metal's kernels take dimensions."""
    circuit = QuantumCircuit(21)
    circuit.ry(0.8, range(21))
    circuit.append(MCPhaseGate(0.9, 9), range(1, 20, 2))
    circuit.append(MCPhaseGate(0.7, 10), range(0, 21, 2))
    circuit.rx(0.7, range(21))
    return circuit


class Seen(TorchDispatchMode):
    """What operations see and make on one device: their names, number types, and most dimensions."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device
        self.operations: set[str] = set()
        self.dtypes: set[torch.dtype] = set()
        self.dimensions = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = [
            leaf
            for leaf in tree_leaves((args, kwargs, result))
            if isinstance(leaf, torch.Tensor) and leaf.device == self.device
        ]
        if tensors:
            self.operations.add(f"{func.__name__}")
            self.dtypes.update(tensor.dtype for tensor in tensors)
            if not func.is_view:
                self.dimensions = max(self.dimensions, *(tensor.dim() for tensor in tensors))
        return result


@contextmanager
def passes_watched(monkeypatch: pytest.MonkeyPatch, seen: Seen) -> Iterator[None]:
    """The passes alone, without what the processor binds before."""
    inner = pairs.passed

    def watched(*args: Any) -> torch.Tensor:
        with seen:
            return inner(*args)

    with monkeypatch.context() as patch:
        patch.setattr(pairs, "passed", watched)
        yield


def test_passes_on_a_real_device_see_real_single_numbers_and_indices_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = Seen(CPU)
    with passes_watched(monkeypatch, seen):
        for family in FAMILIES.values():
            PairCircuit(family(), CPU).states()
        PairCircuit(ansatz(), CPU).states(parameters(ansatz(), 3))
    assert torch.float32 in seen.dtypes
    assert seen.dtypes <= {torch.float32, torch.int32, torch.int64}


def test_the_processors_numbers_would_be_noticed() -> None:
    with Seen(CPU) as seen:
        Circuit(qft()).states()
    assert torch.complex64 in seen.dtypes


@pytest.fixture(scope="module")
def on_device() -> Seen:
    """Whole runs, from circuit to weights, on a device of which nothing but PyTorch's rules exists.

    Whatever touches the states there is told apart from what the processor binds.
    """
    with Seen(META) as seen:
        for family in FAMILIES.values():
            pairs.weights(PairCircuit(family(), META).pairs())
        pairs.weights(PairCircuit(ansatz(), META).pairs(parameters(ansatz(), 3)))
        pairs.weights(PairCircuit(ansatz(), META).pairs(parameters(ansatz(), 1)[0]))
    return seen


def test_nothing_on_the_device_is_complex_or_double_from_circuit_to_weights(on_device: Seen) -> None:
    assert torch.float32 in on_device.dtypes
    assert on_device.dtypes <= {torch.float32, torch.int32, torch.int64}


def listed() -> set[str]:
    """The first column of the ADR's table of operations."""
    return set(re.findall(r"^\| `aten\.([^`]+)` \|", ADR.read_text(), re.MULTILINE))


def test_all_operations_on_the_device_are_among_those_the_adr_lists(on_device: Seen) -> None:
    assert "mm.default" in on_device.operations
    assert on_device.operations <= listed()


def test_all_listed_operations_have_a_kernel_for_apple_gpus_in_this_pytorch() -> None:
    """By PyTorch's own table: a kernel of its own, that of a variant with `out`, or one of others."""
    entries = re.findall(
        r"^- func: ([\w.]+)\((.*?)(?=^- func: |\Z)", OPERATORS.read_text(), re.MULTILINE | re.DOTALL
    )
    known = dict(entries)
    assert listed()
    for operation in listed():
        name = operation.removesuffix(".default")
        kernels = known[name]
        delegate = re.search(r"structured_delegate: ([\w.]+)", kernels)
        kernels += known[delegate.group(1)] if delegate else ""
        keys = [
            key for line in re.findall(r"^    ([\w, ]+):", kernels, re.MULTILINE) for key in line.split(", ")
        ]
        has_own = "dispatch:" not in kernels or "MPS" in keys
        assert has_own or any(key.startswith("Composite") and "Nested" not in key for key in keys), operation


def test_views_of_more_dimensions_than_metal_takes_are_left_to_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The device is what a copy of the states goes back to: no operation there sees that many dimensions."""
    circuit = wide_phases()
    seen, moved = Seen(CPU), Seen(META)
    with passes_watched(monkeypatch, seen):
        states = PairCircuit(circuit, CPU).states()
    assert seen.dimensions > pairs.MOST_DIMENSIONS
    assert torch.allclose(states, Circuit(circuit).states(), atol=EXACT)
    with moved, pytest.raises(NotImplementedError, match="meta"):  # it has no content to copy back
        PairCircuit(circuit, META).pairs()
    assert 0 < moved.dimensions <= pairs.MOST_DIMENSIONS
