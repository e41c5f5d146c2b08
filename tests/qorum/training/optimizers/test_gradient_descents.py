"""Adam against PyTorch's; the natural gradient against its definition."""

from math import cos, pi

import numpy as np
import pytest
import torch

from qorum.training.objective import Answer, Landscape, Request
from qorum.training.optimizers import make_optimizer, optimizers
from qorum.training.optimizers._rates import clipped
from qorum.training.optimizers.natural_gradient import solve

from .objectives import START, Energy, begin, train


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_goes_where_pytorch_goes(amsgrad):
    energy = Energy()
    ours = begin(f"adam?learning_rate=0.05&amsgrad={amsgrad}", energy)
    leaf = torch.tensor(START, requires_grad=True)
    theirs = torch.optim.Adam([leaf], lr=0.05, amsgrad=amsgrad)
    for _ in range(100):
        train(ours, energy, 1)
        point = leaf.detach().numpy()[None].copy()
        leaf.grad = torch.from_numpy(energy.evaluate(Request(point, gradient=True), 0).gradient.copy())
        theirs.step()
        np.testing.assert_allclose(ours.point, leaf.detach().numpy(), atol=1e-9)


def test_schedules_fall_to_their_final_rate_and_stay():
    adam = optimizers()["adam"].settings_type
    cosine = adam(learning_rate=0.2, schedule="cosine", schedule_steps=100, final_fraction=0.1)
    assert cosine.rate(0) == 0.2
    assert cosine.rate(25) == pytest.approx(0.2 * (0.1 + 0.9 * (1 + cos(pi / 4)) / 2))
    assert cosine.rate(50) == pytest.approx(0.2 * 0.55)
    exponential = adam(learning_rate=0.2, schedule="exponential", schedule_steps=100, final_fraction=0.01)
    assert exponential.rate(50) == pytest.approx(0.02)
    for falling, final in ((cosine, 0.02), (exponential, 0.002)):
        assert falling.rate(100) == falling.rate(1000) == pytest.approx(final)
    assert adam(learning_rate=0.2).rate(500) == 0.2


def test_the_schedule_goes_on_after_a_move():
    energy = Energy()
    moved = begin(
        "adam?schedule=exponential&schedule_steps=10&final_fraction=0.001&learning_rate=0.1", energy
    )
    train(moved, energy, 10)
    moved.moved(0.0)
    before = moved.point.copy()
    train(moved, energy, 1)
    # Without moments, Adam's first step is the learning rate in every parameter.
    np.testing.assert_allclose(np.abs(moved.point - before), 1e-4, rtol=1e-3)


def test_clipping_keeps_the_direction():
    vector = np.array([3.0, -4.0])
    np.testing.assert_allclose(clipped(vector, 1.0), [0.6, -0.8])
    assert clipped(vector, 6.0) is vector
    assert clipped(vector, 0.0) is vector


def test_blocks_are_solved_as_the_whole_is():
    rng = np.random.default_rng(2)
    roots = [rng.normal(size=(size, size)) for size in (3, 1, 4)]
    metric = np.zeros((8, 8))
    places = [np.array([0, 3, 6]), np.array([1]), np.array([2, 4, 5, 7])]
    for root, place in zip(roots, places, strict=True):
        metric[np.ix_(place, place)] = root @ root.T
    gradient = rng.normal(size=8)
    expected = np.linalg.solve(metric + 1e-2 * np.eye(8), gradient)
    np.testing.assert_allclose(solve(metric, gradient, 1e-2, "blocks"), expected, rtol=1e-9)
    np.testing.assert_allclose(solve(metric, gradient, 1e-2, "full"), expected, rtol=1e-9)


def test_a_metric_that_noise_made_negative_still_gives_a_descent():
    metric = np.diag([0.25, -0.05]) + 0.01
    gradient = np.array([1.0, -2.0])
    assert solve(metric, gradient, 1e-3, "blocks") @ gradient > 0


def test_the_natural_step_does_not_depend_on_how_angles_are_scaled():
    """Halving an angle quarters its metric and halves its slope: the state moves as before."""
    found = []
    for scale in (1.0, 2.0):
        optimizer = make_optimizer(
            "natural-gradient?regularization=1e-9&max_step_norm=0", np.zeros(1), Landscape(1), 1
        )
        metric, gradient = np.array([[0.25 / scale**2]]), np.array([0.3 / scale])
        optimizer.tell(Answer(np.zeros(1), np.zeros(1), gradient, metric))
        found.append(float(optimizer.point[0]) / scale)
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert found[0] == pytest.approx(-0.05 * 0.3 / 0.25, rel=1e-6)


def test_the_natural_gradient_needs_fewer_steps_than_plain_descent():
    energy = Energy()
    natural = len(train(begin("natural-gradient?learning_rate=0.25", energy), energy, 1000))
    # Beside 1 the metric, at most 1/4, hardly matters; for one angle both rates then move alike.
    plain = len(train(begin("natural-gradient?learning_rate=1&regularization=1", energy), energy, 1000))
    assert natural < plain


def test_one_step_is_cut_to_its_longest():
    optimizer = make_optimizer("natural-gradient?max_step_norm=0.2", np.zeros(2), Landscape(2), 1)
    optimizer.tell(Answer(np.zeros(1), np.zeros(1), np.array([3.0, 4.0]), np.zeros((2, 2))))
    np.testing.assert_allclose(optimizer.point, [-0.12, -0.16])
