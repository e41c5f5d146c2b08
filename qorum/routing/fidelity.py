"""How likely a circuit runs on a device without any error: the estimated success probability (ESP).

ESP = Π(1−ε gate) · Π(1−ε readout) · Π(1−ε idle), as in Nishio et al., arXiv:1903.10963, and Murali
et al., arXiv:1901.11054, as mapomatic uses it (Nation and Treinish, arXiv:2209.15512). ε of an idle
time t is 1 minus the average fidelity of relaxation over t, so that it is on one scale with the
gate errors that randomized benchmarking reports: ε = 1/2 − exp(−t/T1)/6 − exp(−t/T2)/3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass, field
from typing import cast

from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, Delay, ForLoopOp
from qiskit.transpiler import Target

from qorum.circuits.walks import places_of
from qorum.routing.calibration import Calibration, Measured, is_noiseless
from qorum.routing.estimation import Expected

CLASSICAL = frozenset({"store", "break_loop", "continue_loop"})
"""Instructions that touch no qubit."""


def success_probability(compiled: QuantumCircuit, target: Target) -> float:
    """ESP of a compiled circuit, from the calibration of the qubits that it uses.

    Operations start as soon as their qubits and classical bits are ready. A qubit idles between its
    first and its last operation; before the first, and from a reset on, it rests in the ground
    state. Of a branch the worst counts; a `for` body as often as it runs, a `while` body once.

    Args:
        compiled: compiled to `target`; qubit i is the device's qubit i.
        target: with errors, durations (s), T1 and T2 (s) where known; what is missing counts as 0.

    Returns:
        A probability in [0, 1]; exactly 1.0 where the target states no errors.

    Raises:
        ValueError: the circuit uses an operation that the target lacks on these qubits.
    """
    return 1.0 if is_noiseless(target) else _walk(compiled, Measured(target))


def estimate_success(circuit: QuantumCircuit, target: Target) -> float:
    """A cheap guess of `success_probability` before compilation, from the device's medians.

    Every gate is counted as the native gates it is likely to become, and two-qubit gates between
    qubits with more partners than the device has neighbours as if swaps were needed.

    Args:
        circuit: any circuit; gates that are not native are counted through their definitions.
        target: as for `success_probability`.

    Returns:
        A probability in [0, 1]; exactly 1.0 where the target states no errors.
    """
    return 1.0 if is_noiseless(target) else _walk(circuit, Expected(circuit, target))


def idle_error(seconds: float, t1: float, t2: float) -> float:
    """1 minus the average gate fidelity of a qubit that relaxes for `seconds` (T1, T2 in s)."""
    return 1 / 2 - math.exp(-seconds / t1) / 6 - math.exp(-seconds / t2) / 3


def _walk(circuit: QuantumCircuit, calibration: Calibration) -> float:
    schedule = _Schedule(calibration)
    schedule.run(circuit, list(range(circuit.num_qubits)), list(range(circuit.num_clbits)))
    return math.exp(schedule.log_success)


@dataclass
class _Schedule:
    """An as-soon-as-possible schedule in the making, and the log of the success so far."""

    calibration: Calibration
    log_success: float = 0.0
    ready: dict[int, float] = field(default_factory=dict[int, float])
    """When each qubit may start its next operation, in seconds."""
    written: dict[int, float] = field(default_factory=dict[int, float])
    """When each classical bit gets its last value, in seconds."""
    ended: dict[int, float] = field(default_factory=dict[int, float])
    """When each qubit that holds a state ended its last operation, in seconds."""

    def copy(self) -> _Schedule:
        return _Schedule(
            self.calibration, self.log_success, dict(self.ready), dict(self.written), dict(self.ended)
        )

    def run(self, circuit: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int]) -> None:
        """Append all of `circuit`, whose qubit i is `qubits[i]` and classical bit i `clbits[i]`."""
        place_of = places_of(circuit, qubits, clbits)
        for instruction in circuit.data:
            operation = instruction.operation
            places = [place_of[qubit] for qubit in instruction.qubits]
            bits = [place_of[bit] for bit in instruction.clbits]
            if operation.name in CLASSICAL or not places:
                continue
            if operation.name == "barrier":
                self._hold(places, self._start(places, []))
            elif isinstance(operation, Delay):
                self._hold(places, self._start(places, []) + self.calibration.delay(operation))
            elif isinstance(operation, ControlFlowOp):
                self._branch(operation, places, bits)
            else:
                error, duration = self.calibration.cost(operation, places)
                self._append(places, bits, error, duration)
                if operation.name == "reset":
                    self.ended.pop(places[0])

    def _start(self, places: Sequence[int], bits: Sequence[int]) -> float:
        qubits_ready = max((self.ready.get(place, 0.0) for place in places), default=0.0)
        return max(qubits_ready, max((self.written.get(bit, 0.0) for bit in bits), default=0.0))

    def _hold(self, places: Sequence[int], until: float) -> None:
        for place in places:
            self.ready[place] = until

    def _append(self, places: Sequence[int], bits: Sequence[int], error: float, duration: float) -> None:
        start = self._start(places, bits)
        for place in places:
            idle = start - self.ended.get(place, start)
            if idle > 0:
                self._fail(idle_error(idle, *self.calibration.relaxation(place)))
            self.ready[place] = self.ended[place] = start + duration
        for bit in bits:
            self.written[bit] = start + duration
        self._fail(error)

    def _fail(self, error: float) -> None:
        self.log_success += math.log1p(-error) if error < 1.0 else -math.inf

    def _branch(self, operation: ControlFlowOp, places: Sequence[int], bits: Sequence[int]) -> None:
        """Go on from the branch that is the least likely to succeed."""
        start = self._start(places, bits)
        branches: list[_Schedule] = []
        for block in operation.blocks:
            branch = self.copy()
            branch._hold(places, start)
            branch.run(block, places, bits)
            branches.append(branch)
        worst = min(branches, key=lambda branch: branch.log_success)
        if isinstance(operation, ForLoopOp) and math.isfinite(worst.log_success):
            passes = len(cast("Sized", operation.params[0]))
            worst.log_success += (passes - 1) * (worst.log_success - self.log_success)
        self.log_success = worst.log_success
        self.ready, self.written, self.ended = worst.ready, worst.written, worst.ended
