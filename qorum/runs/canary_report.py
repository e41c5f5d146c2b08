"""What backends answered to circuits whose answers are known on paper."""

from __future__ import annotations

from typing import Literal

from qorum.findings import Report


class CanaryAnswer(Report):
    """One backend's answer to one circuit.

    Attributes:
        circuit: its name.
        backend: who was asked.
        answer: `right`, `wrong`, or `failed` where it brought nothing.
        reason: what is wrong, or why it failed; empty where it is right.
    """

    circuit: str
    backend: str
    answer: Literal["right", "wrong", "failed"]
    reason: str

    @property
    def is_right(self) -> bool:
        """Whether it is as known."""
        return self.answer == "right"


class CanaryReport(Report):
    """All answers, and the experiments in which they were given."""

    experiments: tuple[str, ...]
    answers: tuple[CanaryAnswer, ...]
