"""`make docs`: docs/options.md, from what the flows are asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from flows.arguments import Command, option
from flows.commands import COMMANDS

PAGE = Path(__file__).resolve().parent.parent / "docs/options.md"
HEAD = """# Options
Written by `make docs` from the models in `flows/requests.py`, of which forms, checks and `--help` are
made, too. Names are those of forms, of `prefect deployment run … -p NAME=VALUE` and of Python; those of a
terminal stand beside them.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for command in COMMANDS.values() for line in _section(command))])


def _section(command: Command) -> Iterator[str]:
    if not command.request.model_fields:
        return
    yield f"## `qorum {command.words}`"
    yield f"{command.description} Flow `{command.name.replace('_', '-')}`, `python -m flows.{command.name}`."
    yield ""
    yield "| name | terminal | default | what |"
    yield "|---|---|---|---|"
    for name, one in command.request.model_fields.items():
        called = f"`{option(name, one)}`" if name not in command.positional else "first"
        default = "" if one.is_required() else f"`{json.dumps(one.get_default())}`"
        if name in command.defaults:
            default += f", in a terminal `{json.dumps(command.defaults[name])}`"
        yield f"| `{name}` | {called} | {default} | {(one.description or '').replace('|', chr(92) + '|')} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"written: {PAGE}")
