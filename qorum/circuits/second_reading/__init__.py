"""A second, independent reading of what was handed in, and its comparison with the first.

Nothing here shares code with the readers that make circuits: a text is not translated, it is executed
as its language's specification says, on an exact machine of few qubits.
"""

from __future__ import annotations

from qiskit import QuantumCircuit

from qorum.circuits.second_reading.circuit_program import NotPlayed, circuit_program
from qorum.circuits.second_reading.comparison import Comparison, compare_programs
from qorum.circuits.second_reading.machine import MAX_QUBITS, TooLarge
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains
from qorum.circuits.spec import Language

MAX_CHARACTERS = 20_000
MAX_OPERATIONS = 1_000
"""Texts and circuits beyond these are read once: the second reading must cost little beside a run."""

SECOND_READERS = {
    "openqasm2": "direct execution of OpenQASM 2",
    "openqasm3": "direct execution of OpenQASM 3",
}
"""What reads a language a second time, by name."""

_PROGRAMS = {"openqasm2": openqasm2_program, "openqasm3": openqasm3_program}


def read_again(text: str, language: Language, circuit: QuantumCircuit) -> Comparison:
    """Read a text a second time and compare with the circuit that it was read as.

    Args:
        text: OpenQASM, as it was handed in.
        language: of the text.
        circuit: what the first reader made of it, measured.

    Returns:
        `could not` where the circuit is large or the text beyond what the second reader knows.
    """
    if language not in _PROGRAMS:
        return Comparison("could not", f"there is no second reader of {language}")
    if len(text) > MAX_CHARACTERS or circuit.size() > MAX_OPERATIONS:
        return Comparison("could not", "only small circuits are read twice")
    try:
        second = _PROGRAMS[language](text)
        return compare_programs(second, circuit_program(circuit), same_qubits="$" not in text)
    except TooLarge as error:
        return Comparison(
            "could not", f"only circuits of few qubits and branches are read twice, not {error}"
        )
    except (Abstains, NotPlayed) as error:
        return Comparison("could not", f"{SECOND_READERS[language]} does not know: {error}")
    except RecursionError:
        return Comparison("could not", "nested too deeply to be read twice")
    except Exception as error:  # noqa: BLE001 - the second reader's own fault must not stop a run; it is told
        return Comparison("could not", f"{SECOND_READERS[language]} failed: {type(error).__name__}: {error}")


__all__ = ["MAX_QUBITS", "SECOND_READERS", "Comparison", "read_again"]
