"""From what a user hands in to an accepted circuit, or to a reason why not.

Text passes the guards, then the parser, then the checks; objects and templates pass the checks.
Whoever may meet hostile text calls `accept_batch`, which does all of it in child processes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial

from qiskit import QuantumCircuit

from qorum.circuits.accepted import AcceptedCircuit, decode, encode
from qorum.circuits.checks import (
    NO_QUBITS,
    check_conditions,
    check_results,
    check_size,
    has_measurements,
    is_dynamic,
    measured_whole,
    measures,
    plain_registers,
    reading_zeros,
    steers,
    with_plain_registers,
)
from qorum.circuits.definitions import NotCanonical, inline_definitions
from qorum.circuits.digest import canonical_steps, digest_steps
from qorum.circuits.expansion import is_approximated
from qorum.circuits.formats import READERS, from_qpy
from qorum.circuits.guards import check_text, decode_text
from qorum.circuits.hidden import hidden_bits, hide, shown_bits
from qorum.circuits.idle import without_idle_qubits
from qorum.circuits.lowering import lower
from qorum.circuits.parse_errors import explain
from qorum.circuits.reading import Inputs, Reading
from qorum.circuits.sandbox import Sandbox
from qorum.circuits.second_reading import read_again, with_second_reading
from qorum.circuits.spec import CircuitSpec, Language
from qorum.circuits.statements import line_of, statement_ends
from qorum.errors import CircuitRejected, InputRejected, QorumError

WITHOUT_HEADER = " (a text without `OPENQASM 2.0;` as its first statement is read as OpenQASM 3)"

_LONGEST_SEARCH = {"openqasm2": 256 << 10, "openqasm3": 16 << 10}
"""Characters up to which a fault without a line is searched for by parsing beginnings of the text."""


def accept_text(name: str, text: str | bytes, inputs: Inputs | None = None) -> AcceptedCircuit:
    """The circuit of an OpenQASM 2 or 3 text; a circuit without measurements is measured whole.

    Runs in this process: a text made to break the parser may take it along (see `accept_batch`).

    Args:
        name: what the user calls it.
        text: the program.
        inputs: values of its `input` variables by name (OpenQASM 3).

    Raises:
        CircuitRejected: with the 1-based line, where one is to blame.
    """
    source, warnings = decode_text(name, text)
    language, code = check_text(name, source)
    try:
        reading = _parse(name, code, language, inputs)
        notes = (*warnings, *reading.warnings)
        return check_circuit(name, reading.circuit, source=source, language=language, warnings=notes)
    except InputRejected as rejected:
        line, final = rejected.line, rejected.line is not None or rejected.reason == NO_QUBITS
        if not final and len(code) <= _LONGEST_SEARCH[language]:
            line = _faulty_line(code, language, inputs)
        hint = "" if "OPENQASM" in source else WITHOUT_HEADER
        raise CircuitRejected(name, rejected.reason + hint, line) from None


def _parse(name: str, text: str, language: Language, inputs: Inputs | None) -> Reading:
    try:
        return READERS[language](text, inputs)
    except BaseException as error:
        if not _blames_input(error):
            raise
        raise CircuitRejected(name, *explain(error)) from None


def _blames_input(error: BaseException) -> bool:
    """Whether Qiskit raised it because of what it was given; its panics are no `Exception`."""
    panicked = type(error).__name__ == "PanicException"
    return panicked or (isinstance(error, Exception) and not isinstance(error, MemoryError))


def _faulty_line(text: str, language: Language, inputs: Inputs | None) -> int | None:
    """Line of the first statement with which the text is no longer acceptable."""

    def fails(end: int) -> bool:
        try:
            circuit = _parse("", text[:end], language, inputs).circuit
            check_circuit("", circuit, source="", language=language)
        except InputRejected as rejected:
            return rejected.reason != NO_QUBITS
        return False

    ends = statement_ends(text)
    faulty = bisect_left(ends, True, key=fails)
    start = ends[faulty - 1] if faulty else 0
    statement = text[start : ends[faulty] if faulty < len(ends) else len(text)]
    leading = len(statement) - len(statement.lstrip())
    return line_of(text, start + leading)


def accept_batch(
    texts: Sequence[tuple[str, str | bytes]],
    sandbox: Sandbox,
    on_progress: Callable[[int], None] | None = None,
    *,
    inputs: Inputs | None = None,
    seconds: float = 10.0,
) -> list[AcceptedCircuit | InputRejected]:
    """`accept_text` of each (name, text) in the sandbox: its result or what it raised, in order.

    Small circuits are read by a second reader, too: `CircuitSpec.readings` says who agrees. A text that
    hangs, crashes or fills the memory is rejected alone.

    Args:
        texts: names and texts.
        sandbox: where to read them.
        on_progress: called with the number of circuits done.
        inputs: values of `input` variables by name; each text takes those that it declares.
        seconds: what one text may take.
    """
    accept = partial(_accept_item, dict(inputs or {}))
    outcomes = sandbox.map(accept, texts, seconds=seconds, on_progress=on_progress)
    return [_unpack(name, outcome) for (name, _), outcome in zip(texts, outcomes, strict=True)]


def _accept_item(inputs: Inputs, item: tuple[str, str | bytes]) -> bytes:
    accepted = accept_text(*item, inputs)
    circuit = accepted.circuit
    try:
        if accepted.spec.dynamic:
            circuit = from_qpy(accepted.qpy)  # Qiskit cannot read all conditions that it writes
    except BaseException as error:
        if not _blames_input(error):
            raise
        raise CircuitRejected(item[0], explain(error)[0]) from None
    found = read_again(accepted.spec.source, accepted.spec.language, circuit, inputs)
    return encode(accepted.specified(with_second_reading(accepted.spec, found)))


def _unpack(name: str, outcome: bytes | QorumError) -> AcceptedCircuit | InputRejected:
    if isinstance(outcome, InputRejected):
        return outcome
    if isinstance(outcome, QorumError):
        return CircuitRejected(name, str(outcome))
    return decode(outcome)


def check_circuit(
    name: str,
    circuit: QuantumCircuit,
    *,
    source: str,
    language: Language,
    warnings: Sequence[str] = (),
    hidden: int = 0,
) -> AcceptedCircuit:
    """The circuit if it can be run: loops and variables worked out, gates of its own written out, measured.

    One without any measurement is measured whole. Qubits that nothing acts on are left out.

    The circuit given is not changed. `warnings` stand before those found here. `hidden` is how many of its
    last classical bits its histogram leaves out.

    Raises:
        CircuitRejected: too large; parameters unbound or not finite; operations without a definition;
            conditions and variables that cannot be worked out.
    """
    try:
        return _checked(name, circuit, source, language, warnings, hidden)
    except NotCanonical as error:
        raise CircuitRejected(name, str(error)) from None


def _checked(
    name: str, circuit: QuantumCircuit, source: str, language: Language, warnings: Sequence[str], hidden: int
) -> AcceptedCircuit:
    check_size(circuit)
    asked_for_results = has_measurements(circuit)
    circuit, notes = _in_plain_steps(circuit, hidden)
    steps = canonical_steps(circuit)
    notes = [*warnings, *notes, *check_results(steps)]
    if not steps:
        notes.append("no operation: every shot reads 0")
    if not measures(steps) and asked_for_results:
        circuit = reading_zeros(circuit)
        steps = canonical_steps(circuit)
        notes.append("no measurement is ever reached: every shot reads 0")
    elif not measures(steps):
        circuit = measured_whole(circuit)
        steps = canonical_steps(circuit)
        notes.append(f"no measurement: all {circuit.num_qubits} qubits are measured")
    compact = without_idle_qubits(circuit)
    if compact is not circuit:
        idle = circuit.num_qubits - compact.num_qubits
        notes.append(f"nothing acts on {idle} of {circuit.num_qubits} qubits: they are left out")
        circuit, steps = compact, canonical_steps(compact)
    width = shown_bits(circuit)
    spec = CircuitSpec(
        name=name,
        source=source,
        language=language,
        num_qubits=circuit.num_qubits,
        num_clbits=width,
        dynamic=is_dynamic(steps),
        digest=digest_steps(circuit.num_qubits, circuit.num_clbits, steps, hidden_bits(circuit)),
        warnings=tuple(notes),
    )
    return AcceptedCircuit(spec, circuit)


def _in_plain_steps(circuit: QuantumCircuit, hidden: int) -> tuple[QuantumCircuit, list[str]]:
    """Standard gates, matrices, measurements, resets and `if`; and what changes what is sampled."""
    others = [step.operation for step in circuit.data if not step.is_standard_gate()]
    notes = (
        ["an evolution is taken by its product formula, which approximates it"]
        if any(map(is_approximated, others))
        else []
    )
    if any(map(steers, others)):
        check_conditions(circuit)
        lowered, cut_off = lower(circuit, plain_registers(circuit, hidden), hidden)
        return lowered, [*notes, *cut_off]
    plain = inline_definitions(with_plain_registers(circuit, hidden))
    if hidden or plain.metadata:
        plain = plain.copy() if plain is circuit else plain
        hide(plain, hidden)
    return plain, notes
