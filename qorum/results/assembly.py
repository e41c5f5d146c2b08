"""The report of a run, from what its stages found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qorum.circuits.accepted import AcceptedCircuit
from qorum.errors import CircuitRejected
from qorum.results.report import CircuitReport, ExperimentReport, Fault, ReplicaReport
from qorum.results.standing import Standing
from qorum.routing.assignments import Assignment
from qorum.stages import Intake, Routing

ONE_SHOT = (
    "one shot of each backend says nothing of its distribution: nothing was compared; ask for more shots"
)

CONTESTED = "only {} agree, against one, and nobody else could be asked; allow another backend to settle it"


def assemble(
    experiment_id: str, intake: Intake, routing: Routing, standings: Mapping[str, Standing]
) -> ExperimentReport:
    """One entry for each circuit asked for, in the order asked, whatever became of it."""
    return ExperimentReport(
        experiment_id,
        tuple(
            _as_read(_circuit(name, found, routing, standings), found) for name, found in intake.found.items()
        ),
    )


def _as_read(report: CircuitReport, found: AcceptedCircuit | CircuitRejected) -> CircuitReport:
    """The entry with how its input was read: of a reading in dispute no result is called right."""
    if isinstance(found, CircuitRejected):
        return report
    spec = found.spec
    if not spec.disputed_reading:
        return replace(report, read="twice" if len(spec.readings) > 1 else "once", readings=spec.readings)
    warnings = (*report.warnings, spec.disputed_reading)
    if report.status == "rejected":
        return replace(report, read="differently", warnings=warnings)
    return replace(report, read="differently", status="disputed", distribution={}, warnings=warnings)


def _circuit(
    name: str,
    found: AcceptedCircuit | CircuitRejected,
    routing: Routing,
    standings: Mapping[str, Standing],
) -> CircuitReport:
    if isinstance(found, CircuitRejected):
        return CircuitReport(name, None, "rejected", error=Fault(found.reason, found.line))
    digest, warnings = found.spec.digest, found.spec.warnings
    assignment = routing.assignments[digest]
    warnings += (assignment.note,) if assignment.note else ()
    warnings += tuple(f"backend {backend}: {reason}" for backend, reason in routing.left_out(digest).items())
    standing = standings.get(digest)
    if standing is None or standing.verdict is None:
        failures = tuple(standing.failures.items()) if standing else ()
        fault = Fault(_why_nothing(assignment, standing))
        return CircuitReport(name, digest, "rejected", rejected=failures, warnings=warnings, error=fault)
    if standing.verdict.contested:
        warnings += (CONTESTED.format(" and ".join(standing.verdict.accepted)),)
    if any(share.counts.shots == 1 for share in standing.shares.values()):
        warnings += (ONE_SHOT,)
    return _settled(name, standing, warnings)


def _settled(name: str, standing: Standing, warnings: tuple[str, ...]) -> CircuitReport:
    verdict = standing.verdict
    assert verdict is not None
    before, after = standing.depths or (None, None)
    counts: dict[str, int] = {}
    for backend in verdict.accepted:
        for outcome, count in standing.shares[backend].counts.histogram.items():
            counts[outcome] = counts.get(outcome, 0) + count
    return CircuitReport(
        name=name,
        digest=standing.digest,
        status=verdict.status,
        confidence=verdict.confidence if len(standing.shares) > 1 and verdict.status != "disputed" else None,
        distribution=verdict.merged,
        counts=counts,
        shots=sum(counts.values()),
        accepted=verdict.accepted,
        rejected=(
            *((rejection.backend, rejection.reason) for rejection in verdict.rejected),
            *standing.failures.items(),
        ),
        replicas=tuple(
            ReplicaReport(
                backend=backend,
                counts=share.counts.histogram,
                seconds=share.seconds,
                cost_usd=share.cost_usd,
                job_id=share.counts.job_id,
                calibration_id=share.counts.calibration_id,
                success_probability=standing.success.get(backend, 1.0),
            )
            for backend, share in standing.shares.items()
        ),
        warnings=warnings,
        depth_before=before,
        depth_after=after,
        referee=standing.refereed.source if standing.refereed else "",
    )


def _why_nothing(assignment: Assignment, standing: Standing | None) -> str:
    if standing is None or not standing.failures:
        listed = "; ".join(f"{backend}: {reason}" for backend, reason in assignment.excluded.items())
        return f"no backend can run it ({listed})"
    listed = "; ".join(f"{backend}: {reason}" for backend, reason in standing.failures.items())
    return f"every backend asked failed ({listed})"
