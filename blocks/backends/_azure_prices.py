"""What jobs at Azure Quantum cost at most, as far as that is published.

Source: learn.microsoft.com/azure/quantum/pricing as of 2026-08-21, whose figures are in
`qorum/routing/prices.toml`.
"""

from __future__ import annotations

from blocks.backends._azure_programs import QUANTINUUM, RIGETTI, Kind, is_syntax_checker
from blocks.backends._ionq_jobs import WireCircuit
from blocks.backends._prices import listed_entry, not_known
from qorum.backends import Billed, Price
from qorum.remote import Charge

HQC_OF_JOB = 5.0
HQC_WEIGHT = 1 / 5000
"""HQC of a one-qubit operation in one shot; one on two qubits weighs 10, a preparation or measurement 5."""

CNOT_WEIGHT = 10.0 + 4.0
"""A CNOT is one native two-qubit operation and "several" on one qubit, of which we reckon four."""

SPAM_WEIGHT = 5.0


def price(target: str, kind: Kind, num_qubits: int, usd_per_hqc: float | None, most_seconds: float) -> Price:
    """What a target charges at most, as routing reckons.

    Args:
        target: its id.
        kind: what it is.
        num_qubits: of the target. A `Price` knows no measurements: Quantinuum's are reckoned for all qubits.
        usd_per_hqc: by the user's contract; None: not known.
        most_seconds: that a job at Rigetti runs at most, as the user says; 0: not known.

    Raises:
        ValueError: nobody knows, with what to set.
    """
    if kind.provider is QUANTINUUM and not is_syntax_checker(target):
        if usd_per_hqc is None:
            raise ValueError(f"what an HQC costs depends on your contract: set usd_per_hqc to use {target}")
        unit = usd_per_hqc * HQC_WEIGHT
        return Price(
            per_task=usd_per_hqc * HQC_OF_JOB,
            per_shot=unit * SPAM_WEIGHT * 2 * num_qubits,
            per_one_qubit_gate_shot=unit,
            per_two_qubit_gate_shot=unit * CNOT_WEIGHT,
        )
    entry = listed_entry("azure", target)
    if entry is None:
        raise ValueError(not_known(target))
    if kind.provider is RIGETTI and kind.is_device:
        if not most_seconds:
            raise ValueError(f"{target} charges for seconds: set most_seconds, which it may run at most")
        return Price(per_task=entry.price.of([Billed(0, most_seconds)]))
    return entry.price


def estimate(target: str, price: Price, wire: WireCircuit, shots: int, usd_per_hqc: float | None) -> Charge:
    """The most that a job can be charged, never above what its `price` comes to."""
    if price.is_free:
        return Charge(0.0, 0.0, "usd", is_final=True, source=f"{target} is free")
    if target.startswith("quantinuum.") and usd_per_hqc is not None:
        hqc = hqc_of(wire, shots)
        return Charge(hqc * usd_per_hqc, hqc, "hqc", is_final=False, source="computed: learn.microsoft.com")
    one, two = wire.gate_counts
    usd = price.of([Billed(shots, one_qubit_gates=one, two_qubit_gates=two)])
    return Charge(usd, usd, "usd", is_final=False, source="computed: qorum/routing/prices.toml")


def hqc_of(wire: WireCircuit, shots: int) -> float:
    """HQC of a job at most: 5 + shots·(N1 + 10·N2 + 5·Nm)/5000. Nm has one preparation for each qubit."""
    one, two = wire.gate_counts
    spam = wire.num_qubits + len(wire.program.measured)
    return HQC_OF_JOB + shots * HQC_WEIGHT * (one + CNOT_WEIGHT * two + SPAM_WEIGHT * spam)
