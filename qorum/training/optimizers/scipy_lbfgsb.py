"""L-BFGS-B: quasi-Newton descent; SciPy's.

Byrd et al., SIAM J. Sci. Comput. 16, 1190 (1995);
https://docs.scipy.org/doc/scipy/reference/optimize.minimize-lbfgsb.html
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


class LBFGSBSettings(Settings):
    """Settings of L-BFGS-B."""

    history: int = Field(10, ge=1, le=1000, description="SciPy's maxcor: differences of gradients kept.")
    value_tolerance: float = Field(
        1e-12, ge=0, le=1, description="SciPy's ftol: the relative change of the value at which it is over."
    )
    gradient_tolerance: float = Field(
        1e-6, ge=0, description="SciPy's gtol: the gradient's largest entry at which it is over."
    )


class LBFGSB(Replayed[LBFGSBSettings]):
    """SciPy's L-BFGS-B without bounds; a step is an evaluation."""

    name = "scipy-lbfgsb"
    summary = "SciPy's quasi-Newton descent; for exact values and gradients"
    settings_type = LBFGSBSettings
    uses_gradient = True

    def minimizer(self, start: Array) -> Minimize:
        options = {
            "maxcor": self.settings.history,
            "ftol": self.settings.value_tolerance,
            "gtol": self.settings.gradient_tolerance,
            "maxiter": ENDLESS,
            "maxfun": ENDLESS,
        }

        def run(evaluate: Evaluate) -> None:
            def value_and_gradient(point: Array) -> tuple[float, Array]:
                found = evaluate(point)
                assert found.gradient is not None, "a gradient was asked for"
                # SciPy may write into what it is given.
                return found.value, found.gradient.copy()

            minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=options)

        return run


OPTIMIZER = LBFGSB
