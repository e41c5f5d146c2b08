"""The angles of a circuit's gates as linear functions of its free parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite, pi, remainder
from typing import Any

import torch
from qiskit.circuit import ParameterExpression

from qorum.statevector.elements import Angle

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
        for parameter in free:
            slope = value.gradient(parameter)
            if isinstance(slope, ParameterExpression) and slope.parameters:
                raise NotLinear(f"an angle that is linear in its parameters expected, found {value}")
            self.weights.append((slot, self._places[parameter], float(complex(slope).real)))
        return float(value.bind(dict.fromkeys(free, 0.0)))

    def values(self, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        """All slots of a circuit without free parameters, shape [slots]."""
        return torch.tensor(self.offsets, dtype=dtype)

    def linear(self) -> Callable[[Angle], Angle]:
        """Angles of slots as angles of the free parameters."""
        sources: dict[int, list[tuple[int, float]]] = {}
        for slot, place, weight in self.weights:
            sources.setdefault(slot, []).append((place, weight))

        def of_parameters(angle: Angle) -> Angle:
            constant = angle.constant + sum(self.offsets[slot] * weight for slot, weight in angle.slots)
            found: dict[int, float] = {}
            for slot, weight in angle.slots:
                for place, own in sources.get(slot, ()):
                    found[place] = found.get(place, 0.0) + weight * own
            return Angle(constant, tuple(found.items()))

        return of_parameters
