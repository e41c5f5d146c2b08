"""Excited states by deflation: lower states are raised out of the way (Higgott et al., arXiv:1805.08138)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.errors import NoEligibleBackend
from qorum.statevector.evolution import Circuit
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import Prepared
from qorum.training.definitions import Below, TrainingDefinition
from qorum.training.report import LOCAL_MINIMUM, STATE_ENERGY, Level, TrainingReport

Tensor = torch.Tensor

ATTEMPTS = 3
"""Random starts of a level, at most, while it ends in local minima."""


@dataclass(frozen=True)
class Raised:
    """A sum of strings plus Σ weight |state><state|, for states of one dtype on one device."""

    plain: Prepared
    states: Tensor
    weights: Tensor

    def __call__(self, states: Tensor) -> Tensor:
        """The operator applied to contiguous states of shape [..., 2**n]: a new tensor."""
        shares = states @ self.states.mH
        return self.plain(states) + (shares * self.weights) @ self.states


@dataclass(frozen=True)
class Deflated(PauliSum):
    """H + Σ weight |state><state|: its lowest state is the lowest of H that has no share in these states.

    Attributes:
        states: of lower levels, complex128, shape [levels, 2**n].
        weights: by how much each is raised, shape [levels]; above the gap to the level that is sought.
    """

    states: Any = None
    weights: tuple[float, ...] = ()

    def prepared(self, dtype: torch.dtype, device: torch.device) -> Any:
        """What `apply` multiplies by."""
        given = self.states.to(device=device, dtype=dtype)
        weights = torch.tensor(self.weights, dtype=dtype, device=device)
        return Raised(super().prepared(dtype, device), given, weights)


def states_of(circuits: Sequence[QuantumCircuit], points: Sequence[np.ndarray]) -> Tensor:
    """The states of circuits at their parameters, complex128, shape [circuits, 2**n]."""
    with torch.inference_mode():
        found: list[Tensor] = []
        for circuit, point in zip(circuits, points, strict=True):
            ready = Circuit(circuit, dtype=torch.complex128)
            given = torch.as_tensor(point) if circuit.num_parameters else None
            found.append(ready.states(given).reshape(-1))
    return torch.stack(found).clone()


def deflated(observable: PauliSum, states: Tensor) -> Deflated:
    """The observable with these states raised above all of its eigenvalues.

    Each by the bound Σ|c| of the spectrum, less what the state has: enough for any level, and no more.
    """
    bound = sum(abs(term.coefficient) for term in observable.terms) + observable.constant
    values = observable.expectation(states)
    weights = tuple(max(0.0, bound - float(value)) for value in values)
    return Deflated(
        observable.num_qubits, observable.terms, observable.constant, states=states, weights=weights
    )


def level_figures(observable: PauliSum, states: Tensor, state: Tensor) -> dict[str, float | str]:
    """Of a level's state: its energy without penalties, and its squared overlap with each lower one."""
    figures: dict[str, float | str] = {STATE_ENERGY: float(observable.expectation(state.reshape(1, -1))[0])}
    for place, value in enumerate((states.conj() @ state.reshape(-1)).abs().square()):
        figures[f"overlap with state {place}"] = float(value)
    return figures


def levels_of(definition: TrainingDefinition, reports: Iterable[TrainingReport]) -> tuple[Level, ...]:
    """What trainings have found, by ascending energy: a level may be found after one above it.

    Args:
        definition: of the ground state, with the exact levels as far as they are known.
        reports: of the ground state and of the others.
    """
    exact = dict(enumerate(definition.levels))
    return tuple(
        Level(
            level=place,
            energy=report.energy,
            exact=exact.get(place),
            training_id=report.training_id,
            reason=report.reason,
        )
        for place, report in enumerate(sorted(reports, key=height))
    )


def renewed(levels: Sequence[Level], report: TrainingReport) -> tuple[Level, ...]:
    """Levels that were told before, with what one of their trainings has found since, by ascending energy."""
    exact = {one.level: one.exact for one in levels}
    since = {"energy": report.energy, "reason": report.reason}
    found = [one.model_copy(update=since) if one.training_id == report.training_id else one for one in levels]
    return tuple(
        one.model_copy(update={"level": place, "exact": exact[place]})
        for place, one in enumerate(sorted(found, key=height))
    )


def height(found: TrainingReport | Level) -> float:
    """What to sort by: the energy; infinite where there is none."""
    return math.inf if found.energy is None else found.energy


def refuse_inexact(definition: TrainingDefinition) -> None:
    """Raises `NoEligibleBackend` if a training is not on the engine's exact states."""
    if definition.shots or definition.backend.partition("?")[0] != "torch":
        reason = "backend torch without noise and shots expected for excited states: overlaps are exact"
        raise NoEligibleBackend({definition.backend: f"{reason}; found shots={definition.shots}"})


def is_doubtful(report: TrainingReport) -> bool:
    """Whether a level ended above the exact one, so that another start may help."""
    return report.reason.startswith(LOCAL_MINIMUM)


def next_level(
    ground: TrainingDefinition, reports: Sequence[TrainingReport], attempt: int
) -> TrainingDefinition:
    """The training of the state above those that have been found.

    It starts at random: where the ground state's start is, slopes of excited states often vanish. Its id has
    a part of the digest of the lower states: where these change, it begins anew.

    Args:
        ground: what was asked for.
        reports: of all lower levels, lowest first.
        attempt: which random start, from 0 on.
    """
    level = len(reports)
    below = [Below(operators=list(one.operators), parameters=list(one.parameters)) for one in reports]
    known = ground.levels[level] if level < len(ground.levels) else None
    changed = ground.model_copy(
        update={
            "below": below,
            "reference": known,
            "initial": "random",
            "seed": derive_seed(ground.seed, "state", 10 * level + attempt) % 2**31,
            "levels": [],
        }
    )
    mark = f".{level}{'abc'[attempt]}-{changed.digest[:8]}"
    return changed.model_copy(update={"training_id": ground.training_id[: 80 - len(mark)] + mark})
