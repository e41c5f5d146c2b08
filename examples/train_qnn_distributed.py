"""A quantum layer trained by several processes, each on its share of every batch.

    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 examples/train_qnn_distributed.py

Gradients are averaged by DistributedDataParallel: over NCCL with one GPU a process where there are GPUs,
else over gloo on processors. All processes end with the same weights, and with those of one process alone
(`python examples/train_qnn_distributed.py`) up to rounding. `--steps 5` is shorter; `--weights FOLDER` has
each process write its own there.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.distributed as processes
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from qorum.backends import derive_seed
from qorum.training.classifier_model import HybridClassifier
from qorum.training.quantum_layer import QuantumLayer

QUBITS, SAMPLES, BATCH = 4, 256, 64


def model(seed: int) -> HybridClassifier:
    """Two features to four angles, a circuit of twelve weights, two classes; the same in every process."""
    angles, weights = ParameterVector("x", QUBITS), ParameterVector("w", 3 * QUBITS)
    circuit = QuantumCircuit(QUBITS, name="shared")
    for qubit in range(QUBITS):
        circuit.ry(angles[qubit], qubit)
    for layer in range(3):
        for qubit in range(QUBITS):
            circuit.ry(weights[layer * QUBITS + qubit], qubit)
        for qubit in range(QUBITS):
            circuit.cx(qubit, (qubit + 1) % QUBITS)
    places = list(circuit.parameters)
    inputs, trained = ([places.index(one) for one in vector] for vector in (angles, weights))
    return HybridClassifier(QuantumLayer(circuit, inputs, trained), num_features=2, seed=seed)


def rings(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of the plane, within a circle or outside it."""
    points = np.random.default_rng(derive_seed(seed, "points")).uniform(-1.5, 1.5, (SAMPLES, 2))
    return torch.from_numpy(points), torch.from_numpy((points**2).sum(1) > 1.2).long()


@contextmanager
def group() -> Iterator[tuple[int, int, torch.device]]:
    """Rank, number of processes, and device; one process and no group without torchrun."""
    if "RANK" not in os.environ:
        yield 0, 1, torch.device("cpu")
        return
    local = int(os.environ["LOCAL_RANK"])
    on_gpus = torch.cuda.device_count() > local
    device = torch.device("cuda", local) if on_gpus else torch.device("cpu")
    if on_gpus:
        torch.cuda.set_device(device)
    processes.init_process_group("nccl" if on_gpus else "gloo")
    try:
        yield processes.get_rank(), processes.get_world_size(), device
    finally:
        processes.destroy_process_group()


def train(rank: int, count: int, device: torch.device, steps: int, seed: int) -> HybridClassifier:
    """Trains on the rows rank, rank + count, … of every batch; gradients are means over whole batches."""
    network = model(seed).to(device)
    shared: nn.Module = network
    if count > 1:
        shared = DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)
    features, labels = (part.to(device) for part in rings(seed))
    optimizer = torch.optim.Adam(shared.parameters(), lr=0.05)
    for step in range(steps):
        random = np.random.default_rng(derive_seed(seed, "batch", step))
        # Shares of one size, or the mean of the means would not be that of the batch.
        rows = random.choice(SAMPLES, BATCH - BATCH % count, replace=False)[rank::count]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(shared(features[rows]), labels[rows])
        loss.backward()
        nn.utils.clip_grad_norm_(shared.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        right = (network(features).argmax(1) == labels).double().mean()
    if rank == 0:
        print(f"{count} processes on {device.type}: accuracy {float(right):.3f} after {steps} steps")
    return network


def main(arguments: Sequence[str] | None = None) -> None:
    """One of the processes, or all there is."""
    command = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    command.add_argument("--steps", type=int, default=60)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--weights", type=Path, metavar="FOLDER", help="write rank-R.json there")
    options = command.parse_args(arguments)
    torch.set_num_threads(1)
    with group() as (rank, count, device):
        network = train(rank, count, device, options.steps, options.seed)
    if options.weights:
        weights = {name: value.tolist() for name, value in network.named_parameters()}
        (options.weights / f"rank-{rank}.json").write_text(json.dumps(weights))


if __name__ == "__main__":
    main()
