"""What is known of a circuit: what each step brings, and the verdict on all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Measure
from qiskit.circuit.library import CXGate, RZGate, SXGate
from qiskit.transpiler import InstructionProperties, Target

from qorum.circuits.compiled import CompiledCircuit
from qorum.counts import Counts
from qorum.errors import CircuitRejected
from qorum.ledger.jobs import Failure, Job, JobResult, Order
from qorum.results.referee.findings import Finding, Refereed
from qorum.runs.circuit_progress import CircuitProgress, gather
from tests.qorum.runs.progress import profile, progress


def noisy_target() -> Target:
    """One qubit whose gates fail in 1 and whose readout in 10 of 100."""
    target = Target(num_qubits=1)
    target.add_instruction(SXGate(), {(0,): InstructionProperties(error=0.01)})
    target.add_instruction(Measure(), {(0,): InstructionProperties(error=0.1)})
    return target


def bell(barriers: int = 0) -> CompiledCircuit:
    """A Bell circuit that compilation made deeper by so many turns."""
    given = QuantumCircuit(2, 2)
    given.h(0)
    given.cx(0, 1)
    compiled = given.copy()
    for _ in range(barriers):
        compiled.append(RZGate(0.5), [0])
    compiled.append(CXGate(), [0, 1])
    return CompiledCircuit.of("key", given, compiled)


def test_a_circuit_that_does_not_compile_for_a_backend_is_that_backends_failure():
    refused = CircuitRejected("bell", "no such gate")
    known = progress(failures={"old": Failure("broke")}).with_compiled("b0", refused, profile("b0"))
    assert known.failures == {"old": Failure("broke"), "b0": Failure("no such gate")}
    assert (known.success, known.depths) == ({}, None)


def test_the_success_of_a_compiled_circuit_is_estimated_for_noisy_backends_alone():
    turned = QuantumCircuit(1, 1)
    turned.sx(0)
    turned.measure(0, 0)
    compiled = CompiledCircuit.of("key", turned, turned)
    device = profile("device", target=noisy_target(), noisy=True)
    known = progress().with_compiled("device", compiled, device)
    assert known.success["device"] == pytest.approx(0.99 * 0.9)
    quiet = replace(device, name="quiet", noisy=False)
    assert known.with_compiled("quiet", compiled, quiet).success == {**known.success, "quiet": 1.0}


def test_depths_are_those_of_the_first_backend():
    known = progress().with_compiled("b0", bell(), profile("b0"))
    assert known.depths == (2, 3)
    assert known.with_compiled("b1", bell(barriers=4), profile("b1")).depths == (2, 3)


def test_shares_of_a_backend_add_up_under_the_name_that_the_run_has_for_it():
    counts = Counts({"00": 3, "11": 1}, "another name")
    known = progress().with_outcome("mine", counts, 2.0, 0.25).with_outcome("mine", counts, 3.0, 0.5)
    share = known.shares["mine"]
    assert share.counts == Counts({"00": 6, "11": 2}, "mine")
    assert (share.seconds, share.cost_usd) == (5.0, 0.75)
    assert list(known.with_outcome("other", counts, 1.0, 0.0).shares) == ["mine", "other"]


def test_a_failure_leaves_what_was_brought_before():
    broke = Failure("broke", retryable=True, refused=True)
    known = progress(100, failures={"b7": Failure("hung")}).with_outcome("b1", broke, 1.0, 0.0)
    assert known.failures == {"b7": Failure("hung"), "b1": broke}
    assert list(known.shares) == ["b0"]


def test_consensus_is_told_noise_engine_and_what_is_known_of_success():
    known = progress(1, 2, 3, 4, success={"b0": 1.0, "b1": 0.9, "b2": 1.0})
    profiles = {"b0": profile("b0"), **{name: profile(name, noisy=True) for name in ("b1", "b2", "b3")}}
    told = [
        (replica.name, replica.counts.shots, replica.noisy, replica.success_probability, replica.engine)
        for replica in known.replicas(profiles)
    ]
    assert told == [
        ("b0", 1, False, None, "b0's engine"),
        ("b1", 2, True, 0.9, "b1's engine"),
        ("b2", 3, True, None, "b2's engine"),  # it states no errors: nothing is known
        ("b3", 4, True, None, "b3's engine"),
    ]


def test_without_any_share_there_is_nothing_to_judge():
    known = progress(failures={"b0": Failure("broke")})
    assert known.judged({}, 0.9) is known


def test_a_verdict_is_that_of_all_shares_and_of_the_referee():
    profiles = {name: profile(name) for name in ("b0", "b1", "b2")}
    known = progress(400, 500, 600)
    agreed = known.judged(profiles, 0.9)
    assert agreed.verdict is not None
    assert (agreed.verdict.status, agreed.verdict.accepted) == ("agreed", ("b0", "b1", "b2"))
    assert agreed.refereed is None
    found = {"b0": Finding("unfit", "wrong"), "b1": Finding("fits", "", 1.0), "b2": Finding("fits", "", 1.0)}
    refereed = Refereed("exact", "b1's engine", found)
    outvoted = known.judged(profiles, 0.9, refereed)
    assert outvoted.verdict is not None
    assert outvoted.verdict.accepted == ("b1", "b2")
    assert outvoted.refereed is refereed


def test_the_confidence_asked_for_is_the_one_that_is_judged_by():
    profiles = {name: profile(name, noisy=True) for name in ("b0", "b1")}
    known = progress()
    for name, zeros in (("b0", 18), ("b1", 16)):
        known = known.with_outcome(name, Counts({"0": zeros, "1": 20 - zeros}, name), 1.0, 0.0)
    statuses = [known.judged(profiles, sure).verdict for sure in (0.6, 0.999999999)]
    assert [verdict and verdict.status for verdict in statuses] == ["agreed", "unverified"]


def job(backend: str, *digests: str) -> Job:
    return Job("e", 2, backend, digests, digests, tuple(range(len(digests))), 100, {})


def gathered(
    result: JobResult, refused: Mapping[tuple[str, str], str] | None = None
) -> dict[str, CircuitProgress]:
    """Of a step that asked b0 for two circuits, which it had sampled before, and b1 for the first one."""
    before = {digest: replace(progress(100), digest=digest) for digest in ("one", "two", "idle")}
    compiled = {("one", "b0"): bell(), ("two", "b0"): bell(), ("one", "b1"): CircuitRejected("c", "no gate")}
    profiles = {name: profile(name) for name in ("b0", "b1")}
    return gather(before, [(job("b0", "one", "two"), result)], compiled, refused or {}, profiles)


def test_a_step_brings_compilations_outcomes_and_costs_to_each_circuit():
    outcomes = (Counts({"00": 60, "11": 40}, "b0"), Failure("hung"))
    after = gathered(JobResult("token", outcomes, 8.0, {Order("one", "b0", 100).purchase(2): 0.5}))
    assert list(after) == ["one", "two"]
    share = after["one"].shares["b0"]
    assert share.counts == Counts({"00": 160, "11": 40}, "b0")
    assert (share.seconds, share.cost_usd) == (1.0 + 4.0, 0.5)
    assert after["one"].failures == {"b1": Failure("no gate")}
    assert after["one"].success == {"b0": 1.0}
    assert after["two"].failures == {"b0": Failure("hung")}
    assert after["two"].shares["b0"].cost_usd == 0.0


def test_what_was_not_charged_cost_nothing():
    after = gathered(JobResult("token", (Counts({"00": 1}, "b0"),) * 2, 1.0, {}))
    assert [after[digest].shares["b0"].cost_usd for digest in ("one", "two")] == [0.0, 0.0]


def test_orders_that_were_not_placed_are_told_of_their_circuit():
    after = gathered(JobResult("token", (Failure("x"),) * 2, 0.0, {}), {("two", "b1"): "costs too much"})
    assert (after["one"].refused, after["two"].refused) == ({}, {"b1": "costs too much"})


def test_a_result_of_fewer_circuits_than_its_job_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        gathered(JobResult("token", (Failure("x"),), 0.0, {}))
