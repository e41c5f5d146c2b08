import sys
from subprocess import run

import numpy as np
import pytest
from matplotlib.image import imread

from benchmarks._distributions import bit_flipped, porter_thomas, sample, sparse
from qorum.results.consensus import Replica, agree
from qorum.results.plots import agreement_png, histogram_png

PNG = b"\x89PNG\r\n\x1a\n"
REJECTED = np.array([0xC8, 0x55, 0x3D]) / 255


def replicas(make, names, liars=0):
    rng = np.random.default_rng(7)
    p = make(rng)
    told = bit_flipped(p, rng)
    return [
        Replica(sample(told if i >= len(names) - liars else p, 1024, rng, name), noisy=True)
        for i, name in enumerate(names)
    ]


def share_of_red(png, tmp_path):
    (tmp_path / "plot.png").write_bytes(png)
    pixels = imread(tmp_path / "plot.png")[:, :, :3]
    return float((np.abs(pixels - REJECTED).max(axis=2) < 0.02).mean()), pixels.shape


def test_a_rejected_replica_is_drawn_red_and_an_accepted_one_is_not(tmp_path):
    red = {}
    for liars in (0, 1):
        answers = replicas(sparse, "abcd", liars)
        verdict = agree(answers)
        assert (verdict.status, len(verdict.rejected)) == ("agreed", liars)
        red[liars], _ = share_of_red(histogram_png(verdict, answers, "circuit"), tmp_path)
    assert red[0] == 0
    assert red[1] > 1e-3


@pytest.mark.parametrize("k", [1, 2, 5])
def test_up_to_five_replicas_make_two_pictures_of_legible_size(k, tmp_path):
    answers = replicas(porter_thomas, [f"aer?device=fake_{i}" for i in range(k)])
    verdict = agree(answers)
    for png in (
        histogram_png(verdict, answers, "circuit"),
        agreement_png(verdict, [a.name for a in answers]),
    ):
        assert png.startswith(PNG)
        _, (height, width, _) = share_of_red(png, tmp_path)
        assert 150 < height < 1000
        assert 200 < width < 2200


def test_a_matrix_needs_one_name_for_each_replica():
    answers = replicas(sparse, "abc")
    with pytest.raises(ValueError, match="3 names expected, found 2"):
        agreement_png(agree(answers), ["a", "b"])


def test_matplotlib_is_loaded_by_the_first_plot_only():
    code = "import sys, qorum.results.plots; sys.exit('matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
