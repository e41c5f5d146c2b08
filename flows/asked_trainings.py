"""What a terminal asks of a training, looked through before anything is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from blocks.backends import SAVED, load_backend
from qorum.errors import QorumError
from qorum.training.ansatze import parse_ansatz
from qorum.training.ansatze.encodings import parse_encoding
from qorum.training.ansatze.own import SUFFIX, is_circuit
from qorum.training.ansatze.texts import read_ansatz
from qorum.training.observed import read_observable
from qorum.training.optimizers import parse_optimizer
from qorum.training.starts import refuse_unreadable


def with_layers(reference: str, layers: int) -> str:
    """The reference with that many layers, whatever it said of them."""
    name, _, query = reference.partition("?")
    settings = {**dict(parse_qsl(query)), "layers": layers}
    return f"{name}?{urlencode(settings, safe=',:')}"


def start_of(text: str) -> str:
    """A start as it is; of a JSON file, such as a report, what a start needs.

    Raises:
        QorumError: there is no such file, or it is no JSON.
    """
    file = Path(text)
    if not (text.endswith(".json") or file.is_file()):
        return text
    try:
        found: Any = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise QorumError(f"--initial: a readable JSON file expected, found {text!r}: {error}") from None
    if isinstance(found, dict):
        found = {name: found.get(name) for name in ("operators", "parameters")}
    return json.dumps(found)


def refuse_unfit(asked: dict[str, Any], model: str) -> None:
    """Raises what a training would raise for its names, without a server or a problem.

    Args:
        asked: of the command line.
        model: which of them is the ansatz or the encoding: `ansatz` or `model`.

    Raises:
        QorumError: there is no such optimizer, ansatz, encoding or backend, or it has no such setting.
    """
    refuse_unreadable(asked["initial"])
    for text in asked.get("observables", ()):
        read_observable(text)
    parse_optimizer(asked["optimizer"])
    if model == "model":
        parse_encoding(asked[model])
    elif asked[model].endswith(SUFFIX):
        read_ansatz(asked[model], _text_of(asked[model]))
    elif not asked[model].startswith("auto") and not is_circuit(asked[model]):  # auto: the problem decides
        parse_ansatz(asked[model])
    for backend in (asked["backend"], *asked["backup_backends"]):
        if not backend.startswith(SAVED):  # those are on a server
            load_backend(backend).profile()


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise QorumError(f"--ansatz: a readable OpenQASM 3 file expected, found {path}: {error}") from None
