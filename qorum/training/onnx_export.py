"""The classical layers of a hybrid classifier as ONNX, for whatever serves models."""

from __future__ import annotations

from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path

import torch

from qorum.errors import InputRejected
from qorum.training.classifier_model import HybridClassifier

NAMES = ("features", "expectations"), ("angles", "logits")
"""Of the graph's inputs and outputs."""


def export_classical(model: HybridClassifier, destination: str | Path | None = None) -> bytes:
    """The classical layers of a classifier as an ONNX model; circuits are no part of ONNX.

    The graph has two independent halves: `angles` [batch, angles] from `features` [batch, features], which
    a circuit turns into `expectations` [batch, observables], and `logits` [batch, classes] from these. The
    size of the batch is free.

    Args:
        model: its parameters are stored in their own precision, whatever device they are on.
        destination: a file to write, too; its folder exists.

    Returns:
        The serialized `ModelProto`.

    Raises:
        InputRejected: `onnx` or `onnxscript` is not installed.
    """
    missing = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    if missing:
        reason = f"{' and '.join(missing)} expected for the export; pip install 'qorum[onnx]'"
        raise InputRejected("ONNX export", reason)
    parameter = model.head.weight
    # Two rows: an example of one would fix the size of the batch.
    example = tuple(
        torch.zeros(2, width, dtype=parameter.dtype, device=parameter.device)
        for width in (model.num_features, model.head.in_features)
    )
    batch = torch.export.Dim("batch")
    part = deepcopy(model.classical_part).eval()  # the model keeps its mode
    program = torch.onnx.export(
        part,
        example,
        dynamo=True,
        verbose=False,
        input_names=NAMES[0],
        output_names=NAMES[1],
        dynamic_shapes=({0: batch}, {0: batch}),
    )
    assert program is not None
    found = program.model_proto.SerializeToString()
    if destination is not None:
        Path(destination).write_bytes(found)
    return found
