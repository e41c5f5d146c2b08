"""The angles of a circuit's gates as linear functions of its free parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite, pi, remainder
from typing import Any

import torch
from qiskit.circuit import ParameterExpression
from qiskit.circuit.exceptions import CircuitError

from qorum.statevector.gate_ir import Angle

PERIOD = 8 * pi
"""Every gate is the same at angles this far apart; sines of larger ones lose digits."""


class NotLinear(ValueError):
    """An angle that cannot be computed: not finite, or not linear in the free parameters."""


class Angles:
    """What the slots of a program's angles hold: offset + weights · parameters, in radians.

    A slot for each angle, bound or free: programs that differ in values alone have equal elements.
    """

    def __init__(self, parameters: Iterable[Any] = ()) -> None:
        self.parameters = tuple(parameters)
        self._places = {parameter: place for place, parameter in enumerate(self.parameters)}
        self.offsets: list[float] = []
        self.weights: list[tuple[int, int, float]] = []

    def __len__(self) -> int:
        return len(self.offsets)

    def add(self, value: Any) -> Angle:
        """A new slot for a gate's angle: a number or an expression.

        Raises:
            NotLinear: see the class.
        """
        slot = len(self.offsets)
        if isinstance(value, ParameterExpression) and value.parameters:
            offset = self._linear(slot, value)
        else:
            offset = float(value)
        if not isfinite(offset):
            raise NotLinear(f"a finite angle expected, found {value}")
        self.offsets.append(remainder(offset, PERIOD) if abs(offset) > PERIOD else offset)
        return Angle(0.0, ((slot, 1.0),))

    def _linear(self, slot: int, value: Any) -> float:
        free = sorted(value.parameters, key=self._places.__getitem__)
        weights = [_slope(value, parameter) for parameter in free]
        self.weights += [(slot, self._places[p], weight) for p, weight in zip(free, weights, strict=True)]
        try:
            return float(value.bind(dict.fromkeys(free, 0.0)))
        except (ArithmeticError, ValueError, TypeError, RuntimeError, CircuitError) as error:
            raise NotLinear(
                f"an angle with a value where its parameters are 0 expected, found {value}"
            ) from error

    def values(self, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        """All slots of a circuit without free parameters, shape [slots]."""
        return torch.tensor(self.offsets, dtype=dtype)

    def linear_map(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Offsets, shape [slots], and weights, shape [parameters, slots], float64."""
        weights = torch.zeros(len(self.parameters), len(self), dtype=torch.float64)
        for slot, place, weight in self.weights:
            weights[place, slot] += weight
        return self.values(), weights

    def linear(self) -> Callable[[Angle], Angle]:
        """Angles of slots as angles of the free parameters; survives pickling."""
        sources: dict[int, list[tuple[int, float]]] = {}
        for slot, place, weight in self.weights:
            sources.setdefault(slot, []).append((place, weight))
        return _OfParameters(tuple(self.offsets), sources)


@dataclass(frozen=True)
class _OfParameters:
    """What turns an angle of slots into one of the free parameters.

    Attributes:
        offsets: of each slot.
        sources: for a slot the places of parameters in it, and their weights.
    """

    offsets: tuple[float, ...]
    sources: dict[int, list[tuple[int, float]]]

    def __call__(self, angle: Angle) -> Angle:
        constant = angle.constant + sum(self.offsets[slot] * weight for slot, weight in angle.slots)
        found: dict[int, float] = {}
        for slot, weight in angle.slots:
            for place, own in self.sources.get(slot, ()):
                found[place] = found.get(place, 0.0) + weight * own
        return Angle(constant, tuple(found.items()))


PROBES = (0.37, -1.21, 2.03, -0.58)
"""Values of parameters at which a slope that is written with parameters is compared with itself."""


def _slope(value: Any, parameter: Any) -> float:
    """The derivative of an expression that is linear in a parameter; else `NotLinear`."""
    reason = f"an angle that is linear in its parameters expected, found {value}"
    try:
        slope = value.gradient(parameter)
        if not (isinstance(slope, ParameterExpression) and slope.parameters):
            return float(complex(slope).real)
        # (a + 1) (a - 1) - a**2 is constant, though its derivative is not written so.
        free = sorted(slope.parameters, key=str)
        found = [
            float(slope.bind({one: probe * (1 + 0.3 * place) for place, one in enumerate(free)}))
            for probe in PROBES
        ]
    except (ArithmeticError, ValueError, TypeError, RuntimeError, CircuitError) as error:
        raise NotLinear(reason) from error
    if max(found) - min(found) > 1e-12 * max(1.0, *map(abs, found)):
        raise NotLinear(reason)
    return found[0]
