"""What routing is asked and what it answers, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from qiskit import QuantumCircuit

from qorum.circuits.clifford import to_clifford_gates
from qorum.circuits.sizes import CircuitSize
from qorum.circuits.spec import CircuitSpec
from qorum.errors import InputRejected


@dataclass(frozen=True)
class RouteRequest:
    """A circuit as routing sees it.

    Attributes:
        digest: the circuit's identity.
        name: what the user calls it.
        num_qubits: qubits, idle ones included.
        num_clbits: classical bits.
        size: what run times are predicted from.
        dynamic: whether it measures in mid-circuit, resets or branches.
        clifford: whether it is a Clifford circuit; see `is_clifford`.
        one_qubit_gates: how many; both branches of an `if` count, a loop's body once.
        two_qubit_gates: how many; one of k > 2 qubits counts as 6·(k − 2), as IonQ bills it.
        demanding: whether state vectors cannot hold it or take long; see `foresight.is_demanding`.
        forks: measurements and resets in mid-circuit; see `foresight.forks_of`.
        bond: entanglement across any cut at most, in bits; None where nobody asked.
        success: estimated success probability by backend name, for noisy backends; one that is
            missing, or 1 because the device states no errors, counts as 0.
    """

    digest: str
    name: str
    num_qubits: int
    num_clbits: int
    size: CircuitSize
    dynamic: bool = False
    clifford: bool = False
    one_qubit_gates: int = 0
    two_qubit_gates: int = 0
    demanding: bool = False
    forks: int = 0
    bond: int | None = None
    success: Mapping[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(
        cls,
        spec: CircuitSpec,
        gates: tuple[int, int],
        size: CircuitSize,
        *,
        success: Mapping[str, float] | None = None,
        clifford: bool = False,
        demanding: bool = False,
        forks: int = 0,
        bond: int | None = None,
    ) -> RouteRequest:
        """The request for a circuit that passed intake, of its `gate_counts` and size.

        `clifford` costs milliseconds to find out: ask `is_clifford` only where a backend needs it.
        """
        one_qubit, two_qubit = gates
        return cls(
            digest=spec.digest,
            name=spec.name,
            num_qubits=spec.num_qubits,
            num_clbits=spec.num_clbits,
            size=size,
            dynamic=spec.dynamic,
            clifford=clifford,
            one_qubit_gates=one_qubit,
            two_qubit_gates=two_qubit,
            demanding=demanding,
            forks=forks,
            bond=bond,
            success=success or {},
        )


def is_clifford(circuit: QuantumCircuit) -> bool:
    """Whether a backend that takes only Clifford circuits would take this one."""
    try:
        to_clifford_gates(circuit)
    except InputRejected:
        return False
    return True


@dataclass(frozen=True)
class Score:
    """What a backend is ranked by.

    Attributes:
        fidelity: estimated probability that a shot runs without error; 1.0 for an ideal simulator.
        seconds: expected wait, loading and run time: as foreseen, or as learned where the objective is time.
        cost_usd: the most that the job is expected to cost.
    """

    fidelity: float
    seconds: float
    cost_usd: float

    def __str__(self) -> str:
        cost = f"{self.cost_usd:.4f} USD" if self.cost_usd else "free"
        return f"fidelity {self.fidelity:.3g}, {self.seconds:.2g} s, {cost}"


@dataclass(frozen=True)
class Assignment:
    """The backends that run one circuit, and why these.

    Attributes:
        digest: the circuit.
        objective: what backends were ranked by: `fidelity`, `time` or `cost`.
        chosen: the replicas' backends, best first; empty where none may run the circuit.
        reserve: further eligible backends, best first, for escalation. Nothing is reserved of the
            budget for them.
        scores: of all eligible backends.
        excluded: of every other backend, why not.
        note: what a reader of the result should know; empty where there is nothing.
    """

    digest: str
    objective: str
    chosen: tuple[str, ...]
    reserve: tuple[str, ...]
    scores: Mapping[str, Score]
    excluded: Mapping[str, str]
    note: str = ""

    def explain(self) -> str:
        """The decision in one line: who runs it, who stands by, who is left out and why."""
        chosen = ", ".join(f"{name} ({self.scores[name]})" for name in self.chosen) or "none"
        parts = [f"ranked by {self.objective}: {chosen}"]
        if self.reserve:
            parts.append(f"in reserve: {', '.join(self.reserve)}")
        if self.excluded:
            left_out = ", ".join(f"{name} ({reason})" for name, reason in self.excluded.items())
            parts.append(f"left out: {left_out}")
        return "; ".join([*parts, self.note] if self.note else parts)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Assignment:
        """The inverse of `to_json`."""
        return cls(
            digest=data["digest"],
            objective=data["objective"],
            chosen=tuple(data["chosen"]),
            reserve=tuple(data["reserve"]),
            scores={name: Score(**score) for name, score in data["scores"].items()},
            excluded=data["excluded"],
            note=data["note"],
        )
