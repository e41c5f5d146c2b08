"""Optional settings as the Prefect UI's forms can show them: one input that may stay empty."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class EmptyIsNone:
    """Metadata of an optional field: an empty text counts as None, and the form shows one input.

    Without it, the form asks first whether the value is a text or null. Use as
    `key: Annotated[SecretStr | None, EmptyIsNone()] = None`.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_none_if_empty, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        values = [choice for choice in found.get("anyOf", []) if choice.get("type") != "null"]
        return values[0] if len(values) == 1 else found


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value
