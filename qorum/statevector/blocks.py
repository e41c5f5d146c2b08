"""The matrix of a block: its elements applied to the columns of the identity."""

from __future__ import annotations

import numpy as np
import torch

from qorum.statevector import direct
from qorum.statevector.gate_ir import ControlledX, Dense, DiagonalPhase, Merged, RealRotation
from qorum.statevector.layout import bits
from qorum.statevector.passes import Block

Tensor = torch.Tensor
Values = dict[int, Tensor]
"""The angle of each slot, shape [...]."""


def block_matrix(
    block: Block, angles: Tensor, slots: dict[int, int], dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Shape [..., 2**k, 2**k] for angles of shape [..., places], where `slots` tells each slot's place."""
    width = len(block.operands)
    if angles.dim() == 1 and not (angles.requires_grad and torch.is_grad_enabled()):
        return _by_rows(block, angles, slots).to(device, dtype)
    place = {qubit: position for position, qubit in enumerate(block.operands)}
    values = {slot: angles[..., slots[slot]] for slot in block.slots}
    exact = torch.complex64 if device.type == "mps" else torch.complex128
    matrix = torch.eye(1 << width, dtype=exact, device=device)
    if angles.dim() > 1:
        matrix = matrix.expand(len(angles), -1, -1)
    for element in block.elements:
        matrix = _applied(element, matrix, place, width, values)
    return matrix.to(dtype)


def _by_rows(block: Block, angles: Tensor, slots: dict[int, int]) -> Tensor:
    """The same in NumPy: the matrix is a state whose higher bits are the rows', as the elements see them."""
    size = 1 << len(block.operands)
    found = angles.tolist()
    matrix = np.eye(size, dtype=np.complex128).reshape(-1)
    direct.apply(block.on_rows, {slot: found[slots[slot]] for slot in block.slots}, matrix)
    return torch.from_numpy(matrix).view(size, size)


def _applied(element: Merged, matrix: Tensor, place: dict[int, int], width: int, values: Values) -> Tensor:
    if isinstance(element, DiagonalPhase):
        return _phased(element, matrix, place, width, values)
    if isinstance(element, ControlledX):
        target = 1 << place[element.target]
        controls = sum(1 << place[qubit] for qubit in bits(element.controls))
        order = [row ^ target if row & controls == controls else row for row in range(1 << width)]
        return matrix[..., order, :]
    if isinstance(element, Dense):
        operands = [place[qubit] for qubit in element.operands]
        return _multiplied(element.matrix.to(matrix.device, matrix.dtype), operands, matrix, width)
    assert isinstance(element, RealRotation)
    for part in element.parts:
        if isinstance(part, int):
            half = values[part] * 0.5
            c, s = half.cos(), half.sin()
            turn = torch.stack([c, -s, s, c], -1).unflatten(-1, (2, 2))
        else:
            turn = torch.tensor(part, dtype=matrix.dtype, device=matrix.device).view(2, 2)
        matrix = _multiplied(turn.to(matrix.dtype), [place[element.qubit]], matrix, width)
    return matrix


def _phased(
    element: DiagonalPhase, matrix: Tensor, place: dict[int, int], width: int, values: Values
) -> Tensor:
    rows = range(1 << width)
    exact = torch.float32 if matrix.dtype == torch.complex64 else torch.float64
    phases = torch.zeros(1 << width, dtype=exact, device=matrix.device)
    for mask, angle in element.terms:
        subset = sum(1 << place[qubit] for qubit in bits(mask))
        has = torch.tensor([row & subset == subset for row in rows], dtype=exact, device=matrix.device)
        phases = phases + has * angle.constant
        for slot, weight in angle.slots:
            phases = phases + has * (values[slot] * weight).unsqueeze(-1)
    return torch.polar(torch.ones_like(phases), phases).to(matrix.dtype).unsqueeze(-1) * matrix


def _multiplied(small: Tensor, operands: list[int], matrix: Tensor, width: int) -> Tensor:
    """`small`, shape [..., 2**j, 2**j], on bits `operands` of the rows, the first one its lowest bit."""
    lead, columns = matrix.shape[:-2], matrix.shape[-1]
    first = len(lead)
    view = matrix.reshape(*lead, *[2] * width, columns)
    chosen = [first + width - 1 - operand for operand in reversed(operands)]
    others = [dim for dim in range(first, first + width + 1) if dim not in chosen]
    moved = view.permute(*range(first), *chosen, *others)
    shape = moved.shape
    product = small @ moved.reshape(*lead, 1 << len(operands), -1)
    back = [0] * (first + width + 1)
    for place, dim in enumerate([*range(first), *chosen, *others]):
        back[dim] = place
    return product.reshape(shape).permute(back).reshape(matrix.shape)
