"""A classifier trained on most of a data set: how its data are prepared, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import InputRejected
from qorum.statevector.noise import NoiseModel
from qorum.training.ansatze.encodings import EncodedCircuit, build_encoding
from qorum.training.circuit_expectations import Expectations
from qorum.training.classifier import ClassifierObjective, ClassifierOptions
from qorum.training.classifier_model import HybridClassifier
from qorum.training.datasets import DataSet
from qorum.training.objective import Array, Request
from qorum.training.options import ClassificationSettings
from qorum.training.quantum_layer import QuantumLayer
from qorum.training.report import WHOLE_DEVIATION, WHOLE_LOSS
from qorum.training.scaling import Scaling
from qorum.training.scores import balanced_accuracy, balanced_weights, confusion_matrix, in_words

FOLDS = 5
"""One part in so many is kept for the test; where a class has fewer samples, one of each of its own."""


@dataclass(frozen=True)
class Runs:
    """How circuits run.

    Attributes:
        shots: samples of each; 0: exact.
        noise: of gates and readout.
        device: `cpu` or `cuda`.
        single: whether amplitudes are complex64.
        elsewhere: makes what runs a circuit on another backend, from the circuit and the places of the
            parameters that gradients are wanted by; None: our own engine runs it.
    """

    shots: int = 0
    noise: NoiseModel = field(default_factory=NoiseModel)
    device: str = "cpu"
    single: bool = False
    elsewhere: Callable[[QuantumCircuit, Sequence[int]], Expectations] | None = None

    @property
    def is_ideal(self) -> bool:
        """Whether values are those of our own engine as a perfect device."""
        return not self.shots and self.noise.is_ideal and self.elsewhere is None


@dataclass(frozen=True)
class Classification:
    """A data set, divided and scaled, and the model that is trained on it.

    Attributes:
        data: all of it.
        encoding: reference such as `reuploading?layers=3`.
        settings: see there.
        seed: of the division and of first parameters.
    """

    data: DataSet
    encoding: str
    settings: ClassificationSettings
    seed: int

    @cached_property
    def circuit(self) -> EncodedCircuit:
        """For as many angles as there are principal components, or as the linear layer makes.

        Raises:
            InputRejected: no such encoding, it does not hold so many, or it multiplies features, which it
                would not see behind a linear layer.
        """
        encoded = build_encoding(self.encoding, self.components or self.data.num_features)
        if self.settings.linear_layer and encoded.products:
            reason = "an encoding of angles alone expected behind a linear layer: angle or reuploading"
            raise InputRejected(self.encoding, reason)
        return encoded

    @property
    def components(self) -> int | None:
        """How many angles the circuit sees, where they are fewer than the features; else None."""
        wanted = self.settings.components
        return wanted if 0 < wanted < self.data.num_features else None

    @cached_property
    def parts(self) -> dict[str, np.ndarray]:
        """Rows for `training`, for the `test`, and for `validation` if such are set aside.

        Each part holds every class.

        Raises:
            InputRejected: a class has too few samples for a validation part.
        """
        fewest = int(np.bincount(self.data.labels).min())
        folds = self.data.split(min(FOLDS, fewest), self.seed)
        training, test = folds[0]
        if not self.settings.set_aside:
            return {"training": training, "test": test}
        if len(folds) < 3:
            reason = f"3 samples of each class expected with patience (one is set aside), found {fewest}"
            raise InputRejected(self.data.name, reason)
        aside = folds[1][1]
        return {"training": np.setdiff1d(training, aside), "test": test, "validation": aside}

    @cached_property
    def scaling(self) -> Scaling:
        """Fitted on the training part alone: to [-1, 1] for a linear layer, else to the circuit's angles."""
        training = self.data.features[self.parts["training"]]
        if self.settings.linear_layer:
            return Scaling.fit(training, angles=(-1.0, 1.0))
        return Scaling.fit(training, self.components)

    def inputs(self, rows: np.ndarray) -> np.ndarray:
        """What the model is given for these rows; scaling is fitted on the training part alone.

        Returns:
            float64: features between -1 and 1 for a linear layer, else the circuit's inputs.
        """
        scaled = self.scaling.transform(self.data.features[rows])
        return scaled if self.settings.linear_layer else self.circuit.features(scaled)

    def objective(self, runs: Runs, *, whole: bool = False) -> ClassifierObjective:
        """The loss on the training part, with circuits run so; `whole`: of all its samples."""
        settings, encoded = self.settings, self.circuit
        dtype = torch.float64 if settings.precision == "float64" else torch.float32
        inputs, weights = encoded.input_slots.tolist(), encoded.weight_slots.tolist()
        expectations: Expectations | None = None
        if runs.elsewhere is not None:
            expectations = runs.elsewhere(
                encoded.circuit, [*inputs, *weights] if settings.linear_layer else weights
            )
        layer = QuantumLayer(
            *(encoded.circuit, inputs, weights),
            shots=runs.shots or None,
            noise=None if runs.noise.is_ideal else runs.noise,
            seed=self.seed,
            dtype=torch.float32 if runs.single else torch.float64,
            expectations=expectations,
        )
        features = self.data.num_features if settings.linear_layer else None
        classes = len(self.data.class_names)
        model = HybridClassifier(layer, classes, num_features=features, dtype=dtype, seed=self.seed)
        options = ClassifierOptions(
            batch_size=0 if whole else settings.batch_size,
            microbatches=settings.microbatches,
            precision=settings.precision,
            clip_norm=settings.clip_norm or None,
            weight_decay=settings.weight_decay,
            class_weights=self._class_weights,
        )
        given = {
            part: (self.inputs(rows), self.data.labels[rows])
            for part, rows in self.parts.items()
            if part != "test"
        }
        aside = None if whole else given.get("validation")
        return ClassifierObjective(model.to(runs.device), *given["training"], options, aside)

    @property
    def _class_weights(self) -> tuple[float, ...] | None:
        if self.settings.class_weights == "none":
            return None
        return balanced_weights(self.data.labels[self.parts["training"]], len(self.data.class_names))

    def figures(self, point: Array, runs: Runs, seed: int) -> dict[str, float | str]:
        """What parameters are worth, as circuits were run in the training; beside it, on a perfect device.

        Returns:
            Shares of right answers, `training accuracy` and `test accuracy`, with the same ones for an ideal
            device (`ideal …`) where the training's is none; the mean share over classes, `… balanced
            accuracy`, and the test's confusion matrix; of trainings by batches the loss of all samples.
        """
        objective = self.objective(runs, whole=True)
        found: dict[str, float | str] = {**self.accuracies(objective, point, seed)}
        for part, rows in self.parts.items():
            predicted = objective.predict(point, self.inputs(rows), seed)
            matrix = confusion_matrix(self.data.labels[rows], predicted, len(self.data.class_names))
            found[f"{part} balanced accuracy"] = balanced_accuracy(matrix)
            if part == "test":
                found["test confusion matrix"] = in_words(matrix)
        found["classes"] = ", ".join(self.data.class_names)
        if not runs.is_ideal:
            ideal = self.accuracies(self.objective(Runs(), whole=True), point, seed)
            found |= {f"ideal {name}": value for name, value in ideal.items()}
        if self.settings.batch_size:
            answer = objective.evaluate(Request(point[None]), seed)
            found[WHOLE_LOSS] = float(answer.values[0])
            found[WHOLE_DEVIATION] = float(answer.variances[0]) ** 0.5
        return found

    def accuracies(self, objective: ClassifierObjective, point: Array, seed: int = 0) -> dict[str, float]:
        """Shares of right answers: `training accuracy`, `test accuracy`, and `validation accuracy`."""
        return {
            f"{part} accuracy": objective.accuracy(point, self.inputs(rows), self.data.labels[rows], seed)
            for part, rows in self.parts.items()
        }
