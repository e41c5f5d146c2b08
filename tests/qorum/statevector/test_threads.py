"""Small states have one thread; what was set before is set again, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from qorum.statevector.threads import PARALLEL_FROM_QUBITS, one_thread_for


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_only_small_states_are_bound_to_one_thread() -> None:
    with one_thread_for(PARALLEL_FROM_QUBITS):
        assert torch.get_num_threads() == 2
    seen: list[int] = []

    def fails() -> None:
        with one_thread_for(PARALLEL_FROM_QUBITS - 1):
            seen.append(torch.get_num_threads())
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert seen == [1]
    assert torch.get_num_threads() == 2
