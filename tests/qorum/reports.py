"""Reports that have something of everything."""

from __future__ import annotations

from qorum.runs.report import CircuitReport, ExperimentReport, Fault, LeftOut, ReplicaReport
from qorum.training.phases import Move
from qorum.training.report import Evaluation, Level, TrainingReport

REPLICA = ReplicaReport(
    backend="aer",
    counts={"10": 3, "01": 5},
    seconds=0.25,
    cost_usd=0.5,
    job_id="j1",
    calibration_id=None,
    success_probability=0.9,
)

AGREED = CircuitReport(
    name="bell",
    digest="d" * 64,
    status="agreed",
    confidence=0.97,
    distribution={"10": 0.375, "01": 0.625},
    counts={"10": 3, "01": 5},
    shots=8,
    accepted=("aer",),
    rejected=(LeftOut(backend="cirq", reason="busy", retryable=True),),
    replicas=(REPLICA,),
    warnings=("one warning",),
    depth_before=2,
    depth_after=3,
    referee="exact amplitudes (2 qubits)",
    read="twice",
    readings=("a", "b"),
)

BROKEN = CircuitReport(name="broken", digest=None, status="rejected", error=Fault(reason="no gate", line=12))

RUN = ExperimentReport.of("e1", [AGREED, BROKEN])

TRAINING = TrainingReport(
    training_id="t1",
    kind="qnn",
    name="moons",
    minimized="loss",
    energy=-1.25,
    deviation=None,
    reference=None,
    steps=2,
    evaluations=3,
    shots=64,
    cost_usd=0.0,
    seconds=0.5,
    parameters=(0.1, -0.2),
    operators=(3, 1),
    model="reuploading",
    optimizer="adam",
    backend="aer",
    reason="converged",
    figures={"accuracy": 0.5, "best sampled cut": 6, "partition": "0101"},
    warnings=("one warning",),
    moves=(Move(1, "torch", "aer", None, -1.2, "asked for"),),
    history=tuple(
        Evaluation(step=step, energy=energy, gradient_norm=None, shots=0, backend="torch")
        for step, energy in enumerate((0.9, 0.7, 0.4))
    ),
)

LEVELS = (
    Level(level=0, energy=-1.25, exact=-1.5, training_id="t1", reason="converged"),
    Level(level=1, energy=-0.5, exact=None, training_id="t1.1a", reason="converged"),
)
