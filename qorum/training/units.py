"""What energies are counted in while they are minimized: no tolerance depends on a problem's scale."""

from __future__ import annotations

import math
from typing import NamedTuple

from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm


class Units(NamedTuple):
    """An energy E is (E - zero) / scale to optimizers; reports have it as it is.

    Attributes:
        zero: the operator's constant.
        scale: √Σc² of its other coefficients: the standard deviation of its eigenvalues.
    """

    zero: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, observable: PauliSum) -> Units:
        """Those of an operator; its scale is 1 where it is constant."""
        largest = max((abs(term.coefficient) for term in observable.terms), default=0.0)
        if not largest:
            return cls(observable.constant, 1.0)
        return cls(
            observable.constant,
            largest * math.hypot(*(term.coefficient / largest for term in observable.terms)),
        )

    def reduced(self, observable: PauliSum) -> PauliSum:
        """The operator in these units."""
        terms = tuple(PauliTerm(x, z, coefficient / self.scale) for x, z, coefficient in observable.terms)
        return PauliSum(observable.num_qubits, terms, (observable.constant - self.zero) / self.scale)

    def energy(self, value: float) -> float:
        """What a value in these units is as an energy."""
        return self.zero + self.scale * value

    def variance(self, value: float) -> float:
        """What the variance of such a value is as that of an energy."""
        return self.scale**2 * value
