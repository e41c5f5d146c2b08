"""Angles of QAOA that do well on every unweighted graph of a degree, without training.

Published by Wurtz and Lykov (arXiv:2107.00677; digits from their table `angles_regular_graphs.json`,
github.com/danlkv/fixed-angle-QAOA, up to symmetries of the angles), for 3-regular graphs.
"""

from __future__ import annotations

import math

import numpy as np

_THREE_REGULAR: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = (
    ((math.atan(1 / math.sqrt(2)),), (math.pi / 8,)),
    (
        (0.48788735, 0.89775859),
        (0.55475546, 0.2922574),
    ),
    (
        (0.41787832, 0.79214776, 0.93232948),
        (0.60032889, 0.45241986, 0.23511412),
    ),
    (
        (0.40718406, 0.77873346, 0.97786102, 1.14390016),
        (0.59413038, 0.44061878, 0.31250151, 0.16312574),
    ),
    (
        (0.3592396, 0.70611019, 0.82216781, 1.003988, 1.15356927),
        (0.6317379, 0.52261397, 0.39028465, 0.27619481, 0.14934142),
    ),
    (
        (0.33146716, 0.64515631, 0.73130303, 0.83674612, 1.00977595, 1.12682383),
        (0.63569681, 0.53407238, 0.46296397, 0.35987601, 0.25850709, 0.13888416),
    ),
    (
        (0.3075471, 0.62011806, 0.7006096, 0.76412924, 0.86567754, 1.03551756, 1.1258363),
        (0.64806401, 0.55839915, 0.5007673, 0.45132269, 0.33452177, 0.23544465, 0.12965313),
    ),
    (
        (0.30221036, 0.60130604, 0.6597921, 0.7115199, 0.77304704, 0.86802418, 1.02383154, 1.10452208),
        (0.65650754, 0.56238557, 0.49776919, 0.46996502, 0.41361734, 0.31031851, 0.22814776, 0.12058734),
    ),
    (
        (
            0.2794012,
            0.56613324,
            0.6312226,
            0.67933252,
            0.72624066,
            0.76805642,
            0.874522,
            1.03747092,
            1.11798666,
        ),
        (
            0.65447387,
            0.56186397,
            0.5090114,
            0.48677629,
            0.45143509,
            0.40321108,
            0.30473032,
            0.21983296,
            0.11718174,
        ),
    ),
    (
        (
            0.26671636,
            0.5448227,
            0.60998102,
            0.65626008,
            0.69570836,
            0.7287574,
            0.77387758,
            0.88211138,
            1.043801,
            1.11525922,
        ),
        (
            0.65558354,
            0.56318149,
            0.51388817,
            0.49558422,
            0.46889487,
            0.43574328,
            0.38847067,
            0.29117619,
            0.21050905,
            0.11238794,
        ),
    ),
    (
        (
            0.2572874,
            0.52804058,
            0.59177096,
            0.6396915,
            0.67720562,
            0.70206146,
            0.73702426,
            0.7753075,
            0.88355874,
            1.04697026,
            1.11523772,
        ),
        (
            0.65643879,
            0.56334713,
            0.51630143,
            0.50366825,
            0.481823,
            0.45601256,
            0.42143463,
            0.37077327,
            0.27645017,
            0.20094698,
            0.1072507,
        ),
    ),
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
