"""How the wheel is made: one top-level package, `qorum`, with the rooms inside (docs/adr/024).

In the checkout the rooms are folders of their own, `flows`, `tasks`, `blocks` and `deployments`. Names as
common as these must not be taken in a user's environment, nor be shadowed by folders of the user's project.
So the wheel holds them as `qorum.flows` and so on, with their imports rewritten.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilderConfig

ROOMS = ("flows", "tasks", "blocks", "deployments")
_ROOM = "|".join(ROOMS)
_IMPORT = re.compile(rf"^(\s*)(from|import) ({_ROOM})(?=[.\s])", re.MULTILINE)
_MAKE = re.compile("`make (ui|deploy)`")
_ROOM_ITSELF = re.compile(rf"^(\s*)import ({_ROOM})$", re.MULTILINE)
_COMMAND = re.compile(rf"(python -m )({_ROOM})(?=\.)")
_ENTRYPOINT = re.compile(r"^(\s*entrypoint: )(?=flows\.)", re.MULTILINE)
DEPLOYMENTS = "prefect.yaml"


class RoomsInside(BuildHookInterface[WheelBuilderConfig]):
    """Puts the rooms into the wheel below `qorum`; an editable install keeps them as they lie."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See hatchling: called before a build; `version` is `standard` or `editable`."""
        if version == "editable":
            return
        root = Path(self.root)
        self._folder = Path(tempfile.mkdtemp(prefix="qorum-wheel-"))
        for room in ROOMS:
            build_data["force_include"][str(self._room(root / room))] = f"qorum/{room}"
        deployments = self._folder / DEPLOYMENTS
        deployments.write_text(_ENTRYPOINT.sub(r"\1qorum.", (root / DEPLOYMENTS).read_text()))
        build_data["force_include"][str(deployments)] = f"qorum/{DEPLOYMENTS}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """See hatchling: called after a build."""
        del build_data, artifact_path
        if version != "editable":
            shutil.rmtree(self._folder)

    def _room(self, room: Path) -> Path:
        copy = self._folder / room.name
        shutil.copytree(room, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for file in copy.rglob("*.py"):
            file.write_text(moved(file.read_text()))
        return copy


def moved(source: str) -> str:
    """A module's source with the rooms found below `qorum`, in imports and in the commands it tells.

    There is no Makefile beside it, so that `make ui` is `qorum ui`.
    """
    bound = _ROOM_ITSELF.sub(r"\1import qorum.\2 as \2", source)
    told = _COMMAND.sub(r"\1qorum.\2", _IMPORT.sub(r"\1\2 qorum.\3", bound))
    return _MAKE.sub(r"`qorum \1`", told).replace("`make worker`", "`prefect worker start --pool cpu`")
