"""A quantum layer trained by two real processes, against one process on the same batches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from examples.train_qnn_distributed import model, train
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "examples/train_qnn_distributed.py"
STEPS = 12

Weights = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Weights]:
    """The weights that each of two processes ended with."""
    folder, port = tmp_path_factory.mktemp("weights"), str(free_port())
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *launcher, "--master-port", port, SCRIPT]
    told = ["--steps", str(STEPS), "--weights", str(folder)]
    subprocess.run([*command, *told], cwd=ROOT, env=environment, check=True, timeout=120)
    ranks = [json.loads((folder / f"rank-{rank}.json").read_text()) for rank in range(2)]
    return [{name: np.array(value) for name, value in rank.items()} for rank in ranks]


def test_two_processes_end_with_the_same_weights(two: list[Weights]) -> None:
    first, second = two
    assert "quantum.weights" in first
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


def test_two_processes_end_with_the_weights_of_one_on_the_whole_batch(two: list[Weights]) -> None:
    alone = train(0, 1, torch.device("cpu"), STEPS, seed=0)
    moved = 0.0
    for (name, value), start in zip(alone.named_parameters(), model(0).parameters(), strict=True):
        np.testing.assert_allclose(two[0][name], value.detach().numpy(), atol=1e-6, err_msg=name)
        moved = max(moved, float((value - start).detach().abs().max()))
    assert moved > 0.1
