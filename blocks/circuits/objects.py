"""Objects of Qiskit, Cirq and PennyLane as accepted circuits, or the reason why not."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from qiskit import QuantumCircuit, qasm3

from blocks.circuits._draft import Reading
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.checks import check_size
from qorum.circuits.definitions import MAX_DEFINITION_DEPTH
from qorum.circuits.hidden import hidden_bits
from qorum.circuits.intake import check_circuit
from qorum.circuits.refusal import NotCanonical
from qorum.circuits.second_reading import Comparison, read_circuit_again, simulate_again, with_second_reading
from qorum.circuits.spec import Language
from qorum.errors import CircuitRejected, InputRejected

ResultT = TypeVar("ResultT")

SECONDS_EACH = 10.0
"""What reading one object may take."""

SECONDS_AGAIN = 5.0
"""What reading it a second time may take; beyond, it is read once."""

LONGEST_NAME = 80
MOST_SHOWN = 2_000
"""Operations up to which an object is kept as text for people, too."""

_GENERATED_NAME = re.compile(r"circuit-\d+(-\d+)*")


def language_of(circuit: object) -> Language | None:
    """The library that a circuit object comes from; None for what is no circuit object.

    A QNode may come with its arguments: as a `functools.partial`, or as `(qnode, arguments, keywords)`.
    """
    if isinstance(circuit, QuantumCircuit):
        return "qiskit"
    if isinstance(circuit, tuple | list) and circuit:
        return "pennylane" if language_of(circuit[0]) == "pennylane" else None
    if isinstance(circuit, partial):
        return language_of(circuit.func)
    for library in ("cirq", "pennylane"):
        if library in sys.modules and isinstance(circuit, _circuit_types(library)):
            return library
    return None


def name_of(circuit: object) -> str:
    """What the object itself is called; empty where nobody named it."""
    if isinstance(circuit, tuple | list) and circuit:
        return name_of(circuit[0])
    if isinstance(circuit, partial):
        return name_of(circuit.func)
    name = str(getattr(circuit, "name", None) or "")
    if isinstance(circuit, QuantumCircuit) and _GENERATED_NAME.fullmatch(name):
        return ""
    return "".join(character for character in name if character.isprintable())[:LONGEST_NAME].strip()


def read_object(circuit: object, seconds: float = SECONDS_EACH) -> AcceptedCircuit | InputRejected:
    """The accepted circuit of an object; the object is not changed.

    Args:
        circuit: see `language_of`.
        seconds: what it may take.
    """
    name = name_of(circuit)
    language = language_of(circuit)
    if language is None:
        return CircuitRejected(
            name,
            "OpenQASM text, a template, a key, a QuantumCircuit, a cirq.Circuit, or a tape or QNode of "
            f"PennyLane expected, found {type(circuit).__name__}",
        )
    try:
        _load(language)
        original, accepted = _within(seconds, name, lambda: _read(name, circuit, language))
        found = _read_again(original, accepted)
        return AcceptedCircuit(with_second_reading(accepted.spec, found), accepted.circuit)
    except InputRejected as rejected:
        return rejected
    except NotCanonical as error:
        return CircuitRejected(name, str(error))
    except MemoryError:
        return CircuitRejected(name, "needs more memory than there is; make it smaller")
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        kind = type(error).__name__
        return CircuitRejected(
            name,
            f"a circuit that {language} itself can take apart expected, it says {kind}: {str(error)[:500]}",
        )


def _load(language: Language) -> None:
    """Import what reads it: seconds that no circuit is to blame for."""
    if language == "cirq":
        import blocks.circuits.cirq_circuits
        import blocks.circuits.cirq_simulation
    elif language == "pennylane":
        import blocks.circuits.pennylane_circuits
        import blocks.circuits.pennylane_simulation  # noqa: F401


def _read(name: str, circuit: Any, language: Language) -> tuple[Any, AcceptedCircuit]:
    """What both readings are of, and what the first one makes of it."""
    original = _as_tape(circuit) if language == "pennylane" else circuit
    reading = _READERS[language](original)
    accepted = check_circuit(
        name, reading.circuit, source="", language=language, warnings=reading.warnings, hidden=reading.hidden
    )
    spec = replace(accepted.spec, source=_for_people(accepted.circuit))
    return original, AcceptedCircuit(spec, accepted.circuit)


def _read_again(original: Any, accepted: AcceptedCircuit) -> Comparison:
    """Whether the library's own operators or simulator say of an object what was made of it."""
    language, name = accepted.spec.language, accepted.spec.name
    again = _AGAIN.get(language)
    try:
        if again is None:
            return _within(SECONDS_AGAIN, name, lambda: _by_operators(original, accepted.circuit))
        return _within(
            SECONDS_AGAIN, name, lambda: simulate_again(lambda: again(original), language, accepted.circuit)
        )
    except InputRejected as late:
        return Comparison("could not", f"a second time {late.reason}")


