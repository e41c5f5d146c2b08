"""What may differ when a training goes on, and what is told where something else does."""

from __future__ import annotations

from qorum.training.definitions import Below, TrainingDefinition
from qorum.training.options import ClassificationSettings


def definition(**changed: object) -> TrainingDefinition:
    asked = {
        "training_id": "t",
        "kind": "vqe",
        "name": "pair",
        "problem": {"num_qubits": 1, "terms": [["Z", 1.0]], "name": "pair"},
        "model": "hardware-efficient",
    }
    return TrainingDefinition.model_validate(asked | changed)


def test_how_far_and_under_which_name_decides_nothing() -> None:
    one = definition()
    problem = {**one.problem, "name": "other", "reference": -1.0}
    other = definition(training_id="u", name="other", max_steps=7, tags=["a"], problem=problem)
    assert one.digest == other.digest
    assert one.differences(other) == []


def test_what_differs_is_told_in_words() -> None:
    other = definition(problem={"num_qubits": 2}, seed=5, circuit="OPENQASM 3.0;")
    found = definition().differences(other)
    assert {"another problem", "another circuit", "seed 0 is stored, 5 asked"} <= set(found)
    assert found == sorted(found)
    assert definition().digest != other.digest


def test_defaults_that_are_spelled_out_are_no_difference() -> None:
    one, other = definition(optimizer="adam"), definition(optimizer="adam?learning_rate=0.5")
    assert one.differences(other) == ["optimizer adam is stored, adam?learning_rate=0.5 asked"]
    assert definition(below=[Below(operators=[], parameters=[0.5])]).digest != definition().digest


def test_what_cannot_be_read_is_compared_as_it_is() -> None:
    one = definition(model="none such?x=1")
    assert one.differences(definition(model="none such?x=1")) == []
    assert len(one.differences(definition(model="none such?x=2"))) == 1


def test_the_name_of_ones_own_circuit_decides_nothing() -> None:
    one, other = (definition(model=name, circuit="OPENQASM 3.0;") for name in ("mine", "yours"))
    assert one.digest == other.digest


def test_values_are_called_by_the_kind_of_training() -> None:
    called = [definition(kind=kind).minimized for kind in ("vqe", "qaoa")]
    assert [*called, definition(kind="qnn", model="angle").minimized] == ["energy", "energy", "loss"]


def test_settings_are_stored_as_earlier_releases_wrote_them_unless_something_is_new() -> None:
    plain = ClassificationSettings().stored()
    assert not {"class_weights", "set_aside"} & set(plain)
    assert ClassificationSettings.model_validate(plain) == ClassificationSettings()
    assert ClassificationSettings(set_aside=True, class_weights="balanced").stored() == plain | {
        "set_aside": True,
        "class_weights": "balanced",
    }
