"""Many parameter sets of one circuit at once: states, energies, and counts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from qorum.statevector.evolution import Circuit, Parameters
from qorum.statevector.hardware import memory_bytes
from qorum.statevector.observables import PauliSum
from qorum.statevector.pairs import MOST_AMPLITUDES
from qorum.statevector.sampling import draw_all

Tensor = torch.Tensor

SHARE = 4
"""A batch takes at most one part in so many of a device's memory; more is done in turns."""

COPIES = 6
"""Bytes of a batch, in states: what is read, written and bound."""

CACHE = 1 << 15
"""Amplitudes of a batch that stay near the processor; larger batches are slower, not faster."""


def in_turns(circuit: Circuit, parameters: Tensor) -> Iterator[Tensor]:
    """Parts of the parameter sets whose states fit into memory together."""
    evolution = circuit.evolution
    size = 1 << evolution.num_qubits
    room = memory_bytes(evolution.device) // SHARE // (COPIES * evolution.dtype.itemsize * size)
    if evolution.device.type == "cpu":
        room = min(room, max(1, CACHE // size))
    if evolution.device.type == "mps":
        room = min(room, MOST_AMPLITUDES // size)
    yield from parameters.split(max(1, room))


def sample_batch(circuit: Circuit, parameters: Parameters, shots: int, seed: int) -> np.ndarray:
    """Counts of all outcomes for each parameter set; for circuits of few qubits.

    Args:
        circuit: without mid-circuit measurement; all qubits are sampled.
        parameters: shape [batch, parameters].
        shots: samples of each.
        seed: the same seed gives the same counts.

    Returns:
        Int64, shape [batch, 2**n]; qubit q is bit q of the second index.
    """
    random = np.random.default_rng(seed)
    with torch.inference_mode():
        given = circuit.inputs(parameters)
        return np.concatenate(
            [draw_all(circuit.states(part), shots, random) for part in in_turns(circuit, given)]
        )


def energies(circuit: Circuit, observable: PauliSum, parameters: Parameters) -> Tensor:
    """Expectation values for each parameter set, shape [batch], float64."""
    with torch.inference_mode():
        given = circuit.inputs(parameters)
        return torch.cat([observable.expectation(circuit.states(part)) for part in in_turns(circuit, given)])
