"""What a terminal asks of a training, looked through before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from blocks.backends import SAVED, load_backend
from qorum.errors import QorumError
from qorum.references import parse_reference
from qorum.training.ansatze import ansatze
from qorum.training.ansatze.encodings import encodings
from qorum.training.ansatze.own import SUFFIX, is_circuit
from qorum.training.ansatze.texts import read_ansatz
from qorum.training.classification import ClassificationSettings
from qorum.training.observed import read_observable
from qorum.training.optimizers import optimizers
from qorum.training.options import TrainingOptions
from qorum.training.starts import refuse_unreadable

PATTERNS = {"training_id": "letters, digits, dots, dashes and underscores expected, 80 at most"}


def with_layers(reference: str, layers: int) -> str:
    """The reference with that many layers, whatever it said of them."""
    name, _, query = reference.partition("?")
    settings = {**dict(parse_qsl(query)), "layers": layers}
    return f"{name}?{urlencode(settings, safe=',:')}"


def refuse_unfit(asked: dict[str, Any], model: str) -> None:
    """Raises what a training would raise for its options and names, without a server or a problem.

    Args:
        asked: of the command line.
        model: which of them is the ansatz or the encoding: `ansatz` or `model`.

    Raises:
        ValidationError: an option is out of bounds.
        QorumError: there is no such optimizer, ansatz, encoding or backend, or it has no such setting.
    """
    for kind in (TrainingOptions, ClassificationSettings) if model == "model" else (TrainingOptions,):
        kind.model_validate({name: asked[name] for name in kind.model_fields if name in asked})
    refuse_unreadable(asked["initial"])
    for text in asked.get("observables", ()):
        read_observable(text)
    settings = {name: optimizer.settings_type for name, optimizer in optimizers().items()}
    parse_reference(asked["optimizer"], settings, kind="optimizer", parameter="setting")
    if model == "model":
        parse_reference(asked[model], encodings(), kind="encoding")
    elif asked[model].endswith(SUFFIX):
        read_ansatz(asked[model], _text_of(asked[model]))
    elif not asked[model].startswith("auto") and not is_circuit(asked[model]):  # auto: the problem decides
        templates = {name: template.parameters for name, template in ansatze().items()}
        parse_reference(asked[model], templates, kind="ansatz")
    for backend in (asked["backend"], *asked["backup_backends"]):
        if not backend.startswith(SAVED):  # those are on a server
            load_backend(backend).profile()


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise QorumError(f"--ansatz: a readable OpenQASM 3 file expected, found {path}: {error}") from None


def in_words(error: ValidationError | QorumError) -> str:
    """One line; of options, which is wrong, what is expected, and what was found."""
    if isinstance(error, QorumError):
        return str(error)
    faults: list[str] = []
    for fault in error.errors():
        name = ".".join(map(str, fault["loc"]))
        expected = PATTERNS.get(name, fault["msg"].removeprefix("Value error, "))
        faults.append(f"--{name.replace('_', '-')}: {expected}, found {fault['input']!r}")
    return "; ".join(faults)
