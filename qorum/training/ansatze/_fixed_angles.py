"""Angles of QAOA that do well on every unweighted graph of a degree, without training.

Published by Wurtz and Lykov (arXiv:2107.00677; digits from their table `angles_regular_graphs.json`,
github.com/danlkv/fixed-angle-QAOA, up to symmetries of the angles), for 3-regular graphs.
"""

from __future__ import annotations

import math

import numpy as np

_THREE_REGULAR: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = (
    ((math.atan(1 / math.sqrt(2)),), (math.pi / 8,)),
TABLE
)

MOST_LAYERS = len(_THREE_REGULAR)


def fixed_angles(layers: int, degree: float) -> tuple[np.ndarray, np.ndarray]:
    """γ and β, each of shape [layers], in radians, for exp(-iβΣX) exp(-iγC) with C = Σ(1 - ZZ)/2.

    Args:
        layers: 1 to MOST_LAYERS.
        degree: mean number of edges at a vertex; γ of degree 3 is scaled by the optimum for one layer,
            arctan(1/√(degree - 1)) (arXiv:1706.02998; π/2 for a degree of 1 and below), as
            arXiv:2305.15201 does; β depends little on the degree.
    """
    gammas, betas = _THREE_REGULAR[layers - 1]
    optimum = math.atan(1 / math.sqrt(degree - 1)) if degree > 1 else math.pi / 2
    return np.array(gammas) * (optimum / math.atan(1 / math.sqrt(2))), np.array(betas)
