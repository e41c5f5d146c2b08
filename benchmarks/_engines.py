"""Statevector engines side by side: ours, and peers on native circuits that were built beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import pi
from typing import Any, ClassVar, Protocol

import numpy as np
from qiskit import QuantumCircuit


@dataclass(frozen=True)
class Step:
    """A gate with numbers in it; `matrix` only where the gate has no name, first qubit the lowest bit."""

    name: str
    qubits: tuple[int, ...]
    angles: tuple[float, ...]
    matrix: np.ndarray | None = None


def steps(circuit: QuantumCircuit) -> list[Step]:
    """The gates of a circuit without free parameters."""
    return [
        Step(
            line.name,
            tuple(circuit.find_bit(qubit).index for qubit in line.qubits),
            () if line.name == "unitary" else tuple(map(float, line.operation.params)),
            line.operation.to_matrix() if line.name == "unitary" else None,
        )
        for line in circuit.data
    ]


@dataclass(frozen=True)
class Job:
    """A circuit ready to be run again and again.

    Attributes:
        run: what is timed; leaves the engine's own state in memory and returns it.
        amplitudes: that state as an array, shape [2**n], qubit q being bit q.
    """

    run: Callable[[], Any]
    amplitudes: Callable[[Any], np.ndarray] = np.asarray


class Engine(Protocol):
    """A statevector simulator."""

    name: str
    package: ClassVar[str]

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """Make ready a circuit whose parameters, in Qiskit's order, take these values."""
        ...


class Ours:
    """Qorum's engine; cold, a run begins with the `QuantumCircuit`, else with the values."""

    package: ClassVar[str] = "torch"

    def __init__(self, *, cold: bool, double: bool = False) -> None:
        import torch

        self.cold, self.dtype = cold, torch.complex128 if double else torch.complex64
        self.name = f"qorum {'cold' if cold else 'plan cached'}"

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """Cold: with lowering, planning and binding. Else with binding."""
        import torch

        from qorum.statevector.evolution import Circuit

        given = np.array(values) if len(values) else None
        planned = None if self.cold else Circuit(circuit, dtype=self.dtype)

        def run() -> Any:
            with torch.inference_mode():
                ready = planned or Circuit(circuit, dtype=self.dtype)
                return ready.states(None if given is None else torch.from_numpy(given))

        if planned is not None:
            run()
        return Job(run, lambda states: states[0].numpy())


class Qsim:
    """Google's qsim, complex64, gates fused into ones of up to `fused` qubits."""

    package: ClassVar[str] = "qsimcirq"

    def __init__(self, fused: int) -> None:
        self.name, self.fused = f"qsim fusing {fused}", fused

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """A C++ circuit; the run is fusion and simulation."""
        import cirq
        import qsimcirq

        line = cirq.LineQubit.range(circuit.num_qubits)
        native = cirq.Circuit(_cirq_operation(step, line) for step in steps(bound(circuit, values)))
        ready, _ = qsimcirq.QSimCircuit(native).translate_cirq_to_qsim(line[::-1])
        options = qsimcirq.QSimOptions(cpu_threads=1, max_fused_gate_size=self.fused).as_dict()
        options |= {"c": ready, "s": 1}
        return Job(
            lambda: qsimcirq.qsim.qsim_simulate_fullstate(options, 0), lambda state: state.view(np.complex64)
        )


def _cirq_operation(step: Step, line: Sequence[Any]) -> Any:
    import cirq

    qubits = [line[qubit] for qubit in step.qubits]
    if step.matrix is not None:  # Cirq's first qubit is the highest bit
        return cirq.MatrixGate(step.matrix).on(*reversed(qubits))
    fixed = {"h": cirq.H, "x": cirq.X, "cx": cirq.CNOT, "swap": cirq.SWAP}
    if step.name in fixed:
        return fixed[step.name].on(*qubits)
    angle = step.angles[0]
    if step.name == "mcphase":
        return cirq.ControlledGate(cirq.ZPowGate(exponent=angle / pi), len(qubits) - 1).on(*qubits)
    if step.name == "cp":
        return cirq.CZPowGate(exponent=angle / pi).on(*qubits)
    return {"ry": cirq.ry, "rz": cirq.rz}[step.name](angle).on(*qubits)


class Lightning:
    """Xanadu's lightning.qubit: operations built beforehand, applied to a state that is kept."""

    package: ClassVar[str] = "pennylane_lightning"

    def __init__(self, *, double: bool = False) -> None:
        self.name, self.dtype = "lightning", np.complex128 if double else np.complex64

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """The run resets the state and applies the operations, without a device around them."""
        from pennylane_lightning.lightning_qubit._state_vector import LightningStateVector

        n = circuit.num_qubits
        operations = [lightning_operation(step, n) for step in steps(bound(circuit, values))]
        state = LightningStateVector(num_wires=n, dtype=self.dtype)

        def run() -> Any:
            state.reset_state()
            state.apply_operations(operations)
            return state

        return Job(run, lambda state: state.state)


