"""Classifiers as objectives: their loss, their gradients, their bits, every optimizer on them, and ONNX."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.statevector.noise import NoiseModel
from qorum.training.ansatze.encodings import data_reuploading
from qorum.training.classifier import ClassifierObjective, ClassifierOptions
from qorum.training.classifier_model import HybridClassifier
from qorum.training.objective import Request
from qorum.training.onnx_export import export_classical
from qorum.training.optimizers import make_optimizer
from qorum.training.quantum_layer import QuantumLayer

ROOT = Path(__file__).resolve().parents[3]
LABELS = np.arange(30) % 2
DRAWN = np.random.default_rng(3)
FEATURES = DRAWN.normal(0, 0.4, (30, 2)) + 1.2 * LABELS[:, None]


def model(
    shots: int | None = None,
    noise: NoiseModel | None = None,
    dtype: torch.dtype = torch.float64,
    num_features: int | None = 2,
    classes: int = 2,
) -> HybridClassifier:
    encoded = data_reuploading(2, 2, 2)
    quantum = QuantumLayer(
        encoded.circuit, encoded.input_slots.tolist(), encoded.weight_slots.tolist(), shots=shots, noise=noise
    )
    return HybridClassifier(quantum, classes, num_features=num_features, dtype=dtype)


def objective(options: ClassifierOptions | None = None, **of_model: object) -> ClassifierObjective:
    return ClassifierObjective(model(**of_model), FEATURES, LABELS, options)  # type: ignore[arg-type]


def answer_hex(shots: int | None, batch: int) -> str:
    """An answer with everything drawn in it, as text without rounding."""
    made = objective(ClassifierOptions(batch_size=batch, microbatches=2), shots=shots)
    point = made.start_point(5)
    answer = made.evaluate(Request(np.stack([point, point + 0.1]), gradient=True), 17)
    assert answer.gradient is not None
    return (answer.values.tobytes() + answer.variances.tobytes() + answer.gradient.tobytes()).hex()


def test_the_loss_is_the_cross_entropy_with_half_the_squared_norm() -> None:
    made = objective(ClassifierOptions(weight_decay=0.1))
    point = made.start_point(1)
    logits = made.model(torch.from_numpy(FEATURES)).detach().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = -np.log(shares[np.arange(30), LABELS]).mean() + 0.05 * (point**2).sum()
    answer = made.evaluate(Request(point[None]), 0)
    assert answer.values[0] == pytest.approx(expected, abs=1e-12)
    assert answer.variances[0] == 0
    assert (answer.shots, answer.circuits) == (0, 30)


@pytest.mark.parametrize("batch", [0, 12])
@pytest.mark.parametrize("noise", [None, NoiseModel(depolarizing_2q=0.05, readout_error=0.02)])
def test_gradients_are_those_of_the_values(noise: NoiseModel | None, batch: int) -> None:
    made = objective(ClassifierOptions(batch_size=batch, weight_decay=0.01), noise=noise)
    point, step = made.start_point(2), 1e-5
    found = made.evaluate(Request(point[None], gradient=True), 4).gradient
    moved = np.concatenate([point + step * np.eye(len(point)), point - step * np.eye(len(point))])
    values = made.evaluate(Request(moved), 4).values
    assert found is not None
    np.testing.assert_allclose(found, (values[: len(point)] - values[len(point) :]) / (2 * step), atol=1e-9)


def test_microbatches_change_what_is_held_and_not_what_is_found() -> None:
    request = Request(objective().start_point(0)[None], gradient=True)
    whole, parts = (objective(ClassifierOptions(microbatches=n)).evaluate(request, 1) for n in (1, 7))
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-14)
    assert whole.gradient is not None
    np.testing.assert_allclose(parts.gradient, whole.gradient, atol=1e-14)


def test_a_fresh_process_finds_the_same_bits() -> None:
    kinds = [(None, 0), (None, 9), (100, 9)]
    code = f"from {__name__} import answer_hex\nfor kind in {kinds}: print(answer_hex(*kind))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert told.stdout.split() == [answer_hex(*kind) for kind in kinds]


def test_one_evaluation_leaves_no_trace_in_the_next() -> None:
    made, other = (objective(ClassifierOptions(batch_size=8), shots=50) for _ in range(2))
    point = made.start_point(0)
    request = Request(point[None], gradient=True)
    made.evaluate(Request(point[None] + 1.0), 3)
    after, fresh = made.evaluate(request, 9), other.evaluate(request, 9)
    np.testing.assert_array_equal(after.values, fresh.values)
    np.testing.assert_array_equal(after.gradient, fresh.gradient)  # type: ignore[arg-type]


def test_batches_follow_the_seed_and_their_mean_is_the_whole_loss() -> None:
    made = objective(ClassifierOptions(batch_size=6))
    request = Request(made.start_point(0)[None])
    answers = [made.evaluate(request, seed) for seed in range(200)]
    values = np.array([answer.values[0] for answer in answers])
    whole = objective().evaluate(request, 0).values[0]
    assert abs(values.mean() - whole) < 4 * values.std() / 200**0.5
    told = np.mean([answer.variances[0] for answer in answers])
    assert told == pytest.approx(values.var(), rel=0.3)


def test_shots_and_circuits_are_counted() -> None:
    made = objective(ClassifierOptions(batch_size=5), shots=40)
    point = made.start_point(0)
    answer = made.evaluate(Request(np.stack([point, point]), gradient=True), 0)
    # Each of 4 uploads and 12 weights is an angle of its own: two shifts each.
    assert answer.circuits == 5 * (2 + 2 * 16)
    assert answer.shots == 40 * answer.circuits


def test_the_gradient_is_clipped_by_its_norm() -> None:
    point = objective().start_point(0)
    free, clipped = (
        objective(ClassifierOptions(clip_norm=most)).evaluate(Request(point[None], gradient=True), 0).gradient
        for most in (None, 0.01)
    )
    assert free is not None
    assert clipped is not None
    assert np.linalg.norm(clipped) == pytest.approx(0.01)
    np.testing.assert_allclose(clipped / 0.01, free / np.linalg.norm(free), atol=1e-12)


def test_low_precision_is_close_and_not_equal() -> None:
    point = objective().start_point(0)
    request = Request(point[None], gradient=True)
    exact = objective().evaluate(request, 0).values[0]
    single = objective(ClassifierOptions(precision="float32"), dtype=torch.float32).evaluate(request, 0)
    half = objective(ClassifierOptions(precision="bfloat16"), dtype=torch.float32).evaluate(request, 0)
    assert 0 < abs(single.values[0] - exact) < 1e-6
    assert 1e-6 < abs(half.values[0] - exact) < 3e-2


@pytest.mark.parametrize(
    "reference", ["adam?learning_rate=0.1", "lbfgs", "spsa", "scipy-cobyla", "scipy-lbfgsb"]
)
def test_optimizers_lower_the_loss(reference: str) -> None:
    made = objective(num_features=None)
    start = made.start_point(3)
    optimizer = make_optimizer(reference, start, made.landscape, 1)
    for evaluation in range(120):
        if optimizer.converged:
            break
        optimizer.tell(made.evaluate(optimizer.ask(), derive_seed(0, evaluation)))
    before, after = (made.evaluate(Request(p[None]), 0).values[0] for p in (start, optimizer.point))
    assert after < 0.75 * before


def test_a_trained_classifier_tells_the_classes_apart_and_an_optimizer_of_angles_refuses() -> None:
    made = objective()
    optimizer = make_optimizer("adam?learning_rate=0.1", made.start_point(0), made.landscape, 0)
    for evaluation in range(40):
        optimizer.tell(made.evaluate(optimizer.ask(), evaluation))
    assert made.accuracy(optimizer.point, FEATURES, LABELS) > 0.9
    assert made.accuracy(optimizer.point, FEATURES, 1 - LABELS) < 0.1
    with pytest.raises(InputRejected):
        make_optimizer("rotosolve", made.start_point(0), made.landscape, 0)


def test_what_does_not_fit_is_refused() -> None:
    made = objective()
    with pytest.raises(InputRejected, match="metric"):
        made.evaluate(Request(made.start_point(0)[None], metric=True), 0)
    with pytest.raises(InputRejected, match="finite parameters"):
        made.evaluate(Request(np.zeros((1, 3))), 0)
    for features, labels, reason in (
        (FEATURES[:, :1], LABELS, r"\[samples, 2\]"),
        (FEATURES * np.nan, LABELS, "finite features"),
        (FEATURES, LABELS + 1, "labels 0 … 1"),
        (FEATURES, LABELS * 1.0, "integer labels"),
    ):
        with pytest.raises(InputRejected, match=reason):
            ClassifierObjective(model(), features, labels)
    for options in ({"batch_size": 31}, {"microbatches": 0}, {"clip_norm": -1.0}, {"precision": "bfloat16"}):
        with pytest.raises(InputRejected):
            objective(ClassifierOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("num_features", [5, None])
def test_onnx_computes_what_the_classical_layers_do(num_features: int | None, tmp_path: Path) -> None:
    import onnx
    from onnx.reference import ReferenceEvaluator

    made = model(num_features=num_features, classes=3)
    stored = export_classical(made, tmp_path / "classical.onnx")
    onnx.checker.check_model(stored)
    session = ReferenceEvaluator(str(tmp_path / "classical.onnx"))
    features = torch.from_numpy(DRAWN.normal(size=(7, num_features or 2)))
    first = np.zeros((7, 2))
    angles = session.run(["angles"], {"features": features.numpy(), "expectations": first})[0]
    values = made.quantum(torch.from_numpy(angles)).detach().numpy()
    logits = session.run(["logits"], {"features": features.numpy(), "expectations": values})[0]
    np.testing.assert_allclose(logits, made(features).detach().numpy(), atol=1e-12)


def test_without_onnx_the_export_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['onnxscript'] = None\n"
        f"from {__name__} import model\n"
        "from qorum.training.onnx_export import export_classical\n"
        "export_classical(model())"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 1
    assert "InputRejected: ONNX export: onnxscript expected" in told.stderr
    assert "pip install 'qorum[onnx]'" in told.stderr


def test_a_batch_of_one_sample_is_trained_and_predicted() -> None:
    made = objective(ClassifierOptions(batch_size=1))
    point = made.start_point(0)
    losses = {float(made.evaluate(Request(point[None], gradient=True), seed).values[0]) for seed in range(8)}
    assert len(losses) > 1, "each evaluation draws another sample"
    answer = made.evaluate(Request(point[None], gradient=True), 3)
    assert answer.is_finite
    assert answer.gradient is not None
    assert np.abs(answer.gradient).max() > 0
