"""Finds the backends: every module of this package, and those that QORUM_BACKEND_MODULES names."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from blocks.backends._base import BackendBlock
from blocks.saved import saved_block
from blocks.settings import settings
from qorum.errors import NoEligibleBackend, QorumError

SAVED = "block:"


def backend_types() -> dict[str, type[BackendBlock]]:
    """Backend classes by their short name, in alphabetical order; settings name modules with others."""
    return _types(settings().backend_modules)


@cache
def _types(theirs: tuple[str, ...]) -> dict[str, type[BackendBlock]]:
    ours = [f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)]
    for module in ours:
        importlib.import_module(module)
    for module in theirs:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise QorumError(
                f"QORUM_BACKEND_MODULES names {module}, which cannot be imported: {error}"
            ) from error
    named = [sys.modules[module] for module in (*ours, *theirs)]
    concrete = [
        kind for kind in _subclasses(BackendBlock) if hasattr(kind, "short_name") and _is_of(kind, named)
    ]
    return {kind.short_name: kind for kind in sorted(concrete, key=lambda kind: kind.short_name)}


def load_backend(name: str) -> BackendBlock:
    """The backend that a user calls `aer`, `aer?method=stabilizer` or `block:aer-simulator/mine`.

    Raises:
        NoEligibleBackend: no backend or block has that name, a setting is wrong, or its library is missing.
    """
    if name.startswith(SAVED):
        return _load_saved(name)
    short_name, _, options = name.partition("?")
    kinds = backend_types()
    if short_name not in kinds:
        raise NoEligibleBackend({name: f"unknown; the backends are {', '.join(kinds)}"})
    if reason := kinds[short_name].not_installed():
        raise NoEligibleBackend({name: reason})
    return kinds[short_name].from_options(options)


def _load_saved(name: str) -> BackendBlock:
    if name.count("/") != 1:
        raise NoEligibleBackend({name: "block:type-slug/name expected, e.g. block:aer-simulator/mine"})
    backend_types()  # Prefect finds the classes of saved blocks only once they are defined
    try:
        block = saved_block(name.removeprefix(SAVED))
    except ValueError as error:
        raise NoEligibleBackend({name: f"no such block is saved: {error}"}) from error
    if not isinstance(block, BackendBlock):
        raise NoEligibleBackend({name: f"a backend block expected, found {type(block).__name__}"})
    return block


def _is_of(kind: type[BackendBlock], modules: Sequence[ModuleType]) -> bool:
    """Whether one of the modules, or one within it, defines or names the class: others were not asked for."""
    return any(
        f"{kind.__module__}.".startswith(f"{module.__name__}.") or kind in vars(module).values()
        for module in modules
    )


def _subclasses(kind: type[BackendBlock]) -> list[type[BackendBlock]]:
    return [found for child in kind.__subclasses__() for found in (child, *_subclasses(child))]
