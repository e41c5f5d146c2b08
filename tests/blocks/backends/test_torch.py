"""Settings of the torch backend; what it computes is in tests/contracts and tests/qorum."""

from __future__ import annotations

import pytest
import torch
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from qorum.errors import BackendFailed, NoEligibleBackend


def test_the_device_decides_the_pool_even_where_it_is_absent() -> None:
    profile = load_backend("torch?device=cuda").profile()
    assert (profile.pool, profile.device, profile.name) == ("cuda", "cuda", "torch?device=cuda")
    assert profile.num_qubits >= 27


def test_double_precision_takes_one_qubit_less() -> None:
    single, double = (load_backend(f"torch{options}").profile() for options in ("", "?precision=double"))
    assert single.num_qubits == double.num_qubits + 1


def test_apple_gpus_have_no_double_precision() -> None:
    with pytest.raises(NoEligibleBackend, match="precision=single"):
        load_backend("torch?device=mps&precision=double")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_an_absent_device_is_named_when_it_is_used() -> None:
    with pytest.raises(BackendFailed, match="no cuda device"):
        load_backend("torch?device=cuda").run([QuantumCircuit(1, 1)], 10, [1])


def test_a_circuit_that_was_not_compiled_fails_with_its_name() -> None:
    circuit = QuantumCircuit(3, name="looping")
    circuit.ccx(0, 1, 2)
    with pytest.raises(BackendFailed, match=r"looping.*'for_loop'"):
        load_backend("torch").run([circuit], 10, [1])
