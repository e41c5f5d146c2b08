"""Which wires the measurements of a tape ask for, and in which bases: one for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qorum.circuits.refusal import NotCanonical


class Bases:
    """What is asked for, measurement by measurement.

    Attributes:
        everything: whether all wires are, as they are where nothing is named.
        asked: the wires that are named.
        results: mid-circuit measurements whose results are returned, those of one number together.
    """

    def __init__(self) -> None:
        self.asked: dict[Any, None] = {}
        self.results: list[list[Any]] = []
        self._named: dict[Any, tuple[str, str]] = {}
        self._own: list[Any] = []
        self._all = False

    @property
    def everything(self) -> bool:
        """See the class."""
        return self._all or not (self.asked or self.results)

    def ask(self, measurement: Any, wires: Sequence[Any]) -> None:
        """Adds what one measurement asks for.

        Raises:
            NotCanonical: it cannot be measured together with those before it.
        """
        from pennylane.measurements import ClassicalShadowMP, ShadowExpvalMP

        if isinstance(measurement, ClassicalShadowMP | ShadowExpvalMP):
            raise NotCanonical(f"measurements in one basis expected, found {measurement}; ask for counts")
        if (value := measurement.mv) is not None:
            values = value if isinstance(value, list | tuple) else [value]
            self.results += [list(each.measurements) for each in values]
        elif measurement.obs is not None:
            self._observe(measurement.obs)
        else:
            named = list(measurement.wires) or list(wires)
            self._all |= not len(measurement.wires)
            for wire in named:
                self._take(
                    wire, "Z", f"{type(measurement).__name__.removesuffix('MP').lower()} of wire {wire}"
                )

    def rotations(self) -> list[Any]:
        """Operations that bring every basis asked for to that of the measurement."""
        import pennylane as qml

        turned: list[Any] = []
        for wire, (letter, _) in self._named.items():
            if letter == "X":
                turned.append(qml.Hadamard(wire))
            elif letter == "Y":
                turned += [qml.adjoint(qml.S(wire)), qml.Hadamard(wire)]
        for observable in self._own:
            turned += observable.diagonalizing_gates()
        return turned

    def _observe(self, observable: Any) -> None:
        words = observable.pauli_rep
        if words is not None and observable.name != "Hadamard":
            for word in words:
                named = " @ ".join(f"{letter}({wire})" for wire, letter in word.items())
                for wire, letter in word.items():
                    self._take(wire, letter, named)
            for wire in observable.wires:
                self.asked.setdefault(wire)
            return
        if not observable.has_diagonalizing_gates:
            raise NotCanonical(
                f"observables with a basis to measure them in expected, found {observable}; write it as a "
                "sum of Pauli products"
            )
        for wire in observable.wires:
            self._take(wire, f"of {observable}", str(observable))
        if not any(observable is known or str(observable) == str(known) for known in self._own):
            self._own.append(observable)

    def _take(self, wire: Any, basis: str, why: str) -> None:
        known, first = self._named.setdefault(wire, (basis, why))
        if known != basis:
            raise NotCanonical(
                f"observables that one basis of each wire measures expected, found {first} and {why}; run "
                "them as circuits of their own"
            )
        self.asked.setdefault(wire)
