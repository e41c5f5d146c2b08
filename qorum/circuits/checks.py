"""What is looked at in a circuit once it is parsed or built, and what is added to it."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import ClassicalRegister, QuantumCircuit

from qorum.circuits.definitions import NotCanonical
from qorum.circuits.digest import Step
from qorum.circuits.statements import MAX_CLBITS, MAX_QUBITS

NO_QUBITS = "at least one qubit expected, found none; declare a register"


def check_size(circuit: QuantumCircuit) -> None:
    """
    Raises:
        NotCanonical: no qubit, too many bits, or classical variables.
    """
    if circuit.num_qubits == 0:
        raise NotCanonical(NO_QUBITS)
    if circuit.num_qubits > MAX_QUBITS:
        raise NotCanonical(f"at most {MAX_QUBITS:,} qubits expected, found {circuit.num_qubits:,}")
    if circuit.num_clbits > MAX_CLBITS:
        raise NotCanonical(f"at most {MAX_CLBITS:,} classical bits expected, found {circuit.num_clbits:,}")
    if circuit.num_vars or circuit.num_captured_vars:
        raise NotCanonical("measured bits as the only variables expected, found others; write it without")


def with_plain_registers(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with every classical bit in one register, so that each is one character of a key.

    Simulators leave bits outside registers out of their histograms, and print shared ones twice.

    Raises:
        NotCanonical: registers overlap, or their bits stand in another order than the circuit's.
    """
    owned = [bit for register in circuit.cregs for bit in register]
    if owned == circuit.clbits:
        return circuit
    place = {bit: index for index, bit in enumerate(circuit.clbits)}
    loose = [bit for bit in circuit.clbits if bit not in set(owned)]
    singles = [ClassicalRegister(bits=[bit], name=f"bit_{place[bit]}") for bit in loose]
    first_bit = {register: place[register[0]] for register in [*circuit.cregs, *singles]}
    registers = sorted(first_bit, key=first_bit.__getitem__)
    if [bit for register in registers for bit in register] != circuit.clbits:
        raise NotCanonical(
            "classical registers that stand one after another expected, found registers that share or mix "
            "bits; give each result its own register"
        )
    plain = QuantumCircuit(circuit.qubits, *circuit.qregs, *registers, name=circuit.name)
    for step in circuit.data:
        plain.append(step)
    return plain


def check_results(steps: Sequence[Step]) -> list[str]:
    """Warnings about classical bits that are written again before anything has read them.

    The last result counts, whichever qubit it is of.
    """
    writer: dict[int, int] = {}
    again: dict[int, set[int]] = {}
    for step in steps:
        if step.bodies:
            for bit in step.clbits:
                writer.pop(bit, None)
        elif step.name == "measure":
            (qubit,), (bit,) = step.qubits, step.clbits
            if bit in writer:
                again.setdefault(bit, {writer[bit]}).add(qubit)
            writer[bit] = qubit
    return [
        f"classical bit {bit} is measured more than once: its last result counts"
        if len(qubits) == 1
        else f"qubits {', '.join(map(str, sorted(qubits)))} are measured into classical bit {bit}: "
        "the last result counts"
        for bit, qubits in sorted(again.items())
    ]


def measures(steps: Sequence[Step]) -> bool:
    """Whether anything is measured, branches included."""
    return any(step.name == "measure" or any(map(measures, step.bodies)) for step in steps)


def measured_whole(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit, which measures nothing, with all qubits measured into one register `meas`.

    Classical bits declared but never used are dropped.

    Raises:
        NotCanonical: a condition reads a bit, though nothing is ever measured.
    """
    if any(step.clbits for step in circuit.data):
        raise NotCanonical("conditions on measured bits expected, found one though nothing is measured")
    if circuit.num_clbits:
        whole = QuantumCircuit(circuit.qubits, *circuit.qregs, name=circuit.name)
        for step in circuit.data:
            whole.append(step)
    else:
        whole = circuit.copy()
    register = ClassicalRegister(circuit.num_qubits, "meas")
    whole.add_register(register)
    whole.measure(range(circuit.num_qubits), register)
    return whole


def is_dynamic(steps: Sequence[Step]) -> bool:
    """Whether it branches, acts on a measured qubit, or resets one that has been acted on.

    Barriers and delays do not count; a reset that comes first is no more than a fresh qubit.
    """
    touched: set[int] = set()
    measured: set[int] = set()
    for step in steps:
        if step.name in ("barrier", "delay"):
            continue
        if step.bodies or not measured.isdisjoint(step.qubits):
            return True
        if step.name == "reset":
            if step.qubits[0] in touched:
                return True
            continue
        if step.name == "measure":
            measured.add(step.qubits[0])
        touched.update(step.qubits)
    return False
