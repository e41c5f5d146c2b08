"""COBYLA: linear models of the objective on a simplex, without gradients; SciPy's.

Powell, "A direct search optimization method that models the objective and constraint functions by linear
interpolation" (1994); https://docs.scipy.org/doc/scipy/reference/optimize.minimize-cobyla.html
"""

from __future__ import annotations

from pydantic import Field
from scipy.optimize import minimize

from qorum.training.objective import Array
from qorum.training.optimizers._dialogue import Evaluate, Minimize
from qorum.training.optimizers._optimizer import Settings
from qorum.training.optimizers._replayed import Replayed

ENDLESS = 10**9
"""Evaluations: the loop of the training bounds them, not SciPy."""


class COBYLASettings(Settings):
    """Settings of COBYLA."""

    first_step: float = Field(0.5, gt=0, le=10, description="SciPy's rhobeg: the first simplex, in radians.")
    tolerance: float = Field(
        1e-6, gt=0, le=1, description="SciPy's tol: the simplex's size, in radians, at which it is over."
    )


class COBYLA(Replayed[COBYLASettings]):
    """SciPy's COBYLA without constraints; a step is an evaluation."""

    name = "scipy-cobyla"
    summary = "linear models on a simplex, no gradients; for few parameters"
    settings_type = COBYLASettings
    uses_gradient = False

    def minimizer(self, start: Array) -> Minimize:
        tolerance, options = self.settings.tolerance, {"rhobeg": self.settings.first_step, "maxiter": ENDLESS}

        def run(evaluate: Evaluate) -> None:
            def value(point: Array) -> float:
                return evaluate(point).value

            minimize(value, start, method="COBYLA", tol=tolerance, options=options)

        return run


OPTIMIZER = COBYLA
