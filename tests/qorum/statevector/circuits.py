"""Circuits that tests draw: any gates of Qiskit's standard library, bound and free angles."""

from __future__ import annotations

from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import get_standard_gate_name_mapping

GATES = {
    name: gate
    for name, gate in get_standard_gate_name_mapping().items()
    if name not in ("measure", "reset", "delay", "global_phase")
}


@st.composite
def free_circuits(
    draw: st.DrawFn, num_qubits: int | None = None, most_gates: int = 14, parameters: int = 3
) -> QuantumCircuit:
    """Random gates on random qubits; half of the angles are linear in up to `parameters` free ones."""
    n = num_qubits or draw(st.integers(1, 6))
    p = ParameterVector("p", max(parameters, 1))
    names = sorted(name for name, gate in GATES.items() if gate.num_qubits <= n)
    circuit = QuantumCircuit(n, global_phase=draw(st.sampled_from([0.0, 0.9])))
    for name in draw(st.lists(st.sampled_from(names), max_size=most_gates)):
        gate = GATES[name].to_mutable()
        angles = []
        for _ in gate.params:
            angle = draw(st.sampled_from([0.0, 0.3, 1.7, -2.5, 3.141592653589793]))
            if parameters and draw(st.booleans()):
                weight = draw(st.sampled_from([1, -1, 0.5, 2]))
                angle = angle + weight * p[draw(st.integers(0, parameters - 1))]
            angles.append(angle)
        gate.params = angles
        circuit.append(gate, draw(st.permutations(range(n)))[: gate.num_qubits])
    return circuit
