"""Parametrized circuits compiled once to a target, and bound for each point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit

from qorum.backends import BackendProfile
from qorum.circuits.compilation import cache_key, compile_circuit
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.digest import template_digest
from qorum.errors import CircuitRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.measurement import Basis
from qorum.training.objective import Array
from qorum.training.work import Work

OPTIMIZATION_LEVEL = 1
"""Of the one compilation that serves all points."""


def measured_in(circuit: QuantumCircuit, basis: Basis) -> QuantumCircuit:
    """The circuit with all qubits measured in a basis, qubit q into clbit q.

    Raises:
        CircuitRejected: the circuit has classical bits of its own.
    """
    if circuit.num_clbits:
        reason = f"a circuit without classical bits expected, found {circuit.num_clbits}"
        raise CircuitRejected(circuit.name, reason)
    n = circuit.num_qubits
    measured = circuit.copy()
    measured.compose(basis.rotations(n), inplace=True)
    measured.add_register(ClassicalRegister(n, "c"))
    measured.measure(range(n), range(n))
    return measured


Compile = Callable[[Mapping[str, QuantumCircuit]], Mapping[str, CompiledCircuit]]
"""Compiles circuits to one target, by their digests; raises `CircuitRejected` for one that does not fit."""


def compiler_for(profile: BackendProfile, seed: int) -> Compile:
    """Compiles in this process, and keeps nothing."""

    def compiled(circuits: Mapping[str, QuantumCircuit]) -> dict[str, CompiledCircuit]:
        found: dict[str, CompiledCircuit] = {}
        for digest, circuit in circuits.items():
            key = cache_key(digest, profile.target, profile.calibration_id, OPTIMIZATION_LEVEL, seed)
            native = compile_circuit(
                circuit, profile.target, optimization_level=OPTIMIZATION_LEVEL, seed=seed
            )
            found[digest] = CompiledCircuit.of(key, circuit, native, profile.calibration_id)
        return found

    return compiled


class BoundCircuits:
    """Circuits with free parameters, compiled once, and all that they become.

    Args:
        backend: who runs them.
        circuits: of the same parameters, measured or not.
        compile: to the backend's target.
        most: circuits that the backend takes in one job.

    Raises:
        CircuitRejected: one does not fit the target.
    """

    def __init__(self, backend: str, circuits: Sequence[QuantumCircuit], compile: Compile, most: int) -> None:
        self.backend, self._most = backend, most
        self._digests = [template_digest(circuit) for circuit in circuits]
        found = compile(dict(zip(self._digests, circuits, strict=True)))
        self.compiled = [found[digest] for digest in self._digests]
        # Compilation drops what changes nothing, such as an RZ before a measurement.
        self._kept = [
            _places(circuit, native.circuit) for circuit, native in zip(circuits, self.compiled, strict=True)
        ]

    def work(
        self,
        points: Array,
        *,
        which: Sequence[int] = (0,),
        shots: int = 0,
        seeds: Sequence[int] | None = None,
        observable: PauliSum | None = None,
    ) -> list[Work]:
        """Jobs with some of the circuits, each at all points.

        Args:
            points: shape [points, parameters], in the order of the given circuits'.
            which: places of the circuits, in the order wanted.
            shots: see `Work`.
            seeds: for each circuit one for each point; None for values without chance.
            observable: see `Work`.
        """
        each = len(points)
        whole = Work(
            self.backend,
            tuple(self.compiled[place] for place in which for _ in range(each)),
            tuple(self._digests[place] for place in which for _ in range(each)),
            tuple(tuple(row.tolist()) for place in which for row in points[:, self._kept[place]]),
            (0,) * (len(which) * each) if seeds is None else tuple(seeds),
            *(shots, observable),
        )
        return list(whole.in_jobs(self._most))

    def laid_out(self, observable: PauliSum) -> PauliSum:
        """The observable on the qubits where the compiled first circuit leaves those of the given one."""
        compiled = self.compiled[0].circuit
        layout: Any = compiled.layout
        qubits = None if layout is None else layout.final_index_layout()

        def moved(mask: int) -> int:
            places = [qubit for qubit in range(mask.bit_length()) if mask >> qubit & 1]
            return sum(1 << (qubit if qubits is None else qubits[qubit]) for qubit in places)

        terms = [PauliTerm(moved(term.x), moved(term.z), term.coefficient) for term in observable.terms]
        return PauliSum(compiled.num_qubits, tuple(sorted(terms)), observable.constant)


def _places(given: QuantumCircuit, compiled: QuantumCircuit) -> Array:
    """Places of the compiled parameters among the given ones, by name: a stored circuit has its own."""
    places = {parameter.name: place for place, parameter in enumerate(given.parameters)}
    return np.array([places[parameter.name] for parameter in compiled.parameters], dtype=np.int64)
