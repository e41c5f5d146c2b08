"""Conditions that are worked out of bits are written as expressions that hold where the table says."""

from __future__ import annotations

from itertools import product

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit

from qorum.circuits.measured_values import Value, as_expression, combine
from tests.qorum.circuits.branching import branching


@pytest.mark.parametrize("width", [1, 2, 3])
def test_every_condition_of_few_bits_is_written_as_what_it_says(width: int):
    """All tables, with every outcome of the bits prepared in turn."""
    rows = list(product([False, True], repeat=width))
    for table in product([False, True], repeat=len(rows)):
        says = dict(zip(rows, table, strict=True))
        value = combine(lambda *row: says[row], *map(Value.of_bit, range(width)))  # noqa: B023 - used at once
        if value.is_constant:
            continue
        for row in rows if width < 3 else [rows[sum(table) % 8], rows[-1]]:
            assert _holds(value, row) == says[row], (table, row)


def _holds(value: Value, row: tuple[bool, ...]) -> bool:
    bits = [Clbit() for _ in row]
    circuit = QuantumCircuit(len(row) + 1)
    circuit.add_bits([*bits, told := Clbit()])
    for qubit, is_one in enumerate(row):
        if is_one:
            circuit.x(qubit)
        circuit.measure(qubit, bits[qubit])
    with circuit.if_test(as_expression(value, dict(enumerate(bits)))):
        circuit.x(len(row))
    circuit.measure(len(row), told)
    (outcome,) = branching(circuit)
    return outcome[0] == "1"