def lightning_operation(step: Step, num_qubits: int) -> Any:
    """PennyLane's operation; its wire 0 is the highest bit, and stands for the last qubit."""
    import pennylane as qml

    wires = [num_qubits - 1 - qubit for qubit in step.qubits]
    if step.matrix is not None:
        return qml.QubitUnitary(step.matrix, wires=wires[::-1])
    if step.name == "mcphase":
        return qml.ctrl(qml.PhaseShift(step.angles[0], wires=wires[-1]), control=wires[:-1])
    kinds = {"h": qml.Hadamard, "x": qml.PauliX, "cx": qml.CNOT, "swap": qml.SWAP, "ry": qml.RY, "rz": qml.RZ}
    return (kinds | {"cp": qml.ControlledPhaseShift})[step.name](*step.angles, wires=wires)


class Qulacs:
    """Qulacs, complex128 (it has no other), as built: the state is kept and set to zero in each run."""

    package: ClassVar[str] = "qulacs"
    name = "qulacs"

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """Gates of a C++ circuit, applied one by one."""
        import qulacs

        native = qulacs.QuantumCircuit(circuit.num_qubits)
        for step in steps(bound(circuit, values)):
            native.add_gate(_qulacs_gate(step))
        state = qulacs.QuantumState(circuit.num_qubits)

        def run() -> Any:
            state.set_zero_state()
            native.update_quantum_state(state)
            return state

        return Job(run, lambda state: state.get_vector())

    def parametric(self, circuit: QuantumCircuit) -> tuple[Any, Callable[[Sequence[float]], Any]]:
        """A circuit of RY, RZ and CX with its parameters left free.

        Returns:
            The state, and a function that sets the parameters and brings the state there.
        """
        import qulacs

        native = qulacs.ParametricQuantumCircuit(circuit.num_qubits)
        for line in circuit.data:
            qubits = [circuit.find_bit(qubit).index for qubit in line.qubits]
            if line.name == "cx":
                native.add_CNOT_gate(*qubits)
            else:  # qulacs turns the other way round
                add = {"ry": native.add_parametric_RY_gate, "rz": native.add_parametric_RZ_gate}[line.name]
                add(*qubits, 0.0)
        state = qulacs.QuantumState(circuit.num_qubits)

        def run(values: Sequence[float]) -> Any:
            for index, value in enumerate(values):
                native.set_parameter(index, -value)
            state.set_zero_state()
            native.update_quantum_state(state)
            return state

        return state, run


def _qulacs_gate(step: Step) -> Any:
    from qulacs import gate

    qubits = list(step.qubits)
    if step.matrix is not None:
        return gate.DenseMatrix(qubits, step.matrix)
    if step.name in ("cp", "mcphase"):
        phase = gate.DenseMatrix(qubits[-1], np.diag([1, np.exp(1j * step.angles[0])]))
        for qubit in qubits[:-1]:
            phase.add_control_qubit(qubit, 1)
        return phase
    kinds = {"h": gate.H, "x": gate.X, "cx": gate.CNOT, "swap": gate.SWAP, "ry": gate.RotY, "rz": gate.RotZ}
    return kinds[step.name](*qubits, *step.angles)


class Aer:
    """Qiskit Aer's statevector method in single precision, fusion on, one thread."""

    package: ClassVar[str] = "qiskit_aer"
    name = "aer"

    def job(self, circuit: QuantumCircuit, values: Sequence[float] = ()) -> Job:
        """All gates are native to Aer; the run is `run(...).result()` of the circuit with its state saved."""
        from qiskit_aer import AerSimulator

        ready = bound(circuit, values)
        ready.save_statevector()
        simulator = AerSimulator(
            method="statevector", precision="single", fusion_enable=True, max_parallel_threads=1
        )
        return Job(
            lambda: simulator.run(ready, shots=1).result(),
            lambda result: np.asarray(result.get_statevector(ready)),
        )


def bound(circuit: QuantumCircuit, values: Sequence[float]) -> QuantumCircuit:
    """A copy with numbers in place of parameters."""
    return circuit.assign_parameters(np.asarray(values)) if len(values) else circuit.copy()


def peers() -> tuple[list[Engine], list[str]]:
    """The other engines that can be imported, and the names of those that cannot.

    qsim counts twice: fusion of 2 qubits is fastest for some circuits on one thread, of 3 for others;
    more is slower for all of ours.
    """
    every: list[Engine] = [Qsim(2), Qsim(3), Lightning(), Qulacs(), Aer()]
    here = [engine for engine in every if find_spec(engine.package)]
    return here, [engine.name for engine in every if engine not in here]
