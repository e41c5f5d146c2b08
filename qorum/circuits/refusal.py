"""How large a circuit may be, and the complaint about one that cannot be brought into canonical form."""

from __future__ import annotations

MAX_OPERATIONS = 100_000
"""Operations of one circuit, its gate definitions expanded and its loops unrolled."""

MAX_DEFINITION_DEPTH = 32
"""How deep gate definitions may stand within one another; Qiskit writes and reads them recursively."""


class NotCanonical(ValueError):
    """A circuit that has no canonical form; the message tells what was expected, found and to be done."""


def too_many_operations() -> NotCanonical:
    """The complaint about more than MAX_OPERATIONS."""
    return NotCanonical(
        f"at most {MAX_OPERATIONS:,} operations expected once gate definitions are expanded and "
        "loops unrolled, found more; split the circuit"
    )
