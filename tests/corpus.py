"""Real circuits of a public benchmark suite (MQT Bench), small enough to know the exact answer."""

from __future__ import annotations

from functools import cache

from mqt.bench import BenchmarkLevel, get_benchmark
from qiskit import qasm2, transpile
from qiskit.quantum_info import Statevector

SIZES = {
    **dict.fromkeys(("ae", "bv", "dj", "ghz", "graphstate", "qft", "qftentangled", "wstate"), (4, 8, 12)),
    **dict.fromkeys(("qpeexact", "qpeinexact", "vqe_real_amp", "vqe_su2", "vqe_two_local", "qnn"), (5, 9)),
    **dict.fromkeys(("cdkm_ripple_carry_adder", "modular_adder"), (6,)),
    "randomcircuit": (4, 7),
}
GATES = ["h", "x", "z", "s", "sdg", "t", "tdg", "rx", "ry", "rz", "p", "cx", "cp", "swap", "u"]


@cache
def mqt_circuits() -> dict[str, str]:
    """OpenQASM 2 text by name, e.g. `qft-8`; 2 to 12 qubits."""
    texts: dict[str, str] = {}
    for benchmark, sizes in SIZES.items():
        for size in sizes:
            circuit = get_benchmark(benchmark, BenchmarkLevel.INDEP, size)
            plain = transpile(circuit, basis_gates=[*GATES, "measure"], optimization_level=0)
            texts[f"{benchmark}-{size}"] = qasm2.dumps(plain)
    return texts


def exact_distribution(text: str) -> dict[str, float]:
    """What a measured OpenQASM 2 circuit gives, rightmost bit first; every clbit is measured once, last."""
    circuit = qasm2.loads(text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    measured = {
        circuit.find_bit(step.clbits[0]).index: circuit.find_bit(step.qubits[0]).index
        for step in circuit.data
        if step.operation.name == "measure"
    }
    circuit.remove_final_measurements()
    probabilities = Statevector(circuit).probabilities_dict([measured[bit] for bit in sorted(measured)])
    return {outcome: float(p) for outcome, p in probabilities.items() if p > 1e-12}
