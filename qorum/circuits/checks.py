"""What is looked at in a circuit once it is parsed or built, and what is added to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import ControlFlowOp, IfElseOp, Measure, Store, SwitchCaseOp, WhileLoopOp

from qorum.circuits.definitions import NotCanonical, body_of
from qorum.circuits.digest import Step
from qorum.circuits.statements import MAX_CLBITS, MAX_QUBITS
from qorum.circuits.walks import blocks_of, steps_within

NO_QUBITS = "at least one qubit expected, found none; declare a register"


def check_size(circuit: QuantumCircuit) -> None:
    """
    Raises:
        NotCanonical: no qubit, or too many bits.
    """
    if circuit.num_qubits == 0:
        raise NotCanonical(NO_QUBITS)
    if circuit.num_qubits > MAX_QUBITS:
        raise NotCanonical(f"at most {MAX_QUBITS:,} qubits expected, found {circuit.num_qubits:,}")
    if circuit.num_clbits > MAX_CLBITS:
        raise NotCanonical(f"at most {MAX_CLBITS:,} classical bits expected, found {circuit.num_clbits:,}")


def plain_registers(circuit: QuantumCircuit, hidden: int = 0) -> list[Any]:
    """Registers that own each classical bit of the histogram once, in order: the circuit's own where they do.

    Simulators leave bits outside registers out of their histograms, and print shared ones twice. `hidden` is
    how many of the last bits the histogram leaves out.
    """
    shown = circuit.clbits[: circuit.num_clbits - hidden]
    place = {bit: index for index, bit in enumerate(shown)}
    registers = [register for register in circuit.cregs if len(register)]
    if registers and all(bit in place for register in registers for bit in register):
        owned = {bit for register in registers for bit in register}
        singles = [
            ClassicalRegister(bits=[bit], name=_unused(f"bit_{index}", circuit))
            for bit, index in place.items()
            if bit not in owned
        ]
        first: dict[Any, int] = {register: place[register[0]] for register in [*registers, *singles]}
        registers = sorted(first, key=first.__getitem__)
        if [bit for register in registers for bit in register] == shown:
            return registers
    return [ClassicalRegister(bits=shown, name=_unused("bits", circuit))] if shown else []


def _unused(name: str, circuit: QuantumCircuit) -> str:
    taken = {register.name for register in circuit.cregs}
    while name in taken:
        name += "_"
    return name


def with_plain_registers(circuit: QuantumCircuit, hidden: int = 0) -> QuantumCircuit:
    """The circuit, which has no branches, with every classical bit in one register alone.

    The last `hidden` bits get a register of their own.
    """
    registers = plain_registers(circuit, hidden)
    if registers == circuit.cregs:
        return circuit
    if hidden:
        beyond = circuit.clbits[circuit.num_clbits - hidden :]
        registers = [*registers, ClassicalRegister(bits=beyond, name=_unused("hidden", circuit))]
    plain = QuantumCircuit(circuit.qubits, *circuit.qregs, *registers, name=circuit.name)
    plain.global_phase = circuit.global_phase
    for step in circuit.data:
        plain.append(step)
    return plain


def steers(operation: Any) -> bool:
    """Whether it is control flow or a variable's, or defined by such."""
    if isinstance(operation, ControlFlowOp | Store):
        return True
    if not operation.num_clbits:
        return False
    body = body_of(operation)
    return body is not None and any(
        not step.is_standard_gate() and steers(step.operation) for step in body.data
    )


def check_conditions(circuit: QuantumCircuit) -> None:
    """
    Raises:
        NotCanonical: conditions read bits, though nothing is ever measured or stored.
    """
    reads, writes = _reads_and_writes(circuit)
    if reads and not writes:
        raise NotCanonical("conditions on measured bits expected, found one though nothing is measured")


def _reads_and_writes(circuit: QuantumCircuit) -> tuple[bool, bool]:
    reads = writes = False
    for step in circuit.data:
        operation: Any = step.operation
        writes |= isinstance(operation, Measure | Store)
        reads |= isinstance(operation, IfElseOp | SwitchCaseOp | WhileLoopOp)
        inner = blocks_of(step)
        if not inner and operation.num_clbits and (body := body_of(operation)) is not None:
            inner = (body,)
        for block in inner:
            more_reads, more_writes = _reads_and_writes(block)
            reads, writes = reads or more_reads, writes or more_writes
    return reads, writes


def check_results(steps: Sequence[Step]) -> list[str]:
    """Warnings about classical bits that are written again before anything has read them.

    Their last result counts, as everywhere; where another qubit writes it, that is often a slip.
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
                again.setdefault(bit, set()).update((writer[bit], qubit))
            writer[bit] = qubit
    return [
        f"classical bit {bit} is measured more than once"
        + (f", from qubits {', '.join(map(str, sorted(qubits)))}" if len(qubits) > 1 else "")
        + ": its last result counts"
        for bit, qubits in sorted(again.items())
    ]


def measures(steps: Sequence[Step]) -> bool:
    """Whether anything is measured, branches included."""
    return any(step.name == "measure" or any(map(measures, step.bodies)) for step in steps)


def has_measurements(circuit: QuantumCircuit) -> bool:
    """Whether a circuit as handed in measures anything, also where it may never come to that."""
    # A measurement, or an instruction that holds one.
    return any(step.clbits for step in steps_within(circuit))


def reading_zeros(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit, which comes to none of its measurements, with one that reads 0, as all of its bits are."""
    read = circuit.copy()
    read.reset(0)
    read.measure(0, 0)
    return read


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
