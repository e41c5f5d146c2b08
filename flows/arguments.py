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

from flows import help_texts as texts
from flows.requests import (
    CanaryRequest,
    CleanRequest,
    MigrateRequest,
    QaoaRequest,
    QnnRequest,
    RunRequest,
    VqeRequest,
)
from qorum.errors import QorumError
from qorum.parameters import Flag

METAVARS = {int: "N", float: "X", str: "TEXT"}
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
        request: what the flow is asked; None where it is no flow.
        positional: fields that are given without a name, with what help calls and says of them.
        epilog: examples and exit statuses.
        defaults: where a terminal's are others than a form's.
        extras: options of the terminal alone.
    """

    name: str
    words: str
    description: str
    request: type[BaseModel] | None
    positional: Mapping[str, tuple[str, str]]
    epilog: str
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    extras: Sequence[Extra] = ()

    def parser(self) -> argparse.ArgumentParser:
        """What reads its arguments: fields that are not given are absent, so that the request has its say."""
        parser = argparse.ArgumentParser(
            prog=_called(self),
            description=self.description,
            epilog=self._examples(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        fields = self.request.model_fields if self.request else {}
        for name, (metavar, told) in self.positional.items():
            many = name in fields and get_origin(fields[name].annotation) is list
            kind: dict[str, Any] = {"nargs": "+"} if many else {}
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
        assert self.request is not None
        return self.request.model_validate({**self.defaults, **given})


def _called(command: Command) -> str:
    program = Path(sys.argv[0])
    by_name = program.stem == "qorum" or program.parts[-2:] == ("qorum", "__main__.py")
    return f"qorum {command.words}" if by_name else f"python -m flows.{command.name}"


def _add(parser: argparse.ArgumentParser, name: str, one: FieldInfo, default: Any) -> None:
    flag = _flag(one)
    told = ((flag and flag.told) or one.description or "").replace("%", "%%")
    if default not in ("", {}) and not isinstance(default, list):
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
    for fault in error.errors():
        name, *places = map(str, fault["loc"])
        one = request.model_fields[name]
        place = f" {'.'.join(places)}" if places else ""
        expected = PATTERNS.get(name, fault["msg"].removeprefix("Value error, "))
        found = "" if one.is_required() else f", found {fault['input']!r}"
        yield f"{name if one.is_required() else option(name, one)}{place}: {expected}{found}"


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE|-", help="Write what was found as JSON.")


def _expect_rejected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--expect-rejected",
        action="append",
        default=[],
        metavar="NAME",
        help="A circuit that must be rejected; if it is, it does not count in the exit status.",
    )


def _plot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plot", metavar="FILE", help="Write the curve of evaluations; .png, .pdf or .svg.")


def _layers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layers", type=int, metavar="N", help="Short for NAME?layers=N of an ansatz or model."
    )


def _training(
    name: str, words: str, description: str, request: type[BaseModel], problem: str, *told: str
) -> Command:
    metavar, help_text, examples = told
    return Command(
        name=name,
        words=words,
        description=description,
        request=request,
        positional={problem: (metavar, help_text)},
        epilog=f"examples:\n{examples}\n\n{texts.STATUS}",
        extras=(_layers, _json, _plot),
    )


def _work(
    name: str, words: str, description: str, request: type[BaseModel], examples: str, **positional: str
) -> Command:
    return Command(
        name=name,
        words=words,
        description=description,
        request=request,
        positional={one: (metavar, "") for one, metavar in positional.items()},
        epilog=f"examples:\n{examples}\n\n{texts.STATUS}",
        extras=(_json,),
    )


COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            name="run_circuits",
            words="run",
            description="Run circuits on independent backends and report what these agree on.",
            request=RunRequest,
            positional={
                "circuits": ("CIRCUIT", "an OpenQASM 2 or 3 file, or template:NAME?parameter=value&…")
            },
            epilog=texts.RUN,
            defaults={"dispatch": "inline"},
            extras=(_json, _expect_rejected),
        ),
        _training(
            "train_vqe",
            "train vqe",
            "Find the lowest energy of a Hamiltonian.",
            VqeRequest,
            *("hamiltonian", "FILE|tfim:…|h2:…|molecule?…", texts.HAMILTONIAN, texts.VQE),
        ),
        _training(
            "train_qaoa",
            "train qaoa",
            "Find angles that cut as much of a graph as they can.",
            QaoaRequest,
            *("graph", "FILE|ring:…|regular:…", texts.COST, texts.QAOA),
        ),
        _training(
            "train_qnn",
            "train qnn",
            "Train a classifier with a circuit in the middle.",
            QnnRequest,
            *("data", "FILE|NAME", "CSV or Parquet file, or iris, breast_cancer, …", texts.QNN),
        ),
        _work(
            "migrate_training",
            "migrate",
            "Have a training go on with another backend.",
            MigrateRequest,
            texts.MIGRATE,
            training_id="TRAINING",
            backend="BACKEND",
        ),
        _work(
            "clean_checkpoints",
            "clean",
            "Remove old checkpoints; what is referenced stays.",
            CleanRequest,
            texts.CLEAN,
        ),
        _work(
            "canary", "canary", "Compare every backend with answers on paper.", CanaryRequest, texts.CANARY
        ),
        Command(
            name="predict",
            words="predict",
            description="Predict the classes of new samples with a trained classifier.",
            request=None,
            positional={
                "model": ("MODEL_OR_TRAINING_ID", "model.json of a training, or its id"),
                "data": ("FILE[#label=NAME]", "CSV or Parquet with the columns that it was trained on"),
            },
            epilog=texts.PREDICT,
            extras=(_json,),
        ),
    )
}
"""By the module that is run."""


def show_help(arguments: Sequence[str]) -> None:
    """Show the help that a command asks for, and exit; nothing where it is none of ours.

    Args:
        arguments: of the interpreter: `python -m MODULE …`.
    """
    package, _, name = arguments[arguments.index("-m") + 1].rpartition(".")
    if package == __package__ and name in COMMANDS:
        COMMANDS[name].parser().parse_args(["--help"])


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