def _by_operators(original: QuantumCircuit, circuit: QuantumCircuit) -> Comparison:
    if hidden_bits(circuit):
        return Comparison("could not", "it is steered by bits that its histogram leaves out")
    if _evolves(original):
        return Comparison("could not", "an evolution is its exponential or its product formula in Qiskit")
    return read_circuit_again(original, circuit)


def _evolves(circuit: QuantumCircuit, depth: int = 0) -> bool:
    """Whether a PauliEvolutionGate stands in it, also within gates and branches of its own."""
    operations = [step.operation for step in circuit.data if not step.is_standard_gate()]
    operations += [inner for one in operations if (inner := _base_of(one)) is not None]
    if any(operation.name == "PauliEvolution" for operation in operations):
        return True
    bodies = [body for one in operations for body in _bodies_of(one)]
    return depth < MAX_DEFINITION_DEPTH and any(_evolves(body, depth + 1) for body in bodies)


def _bodies_of(operation: Any) -> list[QuantumCircuit]:
    definition = getattr(operation, "definition", None)
    return [*getattr(operation, "blocks", ()), *([] if definition is None else [definition])]


def _base_of(operation: Any) -> Any:
    return getattr(operation, "base_gate", None) or getattr(operation, "base_op", None)


def _read_qiskit(circuit: QuantumCircuit) -> Reading:
    if circuit.parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise NotCanonical(
            f"numbers for all parameters expected, found {names} without; use assign_parameters"
        )
    check_size(circuit)
    copied = circuit.copy()
    copied.metadata = {}
    return Reading(copied)


def _read_cirq(circuit: Any) -> Reading:
    from blocks.circuits.cirq_circuits import read_cirq

    return read_cirq(circuit)


def _read_pennylane(circuit: Any) -> Reading:
    from blocks.circuits.pennylane_circuits import read_pennylane

    return read_pennylane(circuit)


def _as_tape(circuit: Any) -> Any:
    from blocks.circuits.pennylane_circuits import tape_of

    return tape_of(circuit)


def _cirq_again(circuit: Any) -> dict[str, float]:
    from blocks.circuits.cirq_simulation import cirq_distribution

    return cirq_distribution(circuit)


def _pennylane_again(tape: Any) -> dict[str, float]:
    from blocks.circuits.pennylane_simulation import pennylane_distribution

    return pennylane_distribution(tape)


_READERS: dict[Language, Callable[[Any], Reading]] = {
    "qiskit": _read_qiskit,
    "cirq": _read_cirq,
    "pennylane": _read_pennylane,
}
_AGAIN: dict[Language, Callable[[Any], dict[str, float]]] = {
    "cirq": _cirq_again,
    "pennylane": _pennylane_again,
}


def _circuit_types(library: str) -> tuple[type, ...]:
    module: Any = sys.modules[library]
    if library == "cirq":
        return module.Circuit, module.FrozenCircuit
    return module.tape.QuantumScript, module.QNode


def _for_people(circuit: QuantumCircuit) -> str:
    """The circuit as it was read, in OpenQASM 3 where that can be written, else drawn."""
    if len(circuit.data) > MOST_SHOWN:
        return f"// {len(circuit.data)} operations on {circuit.num_qubits} qubits"
    try:
        return qasm3.dumps(circuit)
    except Exception:  # noqa: BLE001 - many kinds; a drawing tells it as well
        return str(circuit.draw("text", fold=110))


def _within(seconds: float, name: str, work: Callable[[], ResultT]) -> ResultT:
    """The result of some work that is given up when it takes too long.

    It is done in a thread of its own, which is then left behind and ends with the process: one that is ended
    by force may hold a lock of the library's, and nobody else would get it any more.
    """
    outcome: list[ResultT] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failure.append(error)

    thread = threading.Thread(target=run, name=f"read {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise CircuitRejected(
            name, f"not read after {seconds:g} s, the limit for one circuit; make it smaller"
        )
    if failure:
        raise failure[0]
    return outcome[0]
