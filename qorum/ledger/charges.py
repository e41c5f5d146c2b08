"""What a job costs: at most, before it is sent, and for what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qorum.backends import BackendProfile, Billed, Price
from qorum.circuits.accepted import gate_counts
from qorum.circuits.compiled import CompiledCircuit
from qorum.ledger.jobs import Failure, Job, JobResult


def billed(circuits: Sequence[CompiledCircuit], shots: int, seconds: float, price: Price) -> list[Billed]:
    """Compiled circuits as a vendor counts them.

    Args:
        circuits: as they are submitted.
        shots: samples of each.
        seconds: execution time of each.
        price: gates are counted only where it charges them.
    """
    by_gates = price.per_one_qubit_gate_shot or price.per_two_qubit_gate_shot
    gates = [gate_counts(circuit.circuit) if by_gates else (0, 0) for circuit in circuits]
    return [Billed(shots, seconds, ones, twos) for ones, twos in gates]


def most_billed(circuit: CompiledCircuit, shots: int, foreseen: float, profile: BackendProfile) -> Billed:
    """A compiled circuit as its vendor counts it at most.

    Args:
        circuit: as it is submitted.
        shots: samples.
        foreseen: its execution time in seconds by what was measured, at most.
        profile: of the backend.
    """
    bound = profile.time_bound
    seconds = bound.seconds(circuit.num_qubits, circuit.size.gates) if bound else foreseen
    (one,) = billed([circuit], shots, seconds, profile.price)
    return one


class Tab:
    """What each further circuit adds to the jobs of backends: a task's fee falls to its first circuit.

    The sum of what is added is what `Price.of` says of all of them, in jobs as large as their backend takes.
    """

    def __init__(self) -> None:
        self._open: dict[object, tuple[int, float]] = {}  # circuits and seconds of the task that has room

    def adds(self, jobs: object, profile: BackendProfile, one: Billed) -> float:
        """What a circuit would add, in USD.

        Args:
            jobs: what goes into the same jobs, e.g. the backend's name and the shots.
            profile: of the backend.
            one: the circuit.
        """
        if profile.price.is_free:
            return 0.0
        circuits, seconds = self._open.get(jobs, (0, 0.0))
        if circuits == 0:
            return profile.price.of([one])
        price = replace(profile.price, circuits_per_task=2)
        before = Billed(0, seconds)
        return price.of([before, one]) - price.of([before])

    def put(self, jobs: object, profile: BackendProfile, one: Billed) -> None:
        """Count a circuit in."""
        circuits, seconds = self._open.get(jobs, (0, 0.0))
        is_full = circuits + 1 >= min(profile.price.circuits_per_task, profile.max_circuits)
        self._open[jobs] = (0, 0.0) if is_full else (circuits + 1, seconds + one.seconds)


def charged(job: Job, found: JobResult, circuits: Sequence[CompiledCircuit], price: Price) -> JobResult:
    """The result of a job with what its backend charged for it, by the job's purchases.

    What the backend refused it charged nothing for; for all else it may have.

    Args:
        job: what was asked.
        found: what came of it, and the seconds that it took.
        circuits: its compiled circuits, in order.
        price: of the backend.
    """
    if price.is_free:
        return replace(found, charged_usd=dict.fromkeys(job.purchases, 0.0))
    bill = billed(circuits, job.shots, found.seconds / len(circuits), price)
    refused = [isinstance(outcome, Failure) and outcome.refused for outcome in found.outcomes]
    if len(job.purchases) < len(circuits):
        return replace(found, charged_usd={job.purchases[0]: 0.0 if all(refused) else price.of(bill)})
    shares = [0.0 if free else share for share, free in zip(price.of_each(bill), refused, strict=True)]
    return replace(found, charged_usd=dict(zip(job.purchases, shares, strict=True)))
