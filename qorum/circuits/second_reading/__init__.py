"""A second, independent reading of what was handed in, and its comparison with the first.

Nothing here shares code with the readers that make circuits: a text is not translated, it is executed
as its language's specification says, on an exact machine of few qubits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from qiskit import QuantumCircuit

from qorum.circuits.hidden import shown_bits
from qorum.circuits.reading import Inputs
from qorum.circuits.second_reading.circuit_program import NotPlayed, circuit_program
from qorum.circuits.second_reading.comparison import Comparison, compare, compare_programs
from qorum.circuits.second_reading.given_values import with_values
from qorum.circuits.second_reading.machine import MAX_QUBITS, MAX_WORK, TooLarge, distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains
from qorum.circuits.spec import CircuitSpec, Language

MAX_CHARACTERS = 20_000
MAX_OPERATIONS = 500
"""Texts and circuits beyond these are read once: the second reading must cost little beside a run."""

READERS: Mapping[Language, tuple[str, str]] = {
    "openqasm2": ("Qiskit's OpenQASM 2 parser", "the execution of OpenQASM 2"),
    "openqasm3": ("the translation of OpenQASM 3", "the execution of OpenQASM 3"),
    "qiskit": ("the circuit itself", "Qiskit's operators"),
    "cirq": ("the translation of Cirq's circuit", "Cirq's simulator"),
    "pennylane": ("the translation of PennyLane's tape", "PennyLane's default.qubit"),
}
"""What an input is read by, and by what a second time."""

_PROGRAMS = {"openqasm2": openqasm2_program, "openqasm3": openqasm3_program}


def read_again(
    text: str, language: Language, circuit: QuantumCircuit, inputs: Inputs | None = None
) -> Comparison:
    """Read a text a second time and compare with the circuit that it was read as.

    Args:
        text: OpenQASM, as it was handed in.
        language: of the text.
        circuit: what the first reader made of it, measured.
        inputs: values of `input` variables that it was read with.

    Returns:
        `could not` where the circuit is large or the text beyond what the second reader knows.
    """
    if language not in _PROGRAMS:
        return Comparison("could not", f"there is no second reader of {language}")
    if len(text) > MAX_CHARACTERS or circuit.size() > MAX_OPERATIONS:
        return Comparison("could not", "only small circuits are read twice")
    if language == "openqasm3" and inputs:
        text = with_values(text, inputs)
    return _compared(
        READERS[language][1],
        lambda: compare_programs(
            _PROGRAMS[language](text), circuit_program(circuit), same_qubits="$" not in text
        ),
    )


def read_circuit_again(original: QuantumCircuit, circuit: QuantumCircuit) -> Comparison:
    """Compare a Qiskit circuit as it was handed in with what it was made into.

    The original's gates count by Qiskit's own matrices, its control flow and variables are executed.

    Args:
        original: as handed in.
        circuit: what is run, measured.
    """
    if max(original.size(), circuit.size()) > MAX_OPERATIONS:
        return Comparison("could not", "only small circuits are read twice")
    return _compared(
        READERS["qiskit"][1],
        lambda: compare_programs(
            circuit_program(original),
            circuit_program(circuit),
            same_qubits=original.num_qubits == circuit.num_qubits,
        ),
    )


def simulate_again(
    simulate: Callable[[], Mapping[str, float]], language: Language, circuit: QuantumCircuit
) -> Comparison:
    """Compare what a library's own simulator says of its object with what the object was read as.

    Args:
        simulate: the exact distribution by that simulator; may raise `TooLarge` and `Abstains`.
        language: the library.
        circuit: what is run, measured; bits that its histogram leaves out do not count.
    """
    if circuit.size() > MAX_OPERATIONS:
        return Comparison("could not", "only small circuits are read twice")

    def comparison() -> Comparison:
        shown, found = shown_bits(circuit), dict[str, float]()
        for outcome, chance in distribution(circuit_program(circuit), MAX_WORK / 2).items():
            kept = outcome[len(outcome) - shown :]
            found[kept] = found.get(kept, 0.0) + chance
        return compare(simulate(), found)

    return _compared(READERS[language][1], comparison)


def _compared(reader: str, comparison: Callable[[], Comparison]) -> Comparison:
    try:
        return comparison()
    except TooLarge as error:
        return Comparison("could not", f"only small circuits are read twice, and this is {error}")
    except (Abstains, NotPlayed) as error:
        return Comparison("could not", f"{reader} does not know: {error}")
    except RecursionError:
        return Comparison("could not", "nested too deeply to be read twice")
    except Exception as error:  # noqa: BLE001 - the second reader's own fault must not stop a run; it is told
        return Comparison("could not", f"{reader} failed: {type(error).__name__}: {error}")


def with_second_reading(spec: CircuitSpec, found: Comparison) -> CircuitSpec:
    """What is known of a circuit once its second reading was compared, or could not be had."""
    first, second = READERS.get(spec.language, (spec.language, ""))
    if found.outcome == "agree":
        return replace(spec, readings=(first, second), disputed_reading="", read_once="")
    if found.outcome == "could not":
        return replace(spec, readings=(first,), disputed_reading="", read_once=found.words)
    dispute = f"two readings differ, of {first} and of {second}: {found.words}; write the circuit otherwise"
    return replace(spec, readings=(), disputed_reading=dispute, read_once="")


__all__ = [
    "MAX_QUBITS",
    "READERS",
    "Comparison",
    "compare",
    "read_again",
    "read_circuit_again",
    "simulate_again",
    "with_second_reading",
]
