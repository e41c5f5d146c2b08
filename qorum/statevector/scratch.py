"""Scratch memory for states that is used again."""

from __future__ import annotations

import threading

import torch

Tensor = torch.Tensor

LARGEST = 1 << 24
"""Amplitudes of a scratch state that is kept: 128 MiB of complex64."""


class Spares(threading.local):
    """The last scratch state of each thread: fresh memory costs as much as several passes over it."""

    def __init__(self) -> None:
        self._kept: Tensor | None = None

    def take(self, like: Tensor) -> Tensor:
        """Memory for a state of this shape, of any content."""
        kept, self._kept = self._kept, None
        if kept is not None and (kept.shape, kept.dtype, kept.device) == (
            like.shape,
            like.dtype,
            like.device,
        ):
            return kept
        with torch.inference_mode(False):
            return torch.empty_like(like)

    def drop(self) -> None:
        """Gives the memory back."""
        self._kept = None

    def keep(self, state: Tensor) -> None:
        """For the next one, if it is not large."""
        if state.numel() <= LARGEST:
            self._kept = state


SPARES = Spares()
