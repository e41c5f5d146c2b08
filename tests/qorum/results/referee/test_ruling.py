"""A replica must pass consensus and referee; neither wins against several engines alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from benchmarks._distributions import bit_flipped, bits_reversed, ghz, porter_thomas, sample, zeros
from benchmarks.referee import ideal
from qorum.results.consensus import agree
from qorum.results.referee.findings import Refereed, referee
from qorum.results.referee.ruling import rule
from qorum.results.verdict import Replica, Verdict


@pytest.fixture
def rng() -> Generator:
    return default_rng(17)


def answer(p: np.ndarray, name: str, rng: Generator, *, shots: int = 1024, engine: str = "") -> Replica:
    return Replica(sample(p, shots, rng, name), noisy=False, engine=engine or name)


def ruled(p: np.ndarray, replicas: Sequence[Replica], engine: str | None = "torch") -> Verdict:
    found = referee(ideal(p), replicas)
    return rule(replicas, Refereed(found.source, engine, found.findings), confidence=0.9)


def test_wide_flat_circuits_are_agreed_where_consensus_alone_cannot_tell(rng: Generator):
    p = porter_thomas(rng, 16)
    replicas = [answer(p, name, rng) for name in ("aer", "cirq", "braket")]
    assert agree(replicas).status == "unverified"
    verdict = ruled(p, replicas)
    assert (verdict.status, verdict.advice) == ("agreed", "none")
    assert verdict.confidence > 0.99


def test_a_reversed_replica_of_a_wide_flat_circuit_is_named_with_figures(rng: Generator):
    p = porter_thomas(rng, 16)
    replicas = [answer(p, name, rng) for name in ("aer", "cirq")]
    verdict = ruled(p, [*replicas, answer(bits_reversed(p, rng), "braket", rng)])
    assert (verdict.status, verdict.contested) == ("agreed", False)
    assert [one.backend for one in verdict.rejected] == ["braket"]
    assert "log2 p is" in verdict.rejected[0].reason


def test_amplitudes_do_not_confirm_their_own_engine_alone(rng: Generator):
    p = porter_thomas(rng, 16)
    own = [answer(p, name, rng, engine="torch") for name in ("torch", "torch?device=cuda")]
    assert ruled(p, own).status == "unverified"
    other = [answer(p, "aer", rng), own[0]]
    assert ruled(p, other).status == "agreed"
    lies = [answer(q, name, rng) for q, name in ((zeros(p, rng), "aer"), (bits_reversed(p, rng), "cirq"))]
    assert ruled(p, [own[0], *lies]).status == "disputed"


def test_one_replica_stays_unverified_however_well_it_fits(rng: Generator):
    p = ghz(rng)
    assert ruled(p, [answer(p, "aer", rng)]).status == "unverified"


def test_what_all_replicas_share_and_the_referee_does_not_is_disputed_with_the_reasons(rng: Generator):
    """Such as a circuit that was compiled wrongly for all of them."""
    p, wrong = ghz(rng), bit_flipped(ghz(rng), rng)
    replicas = [answer(wrong, name, rng) for name in ("aer", "cirq", "torch")]
    assert agree(replicas).status == "agreed"
    verdict = ruled(p, replicas)
    assert (verdict.status, verdict.merged, verdict.accepted) == ("disputed", {}, ())
    assert [one.backend for one in verdict.rejected] == ["aer", "cirq", "torch"]
    assert all("impossible" in one.reason for one in verdict.rejected)


def test_the_same_lie_twice_is_a_dispute_against_one_and_outvoted_by_two(rng: Generator):
    p = porter_thomas(rng, 8)
    lie = bits_reversed(p, rng)
    replicas = [answer(p, "aer", rng), answer(lie, "liar 1", rng), answer(lie, "liar 2", rng)]
    verdict = ruled(p, replicas)
    assert (verdict.status, verdict.advice) == ("disputed", "another_backend")
    verdict = ruled(p, [*replicas, answer(p, "cirq", rng)])
    assert (verdict.status, verdict.accepted) == ("agreed", ("aer", "cirq"))


def test_a_noisy_replica_is_judged_by_cross_entropy(rng: Generator):
    p = porter_thomas(rng, 12)
    shown = 0.7 * p + 0.3 / len(p)
    exact = [answer(p, name, rng, shots=8192) for name in ("aer", "cirq")]
    honest = Replica(sample(shown, 8192, rng, "device"), noisy=True, success_probability=0.7, engine="d")
    verdict = ruled(p, [*exact, honest])
    assert (verdict.status, len(verdict.accepted)) == ("agreed", 3)
    noise = Replica(sample(np.full(len(p), 1 / len(p)), 8192, rng, "device"), noisy=True, engine="d")
    verdict = ruled(p, [*exact, noise])
    assert [one.backend for one in verdict.rejected] == ["device"]
    assert "cross-entropy" in verdict.rejected[0].reason


def test_without_a_referee_the_verdict_is_that_of_the_consensus(rng: Generator):
    p = porter_thomas(rng, 8)
    replicas = [answer(p, name, rng) for name in ("aer", "cirq")]
    plain = agree(replicas)
    assert rule(replicas, None, confidence=0.9) == plain
    assert rule(replicas, Refereed("no exact referee: dynamic"), confidence=0.9) == plain
