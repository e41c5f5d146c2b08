"""An id stands for one training."""

from __future__ import annotations

import pytest

from blocks.object_store import LocalFolder
from blocks.trainings import find_definition, known_trainings, store_definition
from qorum.errors import CheckpointCorrupt, QorumError
from tests.blocks.trainings.stored import definition


def test_an_id_stands_for_one_training_and_others_are_refused_with_the_differences(
    store: LocalFolder,
) -> None:
    assert store_definition(definition(), store)
    allowed = {"max_steps": 9, "backup_backends": ["torch"], "max_cost_usd": 1.0}
    assert not store_definition(definition(**allowed), store)
    with pytest.raises(QorumError, match=r"backend torch is stored, aer asked.*migrate_training"):
        store_definition(definition(backend="aer"), store)
    with pytest.raises(QorumError, match="seed 0 is stored, 1 asked"):
        store_definition(definition(seed=1), store)
    with pytest.raises(QorumError, match=r"another problem; optimizer adam is stored, spsa asked"):
        store_definition(
            definition(problem={"num_qubits": 1, "terms": [["X", 1.0]]}, optimizer="spsa"), store
        )
    assert find_definition("t", store) == definition(**allowed), "how far and where may change"


def test_an_unknown_training_is_refused_with_the_known_ones(store: LocalFolder) -> None:
    store_definition(definition("b"), store)
    store_definition(definition("a"), store)
    assert known_trainings(store) == ["a", "b"]
    with pytest.raises(QorumError, match="no training 'c'; known: a, b"):
        find_definition("c", store)
    store.put("checkpoints/a/definition.json", b"{}")
    with pytest.raises(CheckpointCorrupt, match="a definition of this release expected"):
        find_definition("a", store)
