"""Breast cancer (Wisconsin, diagnostic; scikit-learn) told by four qubits, and by logistic regression.

Five stratified folds; whatever is fitted (standardization, principal components) is fitted on the training
part alone. Both methods see the same features; scikit-learn's logistic regression has them standardized, as
is best for it, and its default regularization. Settings were chosen on folds by other seeds (11 and 12).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks._interleaved import Options, say
from benchmarks._report import Row

SPLIT_SEED, FOLDS, QUBITS = 0, 5, 4
GOAL = 0.96
MOST_DEVIATIONS = 2.5
"""Standardized features are cut off there: angles of outliers would wrap around."""

Features = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Model:
    """A classifier and how it is trained.

    Attributes:
        name: as the rows call it.
        features: training and test features from the raw ones.
        linear: whether a trained linear layer makes the angles of the features.
        layers: of data re-uploading.
        steps: of Adam, each over the whole training part.
        learning_rate: of Adam.
        weight_decay: of all parameters.
    """

    name: str
    features: Callable[[np.ndarray, np.ndarray], Features]
    linear: bool
    layers: int
    steps: int
    learning_rate: float
    weight_decay: float


def all_features(train: np.ndarray, test: np.ndarray) -> Features:
    """All 30, standardized and cut off, times 0.3 rad."""
    mean, deviation = train.mean(0), train.std(0)
    found = [np.clip((part - mean) / deviation, -MOST_DEVIATIONS, MOST_DEVIATIONS) for part in (train, test)]
    return 0.3 * found[0], 0.3 * found[1]


def four_components(train: np.ndarray, test: np.ndarray) -> Features:
    """The first four principal components, the training part's range stretched to ±0.8 rad."""
    from qorum.training.scaling import Scaling

    scaling = Scaling.fit(train, QUBITS, (-0.8, 0.8))
    return scaling.transform(train), scaling.transform(test)


MODELS = (
    (Model("linear layer 30 to 4, 4 qubits", all_features, True, 2, 40, 0.05, 1e-2), GOAL),
    (Model("4 principal components, 4 qubits", four_components, False, 3, 50, 0.1, 1e-4), None),
)


def rows(options: Options) -> Iterator[Row]:
    """Mean accuracy over the folds; the goal is held against the model that sees all features."""
    for model, goal in MODELS:
        start = time.process_time()
        ours, theirs = accuracies(model, 3 if options.quick else model.steps)
        seconds = time.process_time() - start
        settings = {key: value for key, value in asdict(model).items() if key not in ("name", "features")}
        say(f"breast cancer, {model.name}: {ours.mean():.4f}, logistic regression {theirs.mean():.4f}")
        told = f"± {ours.std():.4f} over folds, {seconds:.0f} s CPU in all; logistic regression on the same "
        note = f"{told}features {theirs.mean():.4f} ± {theirs.std():.4f}"
        extra = {"folds": ours.tolist(), "settings": settings}
        yield Row(
            f"breast cancer / {model.name}", float(ours.mean()), goal, samples=FOLDS, note=note, extra=extra
        )
        name = f"breast cancer / logistic regression on the features of: {model.name}"
        note, extra = f"± {theirs.std():.4f} over folds", {"folds": theirs.tolist()}
        yield Row(name, float(theirs.mean()), samples=FOLDS, note=note, extra=extra)


def accuracies(model: Model, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Test accuracy of each fold: the quantum classifier's, and logistic regression's."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from qorum.training.datasets import data_set

    loaded = load_breast_cancer()
    data = data_set("breast-cancer", loaded.data, loaded.target.tolist(), list(loaded.feature_names))
    ours: list[float] = []
    theirs: list[float] = []
    for seen, unseen in data.split(FOLDS, SPLIT_SEED):
        train, test = model.features(data.features[seen], data.features[unseen])
        ours.append(trained(model, steps, train, data.labels[seen], test, data.labels[unseen]))
        peer = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, data.labels[seen])
        theirs.append(float(peer.score(test, data.labels[unseen])))
    return np.array(ours), np.array(theirs)


def trained(
    model: Model, steps: int, train: np.ndarray, labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """Test accuracy after training on a fold."""
    from qorum.training.ansatze.encodings import data_reuploading
    from qorum.training.classifier import ClassifierObjective, ClassifierOptions
    from qorum.training.classifier_model import HybridClassifier
    from qorum.training.optimizers import make_optimizer
    from qorum.training.quantum_layer import QuantumLayer

    encoded = data_reuploading(QUBITS, model.layers, QUBITS)
    quantum = QuantumLayer(encoded.circuit, encoded.input_slots.tolist(), encoded.weight_slots.tolist())
    network = HybridClassifier(quantum, num_features=train.shape[1] if model.linear else None)
    options = ClassifierOptions(weight_decay=model.weight_decay)
    objective = ClassifierObjective(network, train, labels, options)
    reference = f"adam?learning_rate={model.learning_rate}"
    optimizer = make_optimizer(reference, objective.start_point(0), objective.landscape, 0)
    for step in range(steps):
        optimizer.tell(objective.evaluate(optimizer.ask(), step))
    return objective.accuracy(optimizer.point, test, test_labels)
