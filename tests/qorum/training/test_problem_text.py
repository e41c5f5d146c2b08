"""Problems as texts, and what is none of their documents."""

from __future__ import annotations

from typing import Any

import pytest

from qorum.errors import InputRejected
from qorum.training.problem_text import Document, text_of, validated


class Pair(Document):
    left: int
    right: int


def test_text_stays_as_it_is_and_objects_become_the_json_of_their_document() -> None:
    def document(given: Any) -> dict[str, Any]:
        if given < 0:
            raise InputRejected("pair", "a number from 0 on expected")
        return {"left": given}

    assert text_of("anything", document) == "anything"
    assert text_of(3, document) == '{"left": 3}'
    with pytest.raises(ValueError, match="a number from 0 on expected"):
        text_of(-1, document)


def test_what_is_no_object_is_refused_with_the_fields_that_it_would_have() -> None:
    with pytest.raises(InputRejected, match="an object with the fields left, right expected, found a list"):
        validated(Pair, [1, 2], "pair")
