"""Samples and labels as a classifier takes them."""

from __future__ import annotations

import numpy as np

from qorum.errors import InputRejected

NAME = "classifier"


def checked_features(features: np.ndarray, count: int) -> np.ndarray:
    """Float64, shape [samples, count]; refused with `InputRejected` where empty, other, or not finite."""
    found = np.asarray(features, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != count or not len(found):
        reason = f"features of shape [samples, {count}] expected, found {[*found.shape]}"
        raise InputRejected(NAME, reason)
    if not np.isfinite(found).all():
        raise InputRejected(NAME, "finite features expected, found NaN or infinity")
    return found


def checked_labels(labels: np.ndarray, samples: int, classes: int) -> np.ndarray:
    """Int64 in 0 … classes - 1, shape [samples]; others are refused with `InputRejected`."""
    found = np.asarray(labels)
    if found.shape != (samples,) or found.dtype.kind not in "iu":
        reason = f"{samples} integer labels expected, found {found.dtype} of shape {[*found.shape]}"
        raise InputRejected(NAME, reason)
    if found.min() < 0 or found.max() >= classes:
        reason = f"labels 0 … {classes - 1} expected, found {found.min()} … {found.max()}"
        raise InputRejected(NAME, reason)
    return found.astype(np.int64)
