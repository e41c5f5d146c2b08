"""The Fubini-Study metric from samples: generators are measured in the states that their layers act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.statevector.paulis import PauliTerm
from qorum.statevector.shift import ShiftPlan
from qorum.training.measurement import Basis, Samples, sampled_values
from qorum.training.metric import Layer, in_parameters, layers_of
from qorum.training.objective import Array
from qorum.training.samplers import Sampler, SamplerMaker
from qorum.training.work import Steps


@dataclass(frozen=True)
class _Prepared:
    """A layer's state and what is measured in it.

    Attributes:
        inputs: places of the angles before the layer.
        sets: places in the layer of generators that are measured together.
        sampler: of the state, in one basis for each set.
    """

    layer: Layer
    inputs: tuple[int, ...]
    sets: tuple[tuple[int, ...], ...]
    sampler: Sampler


class SampledMetric:
    """The metric within layers, estimated; see `qorum.training.metric.ExactMetric`.

    Entries of two generators that do not commute qubit-wise, which are not measured together, are left out.

    Args:
        plan: of the circuit.
        sampler: where samples come from.
        of_excitations: see `in_parameters`.

    Raises:
        InputRejected: see `layers_of`.
    """

    def __init__(self, plan: ShiftPlan, sampler: SamplerMaker, *, of_excitations: bool = False) -> None:
        self._plan, self._of_excitations = plan, of_excitations
        self._layers: list[_Prepared] = []
        prefix = plan.circuit.copy_empty_like()
        places = {parameter: place for place, parameter in enumerate(plan.circuit.parameters)}
        for layer in layers_of(plan):
            prefix = _followed(prefix, layer.before)
            bases, sets = _together(layer.generators)
            inputs = tuple(places[parameter] for parameter in prefix.parameters)
            self._layers.append(_Prepared(layer, inputs, sets, sampler(prefix, bases)))

    def plan(self, point: Array, shots: int, seed: int) -> Steps[tuple[Array, int]]:
        """Plans the metric, shape [parameters, parameters], and counts its circuits of `shots` samples."""
        angles = self._plan.angles(point)
        metric = np.zeros((len(angles), len(angles)))
        circuits = 0
        for place, own in enumerate(self._layers):
            given = angles[None, list(own.inputs)]
            samples = yield from own.sampler.sample(given, [shots] * len(own.sets), derive_seed(seed, place))
            for members, found in zip(own.sets, samples, strict=True):
                rows = [own.layer.angles[member] for member in members]
                generators = [own.layer.generators[member] for member in members]
                metric[np.ix_(rows, rows)] = _covariance(generators, found, shots)
            circuits += len(own.sets)
        together = [list(own.layer.angles) for own in self._layers] if self._of_excitations else None
        return in_parameters(self._plan, metric, together), circuits


def _followed(prefix: QuantumCircuit, segment: QuantumCircuit) -> QuantumCircuit:
    longer = prefix.copy()
    for instruction in segment.data:
        longer.append(instruction)
    return longer


def _together(
    generators: Sequence[Sequence[PauliTerm]],
) -> tuple[list[Basis], tuple[tuple[int, ...], ...]]:
    """Bases, and which generators are measured in each: each in the first that takes all its strings."""
    bases: list[Basis] = []
    sets: list[list[int]] = []
    for place, terms in enumerate(generators):
        index = Basis.of(terms).taken_into(bases)
        if index == len(sets):
            sets.append([])
        sets[index].append(place)
    return bases, tuple(map(tuple, sets))


def _covariance(generators: Sequence[Sequence[PauliTerm]], samples: Samples, shots: int) -> Array:
    values = np.stack([sampled_values(terms, samples.bits) for terms in generators])
    means = values @ samples.counts / shots
    centred = values - means[:, None]
    return (centred * samples.counts) @ centred.T / (shots - 1)
