"""Optimizers by name: `adam?learning_rate=0.05`.

Each file of this package that has an `OPTIMIZER` is one optimizer; a new one needs no edit here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from qorum.errors import InputRejected
from qorum.references import parse_reference
from qorum.training.objective import Array, Landscape
from qorum.training.optimizers._optimizer import Optimizer, Settings

__all__ = ["Optimizer", "Settings", "make_optimizer", "optimizers", "parse_optimizer"]


@cache
def optimizers() -> Mapping[str, type[Optimizer[Any]]]:
    """Every optimizer by its name, in alphabetical order."""
    files = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    found = [importlib.import_module(f"{__name__}.{file}").OPTIMIZER for file in files]
    return MappingProxyType({kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)})


def parse_optimizer(reference: str) -> tuple[str, Settings]:
    """The name of the optimizer that a reference begins with, and its settings.

    Raises:
        InputRejected: no such optimizer or setting (the known ones are listed), or a value out of bounds.
    """
    models = {name: kind.settings_type for name, kind in optimizers().items()}
    return parse_reference(reference, models, kind="optimizer", parameter="setting")


def make_optimizer(reference: str, point: Array, landscape: Landscape, seed: int) -> Optimizer[Any]:
    """The optimizer that a reference such as `spsa?learning_rate=0.1` stands for, ready to be asked.

    Args:
        reference: a name of `optimizers`, and settings; those that are not given take their defaults.
        point: where it starts, shape [parameters].
        landscape: what is known of the objective.
        seed: of all its random choices.

    Raises:
        InputRejected: no such optimizer or setting (the known ones are listed), a value out of bounds,
            a point that does not fit, or a landscape that this optimizer cannot work on.
    """
    name, settings = parse_optimizer(reference)
    start = np.asarray(point, dtype=np.float64)
    if start.shape != (landscape.num_parameters,) or not start.size:
        expected = f"a start of {landscape.num_parameters} parameters, at least one, expected"
        raise InputRejected(reference, f"{expected}; found shape {start.shape}")
    if not np.isfinite(start).all():
        raise InputRejected(reference, f"a start of finite numbers expected, found {start.tolist()}")
    return optimizers()[name](settings, start, landscape, seed)
