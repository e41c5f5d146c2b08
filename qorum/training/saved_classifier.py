"""A trained classifier as a document: all that predictions on new data need, its scaling included."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field

from qorum.errors import InputRejected
from qorum.training.ansatze.encodings import build_encoding
from qorum.training.classification import Classification
from qorum.training.classifier_data import checked_features
from qorum.training.classifier_model import HybridClassifier
from qorum.training.objective import Array
from qorum.training.problem_text import Document
from qorum.training.quantum_layer import QuantumLayer
from qorum.training.scaling import Scaling


class SavedClassifier(Document):
    """What a training stores as `model.json`."""

    format: Literal["qorum classifier 1"] = Field(
        "qorum classifier 1", description="what this is: qorum classifier 1"
    )
    training_id: str = Field("", description="of the training that made it")
    encoding: str = Field(description="reference of the circuit")
    inputs: int = Field(ge=1, description="angles that the circuit is given of each sample")
    linear_layer: bool = Field(description="whether a layer makes them of all features")
    features: list[str] = Field(min_length=1, description="names of the columns, in order")
    classes: list[str] = Field(min_length=2, description="their names, in order")
    means: list[float] = Field(description="of the features")
    axes: list[list[float]] = Field(description="what a centred sample is multiplied by")
    lowest: list[float] = Field(description="of the projections in the training part")
    highest: list[float] = Field(description="likewise")
    angles: tuple[float, float] = Field(description="the range that they are stretched to")
    parameters: list[float] = Field(min_length=1, description="of the model, one after another")

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Of each class, exactly: on our own engine without noise.

        Args:
            features: as they are measured, shape [samples, features]; scaled here.

        Returns:
            float64, shape [samples, classes]; rows add up to 1.

        Raises:
            InputRejected: another number of features, values that are not finite, or a document that
                contradicts itself.
        """
        given = checked_features(features, len(self.features))
        model, encoded = self._model()
        scaled = self._scaling().transform(given)
        seen = scaled if self.linear_layer else encoded.features(scaled)
        with torch.no_grad():
            logits = model(torch.from_numpy(np.ascontiguousarray(seen)), 0).double()
        return torch.softmax(logits, 1).numpy()

    def predict(self, features: np.ndarray) -> list[str]:
        """The likeliest class of each sample, by its name; see `probabilities`."""
        return [self.classes[place] for place in self.probabilities(features).argmax(1)]

    def _scaling(self) -> Scaling:
        shapes = len(self.means), len(self.axes), len(self.lowest), len(self.highest)
        if shapes != (len(self.features),) * 2 + (len(self.lowest),) * 2:
            reason = f"a scaling that fits its features expected, found lengths {shapes}"
            raise InputRejected(self.training_id or "model", reason)
        return Scaling(
            np.array(self.means),
            np.array(self.axes),
            np.array(self.lowest),
            np.array(self.highest),
            self.angles,
        )

    def _model(self) -> tuple[HybridClassifier, Any]:
        encoded = build_encoding(self.encoding, self.inputs)
        layer = QuantumLayer(encoded.circuit, encoded.input_slots.tolist(), encoded.weight_slots.tolist())
        wide = len(self.features) if self.linear_layer else None
        model = HybridClassifier(layer, len(self.classes), num_features=wide, dtype=torch.float64, seed=0)
        held = [parameter for _, parameter in model.named_parameters()]
        needed = sum(parameter.numel() for parameter in held)
        if needed != len(self.parameters):
            reason = f"{needed} parameters for {self.encoding} expected, found {len(self.parameters)}"
            raise InputRejected(self.training_id or "model", reason)
        values, start = torch.tensor(self.parameters, dtype=torch.float64), 0
        with torch.no_grad():
            for parameter in held:
                parameter.copy_(values[start : start + parameter.numel()].view_as(parameter))
                start += parameter.numel()
        return model, encoded


def saved(task: Classification, point: Array, training_id: str) -> SavedClassifier:
    """The document of a classifier at these parameters."""
    scaling = task.scaling
    return SavedClassifier(
        format="qorum classifier 1",
        training_id=training_id,
        encoding=task.encoding,
        inputs=task.components or task.data.num_features,
        linear_layer=task.settings.linear_layer,
        features=list(task.data.feature_names),
        classes=list(task.data.class_names),
        means=scaling.means.tolist(),
        axes=scaling.axes.tolist(),
        lowest=scaling.lowest.tolist(),
        highest=scaling.highest.tolist(),
        angles=scaling.angles,
        parameters=[float(value) for value in point],
    )
