"""The energy curve as a picture: what is drawn is there, what is not given is not."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from matplotlib.image import imread

from qorum.results.energy_plot import energy_png

ENERGIES = np.array([1.0, 0.4, 0.6, -0.2, -0.5, -0.45, -0.8])
RED, AMBER, BLUE = "#c8553d", "#e9a23b", "#2a6f97"


def pixels(png: bytes) -> np.ndarray:
    """Colours as whole numbers, shape [height, width, 3]."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return np.rint(imread(BytesIO(png))[..., :3] * 255).astype(int)


def where(image: np.ndarray, colour: str) -> np.ndarray:
    """Which pixels are of that colour, or nearly so for a thin line's smoothed edge; [height, width]."""
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return (abs(image - wanted) < 64).all(axis=2)


def count(png: bytes, colour: str) -> int:
    """Pixels of that colour."""
    return int(where(pixels(png), colour).sum())


def test_the_curve_is_drawn_without_reference_and_moves() -> None:
    png = energy_png(ENERGIES, "plain")
    assert count(png, BLUE) > 200
    assert count(png, RED) == count(png, AMBER) == 0


def test_a_reference_adds_its_line_and_the_plot_of_the_error_below() -> None:
    plain, compared = energy_png(ENERGIES, "one"), energy_png(ENERGIES, "one", reference=-1.0)
    assert count(compared, RED) > 200
    assert pixels(compared).shape[0] > 1.3 * pixels(plain).shape[0]
    lower = pixels(compared)[pixels(compared).shape[0] * 2 // 3 :]
    assert where(lower, BLUE).sum() > 100, "the error falls in the lower plot"


def test_each_move_adds_a_line_where_it_was_made() -> None:
    columns = []
    for moves in ([(2, "aer")], [(2, "aer"), (5, "torch")]):
        image = pixels(energy_png(ENERGIES, "moved", moves=moves))
        found = np.flatnonzero(where(image, AMBER).sum(axis=0) > 100)
        columns.append([int(part[0]) for part in np.split(found, np.flatnonzero(np.diff(found) > 1) + 1)])
    assert len(columns[0]) == 1
    assert len(columns[1]) == 2
    assert columns[0][0] == columns[1][0] < columns[1][1]


def test_the_same_figures_give_the_same_picture_and_others_another() -> None:
    png = energy_png(ENERGIES, "one", reference=-1.0, moves=[(1, "aer")])
    assert energy_png(ENERGIES, "one", reference=-1.0, moves=[(1, "aer")]) == png
    changed = energy_png(ENERGIES[::-1], "one", reference=-1.0, moves=[(1, "aer")])
    assert (pixels(changed) != pixels(png)).any()


def test_one_evaluation_is_a_picture_and_so_is_one_that_hits_the_reference() -> None:
    assert pixels(energy_png(np.array([-1.0]), "one", reference=-1.0)).std() > 1
    assert pixels(energy_png(np.array([-1.0]), "one")).std() > 1
