"""References: the name and the typed parameters, or in words what is wrong with them."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from qorum.errors import InputRejected
from qorum.references import parse_reference


class Chain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    length: int = Field(4, description="sites", ge=2)
    field: float = Field(1.0, description="strength")
    ends: Literal["open", "closed"] = Field("open", description="boundary")

    @model_validator(mode="after")
    def _closed_chains_have_three_sites(self) -> Chain:
        if self.ends == "closed" and self.length < 3:
            raise ValueError("a closed chain of at least 3 sites expected")
        return self


def parsed(reference: str, kind: str = "model", prefix: str = "") -> tuple[str, Chain]:
    return parse_reference(reference, {"tfim": Chain, "xy": Chain}, kind=kind, prefix=prefix)


def test_hyphens_and_underscores_of_names_are_the_same():
    models = {"long_chain": Chain, "short-chain": Chain}
    for written, name in (("long-chain", "long_chain"), ("short_chain?length=3", "short-chain")):
        assert parse_reference(written, models, kind="model")[0] == name


def test_parameters_are_typed_and_those_not_given_take_their_defaults():
    assert parsed("tfim") == ("tfim", Chain())
    assert parsed("xy?length=6&field=0.5") == ("xy", Chain(length=6, field=0.5))
    assert parsed("model:tfim?ends=closed", prefix="model:") == ("tfim", Chain(ends="closed"))


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("ising?length=4", "a model expected, one of tfim, xy; found 'ising'"),
        ("tfim?length", "name=value pairs joined by & expected, found 'length'"),
        ("tfim?field=1&length=2&field=3", "each parameter once expected, found twice: field"),
        ("tfim?size=4", "no parameter 'size': tfim takes length, field, ends"),
        ("tfim?length=1", r"parameter length \(sites\): greater than or equal to 2 expected, found '1'"),
        ("tfim?length=x", r"parameter length \(sites\): a valid integer expected, found 'x'"),
        ("tfim?field=", r"parameter field \(strength\): a valid number expected, found ''"),
        ("tfim?ends=ajar", r"parameter ends \(boundary\): 'open' or 'closed' expected, found 'ajar'"),
        (
            "tfim?length=2&ends=closed",
            "tfim.length=2.ends=closed: a closed chain of at least 3 sites expected$",
        ),
        ("tfim?length=1&size=3", r"length \(sites\).*; no parameter 'size'"),
    ],
)
def test_what_is_wrong_is_told_in_words(reference: str, complaint: str):
    with pytest.raises(InputRejected, match=complaint):
        parsed(reference)


def test_the_prefix_is_part_of_a_reference():
    with pytest.raises(InputRejected, match="an ansatz expected, one of tfim, xy; found 'tfim'"):
        parsed("tfim", kind="ansatz", prefix="ansatz:")
