"""What a circuit can take of a data set: few numbers, as angles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qorum.errors import InputRejected

ANGLES = (0.0, math.pi)
"""Radians; of an RY gate, from |0> to |1>."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """From features to angles, as fitted on a training part; four arrays say all.

    Standardize, project onto principal components if wanted, then stretch what the training part spans to the
    angles' range; samples beyond it are cut off there.

    Attributes:
        means: of the features, shape [features].
        axes: what a centred sample is multiplied by, shape [features, angles]: the standard deviations
            inverted (0 for constant features), times the components.
        lowest: of the projections, shape [angles].
        highest: of the projections, shape [angles].
        angles: the range in radians.
    """

    means: np.ndarray
    axes: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    angles: tuple[float, float] = ANGLES

    @classmethod
    def fit(
        cls, features: np.ndarray, components: int | None = None, angles: tuple[float, float] = ANGLES
    ) -> Scaling:
        """Fitted on these samples alone; the same samples give the same bits.

        A component's sign is such that its largest entry (the first of equal ones) is positive.

        Args:
            features: finite, shape [samples, features].
            components: how many principal components, in descending order of variance; None: the features
                themselves.
            angles: lower and upper bound in radians.

        Raises:
            InputRejected: more components than features or than samples - 1, or an empty range of angles.
        """
        features = np.asarray(features, np.float64)
        most = min(features.shape[1], features.shape[0] - 1)
        if components is not None and not 1 <= components <= most:
            reason = f"1 to {most} principal components (features, samples - 1) expected, found {components}"
            raise InputRejected("scaling", reason)
        if not angles[0] < angles[1]:
            raise InputRejected("scaling", f"a lower and a higher angle expected, found {angles}")
        means = features.mean(axis=0)
        deviations = features.std(axis=0)
        varying = deviations > 1e-12 * np.maximum(np.abs(means), 1e-300)
        scales = np.divide(1.0, deviations, out=np.zeros_like(means), where=varying)
        axes = np.diag(scales)
        if components is not None:
            axes = axes @ _principal_components((features - means) * scales, components)
        projected = (features - means) @ axes
        return cls(means, axes, projected.min(axis=0), projected.max(axis=0), angles)

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Angles in radians within the range, its middle where the training part is constant.

        Args:
            features: shape [samples, features].

        Returns:
            float64, shape [samples, angles].
        """
        features = np.asarray(features, np.float64)
        if features.ndim != 2 or features.shape[1] != len(self.means):
            raise InputRejected(
                "scaling", f"{len(self.means)} features of each sample expected, found shape {features.shape}"
            )
        span = self.highest - self.lowest
        centred = (features - self.means) @ self.axes - self.lowest
        parts = np.divide(centred, span, out=np.full_like(centred, 0.5), where=span > 0)
        low, high = self.angles
        return low + (high - low) * np.clip(parts, 0.0, 1.0)


def _principal_components(standardized: np.ndarray, components: int) -> np.ndarray:
    """Unit vectors as columns, shape [features, components]."""
    _, _, rows = np.linalg.svd(standardized, full_matrices=False)
    vectors = rows[:components].T
    sizes = np.abs(vectors)
    leading = np.argmax(sizes >= sizes.max(axis=0) * (1 - 1e-9), axis=0)
    return vectors * np.where(vectors[leading, np.arange(components)] < 0, -1.0, 1.0)
