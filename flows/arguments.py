"""What commands in a terminal take, made of what flows are asked; imports little: help comes at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from qorum.errors import QorumError
from qorum.faults import faults_of
from qorum.parameters import Flag

METAVARS: Mapping[object, str] = {int: "N", float: "X", str: "TEXT"}
PATTERNS = {
    "training_id": "letters, digits, dots, dashes and underscores expected, 80 at most",
    "older_than": "a number and m, h, d or w expected, as 12h or 7d",
}
"""What is expected, where a regular expression says it to machines only."""

Extra = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """A flow as a terminal has it: every field of its request is an option.

    Attributes:
        name: of its module.
        words: after `qorum`.
        description: one sentence.
        request: what the flow is asked; one without fields where it is no flow.
        positional: fields that are given without a name, with what help calls and says of them.
        epilog: examples and exit statuses.
        defaults: where a terminal's are others than a form's.
        extras: options of the terminal alone.
        runner: who carries it out, `module:function` of this package: takes the command and the arguments.
    """

    name: str
    words: str
    description: str
    request: type[BaseModel]
    positional: Mapping[str, tuple[str, str]]
    epilog: str
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    extras: Sequence[Extra] = ()
    runner: str = "training_command_line:do"

    def parser(self) -> argparse.ArgumentParser:
        """What reads its arguments: fields that are not given are absent, so that the request has its say."""
        parser = argparse.ArgumentParser(
            prog=_called(self),
            description=self.description,
            epilog=self._examples(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        fields = self.request.model_fields
        for name, (metavar, told) in self.positional.items():
            many = name in fields and get_origin(fields[name].annotation) is list
            kind: dict[str, Any] = {"nargs": "+" if fields[name].is_required() else "*"} if many else {}
            parser.add_argument(name, metavar=metavar, help=told, **kind)
        for name, one in fields.items():
            if name not in self.positional:
                _add(parser, name, one, self.defaults.get(name, one.get_default()))
        for extra in self.extras:
            extra(parser)
        return parser

    def _examples(self) -> str:
        """With the command as it was called."""
        return self.epilog.replace(f"python -m flows.{self.name}", _called(self))

    def asked(self, given: Mapping[str, Any]) -> BaseModel:
        """The request that was parsed.

        Raises:
            ValidationError: a value is out of bounds.
        """
        return self.request.model_validate({**self.defaults, **given})


def _called(command: Command) -> str:
    program = Path(sys.argv[0])
    by_name = program.stem == "qorum" or program.parts[-2:] == ("qorum", "__main__.py")
    return f"qorum {command.words}" if by_name else f"python -m flows.{command.name}"


def _add(parser: argparse.ArgumentParser, name: str, one: FieldInfo, default: Any) -> None:
    flag = _flag(one)
    told = ((flag and flag.told) or one.description or "").replace("%", "%%")
    if default not in (None, "", {}) and not isinstance(default, list):
        told += f" ({default})"
    kind: dict[str, Any]
    if flag is not None and flag.each:
        kind = {"action": "append", "metavar": flag.metavar}
    elif one.annotation is bool:
        kind = {"action": argparse.BooleanOptionalAction}
    elif get_origin(one.annotation) is Literal:
        kind = {"choices": get_args(one.annotation)}
    elif get_origin(one.annotation) is list:
        kind = {"type": _names, "metavar": flag.metavar if flag else "A,B"}
    else:
        kind = {"metavar": flag.metavar if flag else METAVARS[one.annotation or str]}
    parser.add_argument(option(name, one), dest=name, default=argparse.SUPPRESS, help=told, **kind)


def option(name: str, one: FieldInfo) -> str:
    """What the command line calls a field."""
    flag = _flag(one)
    return f"--{(flag.each if flag and flag.each else name).replace('_', '-')}"


def _flag(one: FieldInfo) -> Flag | None:
    return next((found for found in one.metadata if isinstance(found, Flag)), None)


def in_words(error: ValidationError, request: type[BaseModel]) -> str:
    """One line: which option is wrong, what is expected, and what was found."""
    return "; ".join(_faults(error, request))


def _faults(error: ValidationError, request: type[BaseModel]) -> Iterator[str]:
    for fault in faults_of(error):
        name, *places = map(str, fault.place)
        one = request.model_fields[name]
        place = f" {'.'.join(places)}" if places else ""
        expected = PATTERNS.get(name, fault.expected)
        found = "" if one.is_required() else f", found {fault.found!r}"
        yield f"{name if one.is_required() else option(name, one)}{place}: {expected}{found}"


def named_values(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`, as many as there are.

    Raises:
        QorumError: one is none, or a name is given twice.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not value or name in found:
            raise QorumError(f"--input: NAME=VALUE expected, each name once, found {one!r}")
        found[name] = value
    return found


def _names(listed: str) -> list[str]:
    return [name for name in listed.split(",") if name]
