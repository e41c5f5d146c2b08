"""Mutants that no test can kill, for they behave as the original does: found by hand, each with its why."""

from __future__ import annotations

from benchmarks._mutating import Mutant

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    ("qorum/results/consensus.py", "_largest_cliques", "return []", "return None"): (
        "it is only asked whether there are any"
    ),
    ("qorum/results/consensus.py", "_weights", "excess / excess.max()", "excess * excess.max()"): (
        "a common factor, which the division by the sum takes out"
    ),
    (
        "qorum/training/checkpoints.py",
        "_seal",
        "return ''",
        "return None",
    ): "only whether it is empty is asked",
    ("qorum/statevector/shift_rules.py", "shift_rule", "True", "False"): (
        "there is one coefficient for each shift: both come from one square system"
    ),
    ("qorum/statevector/shift_rules.py", "frequencies_of", "a + b", "a - b"): (
        "differences of levels come with both signs, so that sums and differences are one set"
    ),
    ("qorum/statevector/shift_rules.py", "_gaps", "mask & union == mask", "mask & union != mask"): (
        "all levels are then taken from one sum, which leaves the differences and turns their signs"
    ),
    ("qorum/ledger/limits.py", "", "TYPE_CHECKING", "not TYPE_CHECKING"): "the import costs time alone",
    ("qorum/ledger/monthly.py", "", "100", "101"): "one more job is remembered",
    ("qorum/ledger/tokens.py", "canonical_json", "False", "True"): (
        "what is not finite was refused before, with its place"
    ),
}
"""By file, place, what stood there and what stands there instead."""


def reason_of(file: str, mutant: Mutant) -> str:
    """Why a mutant changes nothing; empty where it is not known to be such."""
    return EQUIVALENT.get((file, mutant.place, mutant.before, mutant.after), "")
