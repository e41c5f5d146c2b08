"""A training's curve in a file of the format that its suffix says, or a refusal before anything starts."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from flows.training_curves import refuse_unknown_format, write_curve
from qorum.errors import QorumError
from tests.commands import qnn, vqe
from tests.qorum.reports import TRAINING


@pytest.mark.parametrize(
    ("name", "head"),
    [("x.png", b"\x89PNG"), ("x.PNG", b"\x89PNG"), ("x.pdf", b"%PDF-"), ("a.b.svg", b"<?xml")],
)
def test_a_suffix_is_the_format(tmp_path: Path, name: str, head: bytes):
    refuse_unknown_format(name)
    write_curve(TRAINING, tmp_path / name)
    data = (tmp_path / name).read_bytes()
    assert data.startswith(head)
    if name.endswith(".svg"):
        drawing = ElementTree.fromstring(data)
        assert drawing.tag.endswith("}svg")
        assert b"loss" in data
        assert b"energy" not in data


@pytest.mark.parametrize("name", ["x.gif", "x", "x.png.txt", ".pdf", "png", ""])
def test_any_other_is_refused(name: str):
    with pytest.raises(QorumError, match=r"ends in one of \.png, \.pdf, \.svg expected, found"):
        refuse_unknown_format(name)


def test_a_refused_plot_costs_no_training(home: Path, capsys: pytest.CaptureFixture[str]):
    for command, problem in ((vqe, "tfim:n=2"), (qnn, "iris")):
        assert command([problem, "--plot", "curve.jpeg2"]) == 2
        [line] = capsys.readouterr().err.strip().splitlines()
        assert line.endswith(
            "--plot: a file that ends in one of .png, .pdf, .svg expected, found 'curve.jpeg2'"
        )
    assert not list(home.rglob("definition.json"))
