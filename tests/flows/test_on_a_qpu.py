"""What README and docs say of QPUs, word for word, at imitated vendors: in the order of the text."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from blocks.backends.azure_quantum import AzureQuantum
from flows.front import start
from tests.faults.vendors.internet import Internet

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^python -m flows\.(\w+)(.*)", re.MULTILINE)


def commands(file: str, heading: str, until: str) -> list[tuple[str, str]]:
    """Module and arguments of each command between two headings."""
    text = "\n" + (ROOT / file).read_text()
    _, found, part = text.partition(f"\n{heading}\n")
    assert found, f"{file} has no {heading}"
    blocks = re.findall(r"```\n(.*?)```", part.partition(f"\n{until}\n")[0], re.DOTALL)
    return COMMAND.findall("\n".join(blocks).replace("\\\n", " "))


SAID = [
    *commands("README.md", "### On a QPU", "### What a circuit may be"),
    *commands("docs/qpu.md", "# On a QPU", "## What it costs"),
]


def test_there_are_as_many_as_one_sees():
    assert len(SAID) == 13, SAID


@pytest.fixture
def saved_block(vendors: Internet) -> Iterator[None]:
    """The block that the docs name, while the test lasts: others share the server."""
    given = vendors.environment["AZURE_QUANTUM_CONNECTION_STRING"]
    block = AzureQuantum.model_validate({"target": "ionq.simulator", "connection_string": given})
    block.save("mine", overwrite=True, _sync=True)
    yield
    AzureQuantum.delete("mine", _sync=True)


@pytest.mark.usefixtures("saved_block")
@pytest.mark.parametrize(("module", "said"), SAID, ids=[f"{module}{said[:60]}" for module, said in SAID])
def test_a_command_of_the_docs_does_what_they_say(
    home: Path,
    vendors: Internet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
    said: str,
):
    monkeypatch.chdir(ROOT)
    arguments = shlex.split(said, comments=True)
    status = start(module, arguments)
    told = capsys.readouterr()
    assert status == 0, told.out + told.err
    if module == "check_connections":
        assert "unreachable" not in told.out
        return
    (report,) = home.rglob("results/*/report.json")
    (circuit,) = json.loads(report.read_text())["circuits"]
    vendor = arguments[arguments.index("--backends") + 1].partition("?")[0]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert vendor in {name.partition("?")[0] for name in circuit["accepted"]}
    assert vendors.jobs_of(vendor) == (0 if "fake=" in said else 1)
