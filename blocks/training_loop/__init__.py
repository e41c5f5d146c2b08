"""One process's part of a training: the loop, what answers it, and the orders that it obeys."""

from blocks.training_loop.loop import Loop

__all__ = ["Loop"]
