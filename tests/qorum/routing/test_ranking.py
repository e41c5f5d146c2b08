"""Claims about which backends run which circuit, and why."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from qiskit import QuantumCircuit

from qorum.backends import FREE, BackendProfile, Price
from qorum.circuits.accepted import gate_counts
from qorum.circuits.native import ideal_target
from qorum.circuits.sizes import CircuitSize
from qorum.circuits.spec import CircuitSpec
from qorum.routing.assignments import is_clifford
from qorum.routing.ranking import Assignment, RouteRequest, route
from qorum.routing.runtimes import BatchLoad, Observation, RuntimeModel

TARGET = ideal_target(dynamic=False)


def backend(name, provider=None, engine=None, **changes) -> BackendProfile:
    base = BackendProfile(name, provider or name, engine or name, name, "cpu", 24, TARGET)
    return replace(base, **changes)


TORCH = backend("torch", "qorum", num_qubits=28)
AER = backend("aer", "qiskit", dynamic=True)
CIRQ = backend("cirq", "google", dynamic=True)
PENNYLANE = backend("pennylane", "xanadu")
BRAKET = backend("braket", "amazon", num_qubits=20)
FIVE = (TORCH, AER, CIRQ, PENNYLANE, BRAKET)
NOISY_AER = backend("aer?noise=fake_torino", "qiskit", "aer", device="fake_torino", noisy=True)
STABILIZER = backend(
    "aer?method=stabilizer", "qiskit", "aer", device="stabilizer", clifford_only=True, num_qubits=1000
)


def qpu(name, provider, price=FREE, **changes) -> BackendProfile:
    return backend(name, provider, pool="qpu", noisy=True, price=price, max_shots=100_000, **changes)


BY_GATES = {"per_one_qubit_gate_shot": 0.00022, "per_two_qubit_gate_shot": 0.000975}
GARNET = qpu("garnet", "braket", Price(per_task=0.30, per_shot=0.00145))
FORTE = qpu("forte", "braket", Price(per_task=0.30, per_shot=0.08), engine="ionq")

BELL = RouteRequest("d" * 64, "bell", 2, 2, CircuitSize(2, 1), one_qubit_gates=1, two_qubit_gates=1)


def assign(request=BELL, profiles=FIVE, **changes) -> Assignment:
    return assign_all([request], profiles, **changes)[0]


def assign_all(requests, profiles=FIVE, **changes) -> list[Assignment]:
    options = {
        "replicas": 3,
        "shots": 1000,
        "objective": "fidelity",
        "max_cost_usd": 0.0,
        "requested": (),
        "offline": {},
        "runtimes": RuntimeModel(),
    }
    return route(requests, profiles, **{**options, **changes})


def learned(**seconds: float) -> RuntimeModel:
    """A model that saw each named backend take so many seconds for a Bell circuit, often."""
    by_name = {profile.name: profile for profile in (*FIVE, GARNET, FORTE)}
    return RuntimeModel.fit(
        [
            Observation(BatchLoad.of(by_name[name], [(2, BELL.size)], 1000), taken)
            for name, taken in seconds.items()
            for _ in range(20)
        ]
    )


def test_what_was_learned_changes_no_choice_unless_time_is_the_objective():
    model = learned(torch=0.01, aer=0.02, cirq=0.05, pennylane=0.03, braket=0.5)
    for objective in ("fidelity", "cost"):
        assert assign(runtimes=model, objective=objective) == assign(objective=objective)
    assert assign(runtimes=model, objective="time").chosen != assign(objective="time").chosen


def test_a_library_that_takes_seconds_to_load_is_not_loaded_to_save_milliseconds():
    quick = backend("quick", load_seconds=4.0, pace=0.1)
    slow = backend("slow", load_seconds=0.5, pace=4.0)
    assert assign(profiles=(quick, slow), replicas=1).chosen == ("slow",)
    large = replace(BELL, num_qubits=24, size=CircuitSize(2000, 500))
    assert assign(large, profiles=(quick, slow), replicas=1).chosen == ("quick",)


def test_by_time_the_fastest_ideal_simulators_run_and_the_rest_stand_by():
    model = learned(torch=0.01, aer=0.02, cirq=0.05, pennylane=0.03, braket=0.5)
    found = assign(runtimes=model, objective="time")
    assert found.chosen == ("torch", "aer", "pennylane")
    assert found.reserve == ("cirq", "braket")
    assert found.excluded == {}
    assert found.note == ""
    assert all(score.fidelity == 1.0 for score in found.scores.values())


def test_without_any_difference_the_name_decides_whatever_the_order_of_the_profiles():
    expected = assign()
    assert expected.chosen == ("aer", "braket", "cirq")
    for turn in range(5):
        assert assign(profiles=(*FIVE[turn:], *FIVE[:turn])).chosen == expected.chosen


@pytest.mark.parametrize(
    ("request_", "options", "excluded"),
    [
        (replace(BELL, num_qubits=22), {}, {"braket": "takes 20 qubits, the circuit has 22"}),
        (
            replace(BELL, dynamic=True),
            {},
            dict.fromkeys(
                ("torch", "pennylane", "braket"),
                "runs no mid-circuit measurement, reset or branch, the circuit has one",
            ),
        ),
        (
            BELL,
            {"profiles": (*FIVE[1:], replace(TORCH, max_shots=500))},
            {"torch": "takes 500 shots of a circuit, 1000 are asked"},
        ),
        (
            BELL,
            {"requested": ["torch", "aer", "cirq"]},
            dict.fromkeys(("pennylane", "braket"), "not among the backends asked for"),
        ),
        (
            BELL,
            {"requested": ["torch", "ibm_torino"], "profiles": (TORCH,)},
            {"ibm_torino": "asked for, but there is no such backend"},
        ),
        (
            BELL,
            {"offline": {"ibm": "no token is set", "cirq": "cannot be imported"}},
            {"ibm": "no token is set", "cirq": "cannot be imported"},
        ),
        (
            BELL,
            {"profiles": (*FIVE, STABILIZER)},
            {"aer?method=stabilizer": "takes only Clifford circuits, the circuit has other gates"},
        ),
        (
            BELL,
            {"profiles": (*FIVE, NOISY_AER)},
            {"aer?noise=fake_torino": "a noisy simulator runs only where it is asked for by name"},
        ),
        (
            BELL,
            {"profiles": (*FIVE, GARNET), "max_cost_usd": 1.0},
            {
                "garnet": "costs up to 1.7500 USD, 1.0000 of the budget's 1.0000 USD are left; "
                "raise max_cost_usd"
            },
        ),
        (
            BELL,
            {"profiles": (*FIVE, replace(TORCH, name="torch?precision=double"))},
            {"torch?precision=double": "the same device as torch"},
        ),
    ],
)
def test_each_exclusion_has_its_reason_in_words(request_, options, excluded):
    found = assign(request_, **options)
    assert found.excluded == excluded
    assert not set(excluded) & {*found.chosen, *found.reserve, *found.scores}
    for name, reason in excluded.items():
        assert f"{name} ({reason})" in found.explain()


def test_a_clifford_circuit_may_use_a_stabilizer_simulator_and_a_large_one_must():
    small = assign(replace(BELL, clifford=True), profiles=(*FIVE, STABILIZER), replicas=6)
    assert "aer?method=stabilizer" in small.chosen
    large = assign(replace(BELL, clifford=True, num_qubits=500), profiles=(*FIVE, STABILIZER))
    assert large.chosen == ("aer?method=stabilizer",)
    assert large.note == "3 replicas asked, 1 backend eligible: the result cannot be verified"


def test_a_circuit_that_nothing_can_run_is_told_why_by_every_backend():
    found = assign(replace(BELL, num_qubits=99), offline={"ibm": "no token is set"})
    assert found.chosen == found.reserve == ()
    assert set(found.excluded) == {"torch", "aer", "cirq", "pennylane", "braket", "ibm"}
    assert found.note == "no backend can run it"


def test_replicas_go_to_other_providers_first_then_to_other_engines():
    fast_aer = [
        backend("aer", "qiskit", device="automatic"),
        backend("aer?method=mps", "qiskit", "aer", device="mps"),
        backend("basic", "qiskit"),
        backend("braket", "amazon", queue_wait=60.0),
    ]
    assert assign(profiles=fast_aer, replicas=2).chosen == ("aer", "braket")
    assert assign(profiles=fast_aer, replicas=3).chosen == ("aer", "braket", "basic")
    found = assign(profiles=fast_aer[:2])
    assert found.chosen == ("aer", "aer?method=mps")
    assert found.note == "all replicas share the engine aer and its bugs"


def test_objectives_rank_by_what_they_say():
    ibm = qpu("ibm", "ibm", Price(per_second=1.6), queue_wait=3600.0)
    request = replace(BELL, success={"ibm": 0.95, "garnet": 0.9, "forte": 0.99})
    options = {
        "profiles": (ibm, GARNET, FORTE),
        "max_cost_usd": 1e6,
        "replicas": 1,
        "runtimes": learned(garnet=5.0, forte=900.0),
    }
    order = {
        objective: assign(request, objective=objective, **options).chosen[0]
        for objective in ("fidelity", "time", "cost")
    }
    assert order == {"fidelity": "forte", "time": "garnet", "cost": "garnet"}
    dear = assign(request, objective="cost", **options)
    assert dear.scores["garnet"].cost_usd == pytest.approx(1.75)
    assert dear.scores["forte"].cost_usd == pytest.approx(80.30)
    assert dear.scores["ibm"].seconds > 3600.0


def test_a_noisy_backend_ranks_behind_an_ideal_one_and_an_unrated_one_last():
    other = replace(NOISY_AER, name="aer?noise=fake_lima", device="fake_lima", provider="other")
    names = ["torch", NOISY_AER.name, other.name]
    found = assign(
        replace(BELL, success={NOISY_AER.name: 0.8}), profiles=(other, NOISY_AER, TORCH), requested=names
    )
    assert found.chosen == ("torch", NOISY_AER.name, other.name)
    assert [found.scores[name].fidelity for name in names] == [1.0, 0.8, 0.0]


def test_a_device_that_states_no_errors_is_not_taken_for_perfect():
    silent = qpu("silent", "acme")
    found = assign(replace(BELL, success={"silent": 1.0, "garnet": 0.7}), (silent, GARNET), max_cost_usd=10.0)
    assert found.chosen == ("garnet", "silent")
    assert found.scores["silent"].fidelity == 0.0


def test_the_budget_is_one_for_all_circuits_and_vendors_and_is_reserved_in_order():
    requests = [replace(BELL, digest=str(number), success={"garnet": 0.9}) for number in range(4)]
    cheap = qpu("ankaa", "rigetti", Price(per_task=0.30, per_shot=0.0009))
    found = assign_all(requests, (GARNET, cheap), max_cost_usd=5.0)
    assert [one.chosen for one in found] == [("garnet", "ankaa"), ("garnet",), (), ()]
    spent = sum(one.scores[name].cost_usd for one in found for name in one.chosen)
    assert spent == pytest.approx(1.75 + 1.20 + 1.75)
    assert "0.3000 of the budget's 5.0000 USD are left" in found[2].excluded["garnet"]
    assert "1.2000 USD, 0.3000 of" in found[1].excluded["ankaa"]


def test_a_budget_that_covers_exactly_is_enough():
    requests = [replace(BELL, digest=str(number)) for number in range(10)]
    found = assign_all(requests, (GARNET,), max_cost_usd=17.5)
    assert [one.chosen for one in found] == [("garnet",)] * 10


def test_a_paid_backend_never_runs_for_nothing():
    sliver = qpu("sliver", "acme", Price(per_two_qubit_gate_shot=1e-9))
    assert assign(profiles=(sliver,)).chosen == ()
    assert assign(profiles=(sliver,), max_cost_usd=1e-6).chosen == ("sliver",)


def test_the_reserve_is_affordable_with_what_the_chosen_leave():
    options = {"profiles": (GARNET, FORTE), "replicas": 1}
    request = replace(BELL, success={"garnet": 0.9, "forte": 0.8})
    assert assign(request, max_cost_usd=82.05, **options).reserve == ("forte",)
    found = assign(request, max_cost_usd=81.0, **options)
    assert found.reserve == ()
    assert "79.2500 of the budget's 81.0000 USD are left" in found.excluded["forte"]


def test_gates_and_seconds_are_charged_where_a_vendor_charges_them():
    ionq = qpu("aria", "azure", Price(per_task=12.4166, **BY_GATES))
    ibm = qpu("ibm", "ibm", Price(per_second=1.6))
    request = replace(BELL, size=CircuitSize(300, 90), one_qubit_gates=200, two_qubit_gates=100)
    found = assign(request, profiles=(ionq, ibm), max_cost_usd=1e5)
    assert found.scores["aria"].cost_usd == pytest.approx(12.4166 + 44.0 + 97.5)
    worst = RuntimeModel().predict(BatchLoad.of(ibm, [(2, request.size)], 1000)).high
    assert found.scores["ibm"].cost_usd == pytest.approx(1.6 * worst)


def test_an_assignment_is_stored_and_explained():
    model = learned(torch=0.01, aer=0.02)
    found = assign(runtimes=model, offline={"ibm": "no token is set"}, replicas=2)
    assert Assignment.from_json(json.loads(json.dumps(found.to_json()))) == found
    text = found.explain()
    assert text.startswith("ranked by fidelity: ")
    for part in (*found.chosen, "in reserve: ", "ibm (no token is set)", "fidelity 1, ", "free"):
        assert part in text


def test_a_request_counts_gates_through_branches_and_knows_clifford_circuits():
    circuit = QuantumCircuit(4, 1)
    circuit.h(0)
    circuit.ccx(0, 1, 2)
    circuit.barrier()
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.cx(0, 1)
        circuit.x(3)
    spec = CircuitSpec("c", "", "qiskit", 4, 1, True, "d" * 64)
    request = RouteRequest.of(spec, gate_counts(circuit), CircuitSize.of(circuit), success={"garnet": 0.5})
    assert (request.one_qubit_gates, request.two_qubit_gates) == (2, 7)
    assert (request.dynamic, request.clifford, request.success) == (True, False, {"garnet": 0.5})
    assert not is_clifford(circuit)
    turned = QuantumCircuit(2)
    turned.rz(-1.5707963267948966, 0)
    turned.iswap(0, 1)
    assert is_clifford(turned)
    turned.t(0)
    assert not is_clifford(turned)


STIM = backend("stim", "google", clifford_only=True, specialized=True, num_qubits=1000, dynamic=True)
PRODUCTS = backend(
    "aer?method=matrix_product_state",
    "qiskit",
    "aer",
    device="matrix_product_state",
    num_qubits=100,
    largest_bond=8,
    specialized=True,
)
WIDE = (*FIVE, replace(STABILIZER, specialized=True), STIM, PRODUCTS)


def test_methods_for_some_circuits_only_are_considered_by_name_or_where_others_take_long():
    ordinary = assign(replace(BELL, clifford=True), profiles=WIDE)
    assert ordinary.chosen == assign().chosen
    assert "others take long" in ordinary.excluded["stim"]
    named = assign(replace(BELL, clifford=True), profiles=WIDE, requested=["stim", "aer"])
    assert set(named.chosen) == {"aer", "stim"}
    wide = replace(BELL, num_qubits=100, size=CircuitSize(3000, 1000), demanding=True)
    clifford = assign(replace(wide, clifford=True, bond=50), profiles=WIDE)
    assert set(clifford.chosen) == {"stim", "aer?method=stabilizer"}
    shallow = assign(replace(wide, bond=3), profiles=WIDE)
    assert shallow.chosen == ("aer?method=matrix_product_state",)
    assert "cannot be verified" in shallow.note
    deep = assign(replace(wide, bond=30), profiles=WIDE)
    assert deep.chosen == ()
    assert "up to 8 bits of entanglement across a cut" in deep.excluded["aer?method=matrix_product_state"]


def test_a_third_replica_that_takes_far_longer_stands_by():
    """A repetition code: 21 qubits, 60 measurements on the way; a state vector forks at each."""
    code = replace(
        BELL, num_qubits=21, size=CircuitSize(300, 120), dynamic=True, clifford=True, demanding=True, forks=60
    )
    dynamic = [replace(profile, dynamic=True) for profile in (TORCH, STIM, STABILIZER)]
    found = assign(replace(code, bond=20), profiles=dynamic)
    assert set(found.chosen) == {"aer?method=stabilizer", "stim"}
    assert found.reserve == ("torch",)
    assert "2 backends eligible; others would take much longer and stand by" in found.note
    assert found.scores["torch"].seconds > 100


def test_a_thousand_circuits_are_routed_at_once():
    requests = [replace(BELL, digest=str(number), num_qubits=2 + number % 20) for number in range(1000)]
    model = learned(torch=0.01, aer=0.02, cirq=0.05, pennylane=0.03, braket=0.5)
    found = assign_all(requests, runtimes=model)
    assert [assignment.digest for assignment in found] == [request.digest for request in requests]
    assert all(assignment.chosen for assignment in found)
