"""The referee in a child process: what is found of each replica, and that amplitudes are computed once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from qiskit import QuantumCircuit

from qorum.circuits.formats import to_qpy
from qorum.circuits.sandbox import Sandbox
from qorum.counts import Counts
from qorum.results.referee.hearings import REMEMBERED, Hearing, hear, hear_all
from qorum.results.verdict import Replica

GIB = 1 << 30


def replica(name: str, histogram: dict[str, int]) -> Replica:
    return Replica(Counts(histogram, name), noisy=False, engine=name)


RIGHT = replica("aer", {"00": 510, "11": 514})
WRONG = replica("cirq", {"01": 510, "10": 514})


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def dynamic() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    return circuit


def hearing(digest: str, circuit: QuantumCircuit | None, *replicas: Replica) -> Hearing:
    """None: bytes that hold no circuit."""
    return Hearing(digest, b"none" if circuit is None else to_qpy(circuit), replicas)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1) as pool:
        yield pool


def test_replicas_are_judged_by_circuit_and_what_fails_costs_only_itself(sandbox: Sandbox) -> None:
    found = hear_all(
        [
            hearing("a", bell(), RIGHT, WRONG),
            hearing("b", None, RIGHT),
            hearing("c", dynamic(), RIGHT),
            hearing("d", bell(), WRONG),
        ],
        sandbox,
        GIB,
    )
    for one in (found[0], found[3]):
        assert one.source == "exact amplitudes (2 qubits)"
        assert one.findings is not None
        assert one.findings["cirq"].outcome == "unfit"
        assert "impossible" in one.findings["cirq"].reason
    assert found[0].findings is not None
    assert found[0].findings["aer"].outcome == "fits"
    assert [one.findings for one in found[1:3]] == [None, None]
    assert found[1].source.startswith("no exact referee: ")
    assert "dynamic" in found[2].source


def test_amplitudes_that_do_not_fit_leave_no_referee_and_say_so() -> None:
    wide = QuantumCircuit(26, 25)  # one is not measured: no matrix products
    wide.h(range(26))
    wide.t(range(26))
    for qubit in range(25):
        wide.cx(qubit, qubit + 1)
    wide.h(range(26))
    wide.measure(range(25), range(25))
    found = hear((GIB, hearing("wide", wide, replica("aer", {"0" * 25: 100}))))
    assert found.findings is None
    assert "26 qubits take 2.5 GiB of 1" in found.source


@pytest.mark.parametrize("circuit", [bell(), dynamic()], ids=["amplitudes", "no referee"])
def test_a_circuit_that_was_heard_is_not_computed_again_until_many_others_came(
    circuit: QuantumCircuit,
) -> None:
    first = hear((GIB, hearing("first", circuit, RIGHT)))
    # The second time there is nothing to compute from: what is told was remembered.
    assert hear((GIB, hearing("first", None, RIGHT))) == first
    for number in range(REMEMBERED):
        hear((GIB, hearing(f"other {number}", circuit, RIGHT)))
    with pytest.raises(ValueError, match="written by to_qpy expected"):
        hear((GIB, hearing("first", None, RIGHT)))


def test_a_wide_distribution_is_not_kept() -> None:
    wide = QuantumCircuit(21)
    wide.x(0)
    wide.measure_all()
    key = "0" * 20 + "1"
    found = hear((GIB, hearing("21 bits", wide, replica("aer", {key: 100}))))
    assert found.findings is not None
    assert found.findings["aer"].outcome == "fits"
    with pytest.raises(ValueError, match="written by to_qpy expected"):
        hear((GIB, hearing("21 bits", None, RIGHT)))
