"""Which shifted energies give the derivative of an energy by the angle of one gate.

An energy is a finite Fourier series in that angle; its frequencies are the differences of the eigenvalues
of the gate's generator, and as many pairs of shifted energies give its derivative exactly (Wierichs et al.,
"General parameter-shift rules for quantum gradients", arXiv:2107.12390, section 3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from math import pi

import numpy as np

from qorum.errors import CircuitRejected
from qorum.statevector.gate_ir import DiagonalPhase, Element, RealRotation

MOST_FREQUENCIES = 64
"""Of one gate; beyond it the rule's coefficients lose all digits."""


@cache
def shift_rule(frequencies: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Shifts s and coefficients c with f'(t) = Σ c f(t + s) for every f of these frequencies.

    Args:
        frequencies: positive and ascending; for multiples 1 … R of the first, the shifts are those of
            equation (27) of the source, which for R = 1 and 2 are the two-term and the four-term rule.

    Raises:
        CircuitRejected: the frequencies are too many, or too uneven, for a rule that keeps its digits.
    """
    count = len(frequencies)
    if not count:
        return ()
    # The shifts spread evenly over what would be the period of evenly spaced frequencies.
    spacing = frequencies[-1] / count
    shifts = (2 * np.arange(1, count + 1) - 1) * pi / (2 * count * spacing)
    sines = 2 * np.sin(np.outer(frequencies, shifts))
    if count > MOST_FREQUENCIES or np.linalg.cond(sines) > 1e6:
        reason = f"a gate with evenly spaced eigenvalues expected, found frequencies {frequencies}"
        raise CircuitRejected("parameter shift", reason)
    coefficients = np.linalg.solve(sines, np.array(frequencies))
    pairs = zip(shifts.tolist(), coefficients.tolist(), strict=True)
    return tuple(term for shift, c in pairs for term in ((shift, c), (-shift, -c)))


def frequencies_of(elements: Sequence[Element]) -> dict[int, tuple[float, ...]]:
    """The frequencies of energies in the value of each slot, ascending; none for a global phase."""
    gaps: dict[int, set[float]] = defaultdict(lambda: {0.0})
    for element in elements:
        for slot, new in _gaps(element).items():
            # Elements that share a slot: their eigenvalues add up.
            gaps[slot] = {round(a + b, 9) for a in gaps[slot] for b in new}
    return {slot: tuple(sorted(gap for gap in found if gap > 0)) for slot, found in gaps.items()}


def _gaps(element: Element) -> dict[int, set[float]]:
    """Differences of the eigenvalues of each slot's generator, of both signs."""
    if isinstance(element, RealRotation):
        return {part: {-1.0, 0.0, 1.0} for part in element.parts if isinstance(part, int)}
    if not isinstance(element, DiagonalPhase):
        return {}
    terms: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for mask, angle in element.terms:
        for slot, weight in angle.slots:
            terms[slot].append((mask, weight))
    found: dict[int, set[float]] = {}
    for slot, members in terms.items():
        # Which terms hold for a basis state depends on the union of their masks alone.
        unions = {0}
        for mask, _ in members:
            unions |= {union | mask for union in unions}
        levels = {sum(weight for mask, weight in members if mask & union == mask) for union in unions}
        found[slot] = {a - b for a in levels for b in levels}
    return found
