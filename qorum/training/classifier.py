"""Training a classifier as an objective: its loss over some samples, by all its parameters at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
import torch
from torch import nn

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.training.classifier_data import NAME, checked_features, checked_labels
from qorum.training.classifier_model import HybridClassifier
from qorum.training.objective import Answer, Array, Landscape, Request

Tensor = torch.Tensor
Precision = Literal["bfloat16", "float32", "float64"]


@dataclass(frozen=True)
class ClassifierOptions:
    """How the loss is made.

    Attributes:
        batch_size: samples of each evaluation, drawn by its seed without replacement; 0 for all of them.
        microbatches: parts that a batch is run in, one after another, to hold less at once.
        precision: of the classical layers; `bfloat16` by `torch.autocast` over parameters that the model
            holds in float32, the others as the model holds them.
        clip_norm: the gradient's norm is brought down to it; None for no limit.
        weight_decay: the loss has this times half the parameters' squared norm added.
        class_weights: of each class's samples in the loss, 1 on average; None: all weigh alike.
    """

    batch_size: int = 0
    microbatches: int = 1
    precision: Precision = "float64"
    clip_norm: float | None = None
    weight_decay: float = 0.0
    class_weights: tuple[float, ...] | None = None


class ClassifierObjective:
    """Cross entropy of a classifier (nats per sample) as a function of all its parameters.

    A point holds the model's parameters one after another in the order of `model.named_parameters()`; the
    model is the objective's own from now on, its parameters are overwritten. The same request and seed give
    the same bits on one machine with one thread.

    Args:
        model: exact or sampled, with noise or without, as its quantum layer is.
        features: shape [samples, features], finite.
        labels: integers in 0 … classes - 1, shape [samples].
        options: see there.
        aside: features and labels of samples that nothing is trained on, whose loss is in each answer.

    Raises:
        InputRejected: features, labels or options do not fit the model.
    """

    def __init__(
        self,
        model: HybridClassifier,
        features: np.ndarray,
        labels: np.ndarray,
        options: ClassifierOptions | None = None,
        aside: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        self.model, self.options = model, options or ClassifierOptions()
        self._parameters = [parameter for _, parameter in model.named_parameters()]
        self._device = self._parameters[0].device
        self._features = self._given(features)
        checked = checked_labels(labels, len(self._features), model.num_classes)
        self._labels = torch.tensor(checked, device=self._device)
        self._weights: Tensor | None = None
        if self.options.class_weights is not None:
            self._weights = torch.tensor(self.options.class_weights, dtype=torch.float64, device=self._device)
        self._aside: tuple[Tensor, Tensor] | None = None
        if aside is not None:
            others = self._given(aside[0])
            known = checked_labels(aside[1], len(others), model.num_classes)
            self._aside = others, torch.tensor(known, device=self._device)
        self._refuse_unfit()

    @property
    def landscape(self) -> Landscape:
        """All parameters of the model; the loss is no trigonometric polynomial of any."""
        return Landscape(sum(parameter.numel() for parameter in self._parameters), metric=False)

    def start_point(self, seed: int) -> Array:
        """First parameters by a seed, float64, shape [parameters]."""
        self.model.reset_parameters(seed)
        return np.concatenate([p.detach().double().cpu().numpy().ravel() for p in self._parameters])

    def evaluate(self, request: Request, seed: int) -> Answer:
        """The loss at all points over the same samples, drawn by the seed; gradients by autograd.

        Variances are those of a mean over samples, with the finite-population correction where values are
        exact; with shots an upper bound, since each sample's own noise is part of their spread.

        Raises:
            InputRejected: a metric is asked for, or points have another shape or are not finite.
        """
        if request.metric:
            reason = "a request for values and gradients expected, found one for a metric of states"
            raise InputRejected(NAME, f"{reason}; choose an optimizer that needs none")
        chosen = self._chosen(seed)
        values, variances, gradient = [], [], None
        aside: float | None = None
        for place, point in enumerate(request.points):
            self._load(point)
            wanted = request.gradient and place == 0
            losses = self._losses(chosen, derive_seed(seed, "point", place), wanted)
            values.append(float(losses.mean()) + self._decay())
            variances.append(self._variance(losses))
            gradient = self._gradient() if wanted else gradient
            if self._aside is not None and place == 0:
                aside = self._loss_aside(*self._aside, derive_seed(seed, "aside"))
        shots, circuits = self._spent(len(chosen), len(request.points), request.gradient)
        return Answer(np.array(values), np.array(variances), gradient, None, shots, circuits, aside)

    def _loss_aside(self, features: Tensor, labels: Tensor, seed: int) -> float:
        """The loss of the loaded parameters on samples set aside; no weight decay."""
        with torch.no_grad():
            losses = [
                self._cross_entropy(self._logits(features[rows], derive_seed(seed, place)), labels[rows])
                for place, rows in enumerate(self._parts(torch.arange(len(labels), device=self._device)))
            ]
        return float(torch.cat(losses).mean())

    def _cross_entropy(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of each sample, float64, times its class's weight."""
        losses = nn.functional.cross_entropy(logits.double(), labels, reduction="none")
        return losses if self._weights is None else losses * self._weights[labels]

    def predict(self, point: Array, features: np.ndarray, seed: int = 0) -> np.ndarray:
        """Labels, int64, shape [samples]; `seed` is that of the circuit's samples."""
        self._load(point)
        given = self._given(features)
        with torch.no_grad():
            parts = [
                self._logits(given[rows], derive_seed(seed, "prediction", place)).argmax(1)
                for place, rows in enumerate(self._parts(torch.arange(len(given), device=self._device)))
            ]
        return torch.cat(parts).cpu().numpy()

    def accuracy(self, point: Array, features: np.ndarray, labels: np.ndarray, seed: int = 0) -> float:
        """Share of right labels, in [0, 1]."""
        return float(np.mean(self.predict(point, features, seed) == np.asarray(labels)))

    def _chosen(self, seed: int) -> Tensor:
        count, size = len(self._labels), self.options.batch_size
        if not size:
            return torch.arange(count, device=self._device)
        random = np.random.default_rng(derive_seed(seed, "batch"))
        drawn = np.sort(random.choice(count, size, replace=False))
        return torch.from_numpy(drawn).to(self._device)

    def _parts(self, rows: Tensor) -> Iterator[Tensor]:
        parts = rows.tensor_split(self.options.microbatches)
        return (part for part in parts if len(part))

    def _losses(self, chosen: Tensor, seed: int, gradient: bool) -> Tensor:
        """Of each sample, float64; gradients of their mean are left in the parameters."""
        self.model.zero_grad(set_to_none=True)
        found: list[Tensor] = []
        with torch.set_grad_enabled(gradient):
            for place, rows in enumerate(self._parts(chosen)):
                logits = self._logits(self._features[rows], derive_seed(seed, "part", place))
                losses = self._cross_entropy(logits, self._labels[rows])
                if gradient:
                    (losses.sum() / len(chosen)).backward()  # pyright: ignore[reportUnknownMemberType]
                found.append(losses.detach())
        return torch.cat(found)

    def _logits(self, features: Tensor, seed: int) -> Tensor:
        half = self.options.precision == "bfloat16"
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=half):
            return self.model(features, seed)

    def _decay(self) -> float:
        if not self.options.weight_decay:
            return 0.0
        squares = sum(float(p.detach().double().square().sum()) for p in self._parameters)
        return self.options.weight_decay * squares / 2

    def _gradient(self) -> Array:
        found: list[np.ndarray] = []
        for parameter in self._parameters:
            grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            total = grad.double() + self.options.weight_decay * parameter.detach().double()
            found.append(total.cpu().numpy().ravel())
        gradient = np.concatenate(found)
        norm, most = float(np.linalg.norm(gradient)), self.options.clip_norm
        return gradient if most is None or norm <= most else gradient * (most / norm)

    def _variance(self, losses: Tensor) -> float:
        size, count = len(losses), len(self._labels)
        exact = self.model.quantum.shots is None
        if exact and size == count:
            return 0.0
        if (
            size < 2
        ):  # nothing is known of the spread: the larger of this loss and that of a guess stands for it
            return max(float(losses[0]), log(self.model.num_classes)) ** 2
        spread = float(losses.var()) / size
        return spread * (1 - size / count) if exact else spread

    def _spent(self, samples: int, points: int, gradient: bool) -> tuple[int, int]:
        """Shots and circuits."""
        layer = self.model.quantum
        circuits = layer.engine().circuits * samples * points
        if gradient and layer.method == "shift":
            circuits += layer.engine().shifted_circuits * samples
        return (layer.shots or 0) * circuits, circuits

    def _load(self, point: Array) -> None:
        count = self.landscape.num_parameters
        if point.shape != (count,) or not np.isfinite(point).all():
            found = f"shape {[*point.shape]}" if point.shape != (count,) else "NaN or infinity"
            raise InputRejected(NAME, f"points of {count} finite parameters expected, found {found}")
        given = torch.from_numpy(np.array(point, dtype=np.float64)).to(self._device)
        with torch.no_grad():
            sizes = [parameter.numel() for parameter in self._parameters]
            for parameter, part in zip(self._parameters, given.split(sizes), strict=True):
                parameter.copy_(part.view_as(parameter))

    def _given(self, features: np.ndarray) -> Tensor:
        return torch.tensor(checked_features(features, self.model.num_features), device=self._device)

    def _refuse_unfit(self) -> None:
        options, count = self.options, len(self._labels)
        if not 0 <= options.batch_size <= count:
            reason = f"a batch of at most {count} samples expected (0: all), found {options.batch_size}"
            raise InputRejected(NAME, reason)
        if options.microbatches < 1 or options.weight_decay < 0 or not (options.clip_norm or 1) > 0:
            reason = f"microbatches >= 1, weight_decay >= 0 and clip_norm > 0 expected, found {options}"
            raise InputRejected(NAME, reason)
        held = self.model.head.weight.dtype
        expected = torch.float64 if options.precision == "float64" else torch.float32
        if held != expected:
            reason = f"classical layers in {expected} for precision {options.precision} expected"
            raise InputRejected(NAME, f"{reason}, found {held}")
