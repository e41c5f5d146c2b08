"""The report of a run, from what its stages found."""

from __future__ import annotations

from collections.abc import Mapping

from qorum.circuits.accepted import AcceptedCircuit
from qorum.errors import InputRejected
from qorum.routing.assignments import Assignment
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.report import CircuitReport, ExperimentReport, Fault, LeftOut, Read, ReplicaReport
from qorum.runs.stages import Intake, Routing

ONE_SHOT = (
    "one shot of each backend says nothing of its distribution: nothing was compared; ask for more shots"
)

CONTESTED = "only {} agree, against one, and nobody else could be asked; allow another backend to settle it"


def assemble(
    experiment_id: str, intake: Intake, routing: Routing, progress: Mapping[str, CircuitProgress]
) -> ExperimentReport:
    """One entry for each circuit asked for, in the order asked, whatever became of it."""
    circuits = [
        _as_read(_circuit(name, found, routing, progress), found) for name, found in intake.found.items()
    ]
    foreseen = routing.estimate
    return ExperimentReport.of(experiment_id, circuits, foreseen.most_usd if foreseen else None)


def _as_read(report: CircuitReport, found: AcceptedCircuit | InputRejected) -> CircuitReport:
    """The entry with how its input was read: of a reading in dispute no result is called right."""
    if isinstance(found, InputRejected):
        return report
    spec = found.spec
    if not spec.disputed_reading:
        read: Read = "twice" if len(spec.readings) > 1 else "once"
        return report.model_copy(update={"read": read, "readings": spec.readings})
    told = {"read": "differently", "warnings": (*report.warnings, spec.disputed_reading)}
    if report.status != "rejected":
        told |= {"status": "disputed", "distribution": {}}
    return report.model_copy(update=told)


def _circuit(
    name: str,
    found: AcceptedCircuit | InputRejected,
    routing: Routing,
    progress: Mapping[str, CircuitProgress],
) -> CircuitReport:
    if isinstance(found, InputRejected):
        fault = Fault(reason=found.reason, line=found.line)
        return CircuitReport(name=name, digest=None, status="rejected", error=fault)
    digest, warnings = found.spec.digest, found.spec.warnings
    assignment = routing.assignments[digest]
    warnings += (assignment.note,) if assignment.note else ()
    warnings += tuple(f"backend {backend}: {reason}" for backend, reason in routing.left_out(digest).items())
    reached = progress.get(digest)
    if reached is None or reached.verdict is None:
        return CircuitReport(
            name=name,
            digest=digest,
            status="rejected",
            rejected=_missing(reached) if reached else (),
            warnings=warnings,
            error=Fault(reason=_why_nothing(assignment, reached)),
        )
    if reached.verdict.contested:
        warnings += (CONTESTED.format(" and ".join(reached.verdict.accepted)),)
    warnings += tuple(
        f"backend {backend}: no more shots: {reason}"
        for backend, reason in reached.refused.items()
        if backend in reached.shares
    )
    if any(share.counts.shots == 1 for share in reached.shares.values()):
        warnings += (ONE_SHOT,)
    return _settled(name, reached, warnings)


def _settled(name: str, reached: CircuitProgress, warnings: tuple[str, ...]) -> CircuitReport:
    verdict = reached.verdict
    assert verdict is not None
    before, after = reached.depths or (None, None)
    counts: dict[str, int] = {}
    for backend in verdict.accepted:
        for outcome, count in reached.shares[backend].counts.histogram.items():
            counts[outcome] = counts.get(outcome, 0) + count
    return CircuitReport(
        name=name,
        digest=reached.digest,
        status=verdict.status,
        confidence=verdict.confidence if len(reached.shares) > 1 and verdict.status != "disputed" else None,
        distribution=verdict.merged,
        counts=counts,
        shots=sum(counts.values()),
        accepted=verdict.accepted,
        rejected=(
            *(LeftOut(backend=found.backend, reason=found.reason) for found in verdict.rejected),
            *_missing(reached),
        ),
        replicas=tuple(
            ReplicaReport(
                backend=backend,
                counts=share.counts.histogram,
                seconds=share.seconds,
                cost_usd=share.cost_usd,
                job_id=share.counts.job_id,
                calibration_id=share.counts.calibration_id,
                success_probability=reached.success.get(backend, 1.0),
            )
            for backend, share in reached.shares.items()
        ),
        warnings=warnings,
        depth_before=before,
        depth_after=after,
        referee=reached.refereed.source if reached.refereed else "",
    )


def _missing(reached: CircuitProgress) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(backend=backend, reason=failure.reason, retryable=failure.retryable)
        for backend, failure in reached.missing.items()
    )


def _why_nothing(assignment: Assignment, reached: CircuitProgress | None) -> str:
    if reached is None or not reached.missing:
        listed = "; ".join(f"{backend}: {reason}" for backend, reason in assignment.excluded.items())
        return f"no backend can run it ({listed})"
    listed = "; ".join(f"{backend}: {failure.reason}" for backend, failure in reached.missing.items())
    return f"every backend asked failed ({listed})"
