"""What a user asks for: how each source is to be read, what it is called, and what makes two runs differ."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from qorum.runs.experiments import (
    CircuitInput,
    Definition,
    RunOptions,
    named_inputs,
    object_reference,
    reference_parts,
)

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("template:ghz?num_qubits=5", "template"),
        (f"accepted:bell@{DIGEST}", "object"),
        (f"accepted:@{DIGEST}", "object"),
        (f"accepted:bell@{DIGEST[:-1]}", "key"),
        (f"accepted:bell@{DIGEST}0", "key"),
        ("circuits/bell.qasm", "key"),
        ("bell", "key"),
        ("OPENQASM 3.0; qubit q;", "text"),
        ("OPENQASM 3.0;\nqubit q;", "text"),
        ("  OPENQASM 2.0 ; qreg q[1]", "text"),
        ("OPENQASM 3; notes.qasm", "key"),  # a file of a strange name
        ("qubit q; h q;  ", "text"),
        ("gate g a { h a; }", "text"),
        ("a;b.qasm", "key"),
        ("one\ntwo", "text"),
        ("", "text"),
        (f"inputs/{DIGEST[:16]}/OPENQASM 3;", "key"),
        (f"inputs/{DIGEST[:15]}/OPENQASM 3;", "text"),
    ],
)
def test_a_source_is_read_as_what_it_looks_like(source: str, kind: str):
    assert CircuitInput(name="", source=source).kind == kind


def test_circuits_are_called_what_they_came_as_and_equal_names_are_numbered():
    sources = [
        "template:ghz?num_qubits=5",
        "folder/bell.qasm",
        "qubit q;",
        f"accepted:mine@{DIGEST}",
        f"accepted:@{DIGEST}",
        "other/bell.qasm",
        "bell.qasm",
    ]
    named = named_inputs(sources)
    assert [one.source for one in named] == sources
    assert [one.name for one in named] == [
        "ghz?num_qubits=5", "bell.qasm", "circuit-3", "mine", "circuit-5", "bell.qasm#2", "bell.qasm#3",
    ]  # fmt: skip


def test_a_reference_comes_apart_as_it_was_made():
    for name in ("mine", "", "a@b"):
        assert reference_parts(object_reference(name, DIGEST)) == (name, DIGEST)


def test_what_is_no_reference_is_refused():
    with pytest.raises(ValueError, match="accepted:NAME@SHA256 expected, found 'bell'"):
        reference_parts("bell")


def definition(*circuits: str, **options: object) -> Definition:
    return Definition(
        experiment_id="study",
        circuits=named_inputs(list(circuits)),
        options=RunOptions.model_validate(options),
    )


def test_the_same_again_does_not_differ():
    assert definition("a.qasm", shots=5).differences(definition("a.qasm", shots=5)) == []


def test_every_difference_is_told_with_what_is_stored_and_what_was_asked():
    stored, asked = definition("a.qasm"), definition("b.qasm", shots=5, backends=["aer"])
    assert stored.differences(asked) == [
        "shots 1024 is stored, 5 asked",
        "backends [] is stored, ['aer'] asked",
        "other circuits",
    ]


def test_a_definition_survives_json():
    made = definition("a.qasm", "template:w", shots=5, inputs={"theta": "pi/2"})
    assert Definition.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    "options",
    [{"shots": 0}, {"replicas": 6}, {"confidence": 0.5}, {"max_cost_usd": -1}, {"seed": 2**31}, {"shot": 5}],
)
def test_options_out_of_bounds_and_unknown_ones_are_refused(options: dict[str, object]):
    with pytest.raises(ValidationError):
        RunOptions.model_validate(options)
