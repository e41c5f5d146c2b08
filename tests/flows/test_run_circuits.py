"""Circuits in, agreed results out: the whole of it, in one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cirq
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr

from blocks.inputs import store_inputs
from blocks.object_store import open_store
from flows.run_circuits import run_circuits
from qorum.circuits.compiled import decode
from qorum.counts import Counts
from qorum.errors import QorumError
from qorum.results.analysis import within_shot_noise
from qorum.runs.report import ExperimentReport
from qorum.runs.stages import PORTION
from tests.corpus import exact_distribution, mqt_circuits

BELL = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'
ASYMMETRIC = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
x q[0]; ry(0.8) q[1]; c = measure q;
"""
TEXTS = {
    bits: 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; '
    + " ".join(f"x q[{place}];" for place, bit in enumerate(reversed(bits)) if bit == "1")
    + " measure q -> c;"
    for bits in ("001", "011", "110")
}
BROKEN = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\nh r[0];\n'


def by_name(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {circuit["name"]: circuit for circuit in report["circuits"]}


async def test_good_circuits_are_agreed_and_a_broken_one_is_told_by_its_line(home: Path):
    report = await run_circuits([BELL, ASYMMETRIC, BROKEN, "template:ghz?num_qubits=4"], dispatch="inline")
    found = by_name(report)
    assert [found[name]["status"] for name in found] == ["agreed", "agreed", "rejected", "agreed"]
    assert found["circuit-3"]["error"]["line"] == 4
    assert set(found["circuit-1"]["distribution"]) == {"00", "11"}
    assert all(key.startswith("0") and key.endswith("1") for key in found["circuit-2"]["distribution"])
    assert len(found["circuit-1"]["accepted"]) == 3


async def test_circuit_objects_are_taken_as_they_are_and_a_bad_one_costs_the_others_nothing(home: Path):
    theirs = cirq.Circuit(cirq.X(cirq.LineQubit(0)), cirq.measure(*cirq.LineQubit.range(2)))
    ours = QuantumCircuit(127, 2, name="ours")
    ours.x(60)
    ours.measure([60, 61], [1, 0])
    steered = QuantumCircuit(2, 1, name="steered")
    seen = steered.add_var("seen", expr.lift(False))
    steered.x(0)
    steered.measure(0, 0)
    steered.store(seen, steered.clbits[0])
    steered.measure(1, 0)
    with steered.if_test(seen):
        steered.x(1)
    steered.measure(1, 0)
    loose = QuantumCircuit(1, name="loose")
    loose.rx(Parameter("theta"), 0)
    asked = [theirs, ours, loose, steered]
    report = await run_circuits(asked, dispatch="inline", experiment_id="objects")
    names = [circuit["name"] for circuit in report["circuits"]]
    assert names == ["circuit-1", "ours", "loose", "steered"]
    found = [set(circuit["distribution"] or ()) for circuit in report["circuits"]]
    assert found == [{"01"}, {"10"}, set(), {"1"}]
    statuses = [circuit["status"] for circuit in report["circuits"]]
    assert statuses == ["agreed", "agreed", "rejected", "agreed"]
    assert "theta" in report["circuits"][2]["error"]["reason"]
    again = await run_circuits(asked, dispatch="inline", experiment_id="objects")
    assert again["circuits"] == report["circuits"]


async def test_everything_about_a_run_is_found_again_in_the_store(home: Path):
    report = await run_circuits([BELL], experiment_id="bell", dispatch="inline")
    store = open_store()
    digest = report["circuits"][0]["digest"]
    kept = store.list("")
    assert f"experiments/bell/circuits/{digest}.qasm" in kept
    assert {"experiments/bell/definition.json", "experiments/bell/metadata.json"} <= set(kept)
    assert {
        f"results/bell/{name}" for name in ("report.json", "analysis.json", "report.md", "routing.json")
    } <= set(kept)
    assert any(key.startswith("results/bell/plots/") and key.endswith(".png") for key in kept)
    stored = ExperimentReport.model_validate_json(store.get("results/bell/report.json"))
    assert stored.linked(report.report.links) == report.report
    assert json.loads(report.report.as_json()) == dict(report)


async def test_the_same_seed_gives_the_same_counts_and_another_gives_others(home: Path):
    reports = [
        await run_circuits(
            [ASYMMETRIC],
            seed=seed,
            backends=["torch", "aer", "cirq", "pennylane", "braket"],
            replicas=5,
            dispatch="inline",
            experiment_id=f"e{run}",
        )
        for run, seed in enumerate((3, 3, 4))
    ]
    counts = [
        {replica["backend"]: replica["counts"] for replica in report["circuits"][0]["replicas"]}
        for report in reports
    ]
    assert counts[0] == counts[1]
    assert counts[0] != counts[2]


async def test_a_damaged_compiled_circuit_is_compiled_again(home: Path):
    first = await run_circuits([BELL], experiment_id="first", dispatch="inline")
    store = open_store()
    [place] = store.list("compiled/")
    whole = store.get(place)
    store.put(place, whole[:-20])
    second = await run_circuits(
        [BELL], experiment_id="second", dispatch="inline", backends=first["circuits"][0]["accepted"]
    )
    assert second["circuits"][0]["status"] == "agreed"
    key = place.rpartition("/")[2]
    assert decode(store.get(place), key).key == decode(whole, key).key


async def test_well_formed_objects_of_other_circuits_are_not_taken_for_what_lies_in_their_place(
    home: Path, tmp_path: Path
):
    """All backends share the caches: what is laid there would be agreed on with full confidence."""
    store = open_store()
    for name, text in TEXTS.items():
        store.put(f"inputs/{name}", text.encode())
    keys = [f"inputs/{name}" for name in TEXTS]
    await run_circuits(keys, experiment_id="first", dispatch="inline")
    for folder in ("accepted/", "compiled/"):
        places = store.list(folder)
        assert len(places) >= 2
        whole = [store.get(place) for place in places]
        for place, other in zip(places, whole[1:] + whole[:1], strict=True):
            store.put(place, other)
    report = await run_circuits(
        [f"inputs/{name}" for name in TEXTS], experiment_id="second", dispatch="inline"
    )
    for name, circuit in zip(TEXTS, report["circuits"], strict=True):
        assert circuit["status"] == "agreed"
        assert set(circuit["counts"]) == {name}


async def test_results_and_decisions_of_others_are_not_taken_for_ones_own(home: Path):
    store = open_store()
    for experiment in ("mine", "theirs"):
        template = "template:bernstein_vazirani?secret=" + ("101" if experiment == "mine" else "011")
        await run_circuits([template], experiment_id=experiment, dispatch="inline")
    (job, *_), (other, *_) = (store.list(f"results/{one}/jobs/") for one in ("mine", "theirs"))
    kept = store.get(job)
    store.put(job, store.get(other))
    mine = {"circuits": ["template:bernstein_vazirani?secret=101"], "experiment_id": "mine"}
    with pytest.raises(QorumError, match="found another's; delete it"):
        await run_circuits(**mine, dispatch="inline")
    store.put(job, kept)
    store.put("results/mine/routing.json", store.get("results/theirs/routing.json"))
    with pytest.raises(QorumError, match="decision on this experiment's circuits expected"):
        await run_circuits(**mine, dispatch="inline")


async def test_an_experiment_id_with_other_settings_is_refused_by_name(home: Path):
    await run_circuits([BELL], experiment_id="taken", dispatch="inline")
    with pytest.raises(QorumError, match="shots 1024 is stored, 2048 asked"):
        await run_circuits([BELL], experiment_id="taken", shots=2048, dispatch="inline")


async def test_one_backend_alone_is_unverified_and_says_so(home: Path):
    report = await run_circuits([BELL], backends=["aer"], dispatch="inline")
    circuit = report["circuits"][0]
    assert circuit["status"] == "unverified"
    assert any("1 backend" in warning for warning in circuit["warnings"])


async def test_an_unknown_backend_and_an_oversized_circuit_are_rejected_with_reasons(home: Path):
    report = await run_circuits([BELL], backends=["quantumleap"], dispatch="inline")
    assert report["circuits"][0]["status"] == "rejected"
    assert "quantumleap" in report["circuits"][0]["error"]["reason"]
    across = "".join(f"cx q[{qubit}],q[{89 - qubit}];" for qubit in range(20))
    big = f'OPENQASM 2.0; include "qelib1.inc"; qreg q[90]; ry(0.3) q; {across} ry(0.4) q;'
    report = await run_circuits([big, BELL], dispatch="inline")
    assert [circuit["status"] for circuit in report["circuits"]] == ["rejected", "agreed"]
    assert "90" in report["circuits"][0]["error"]["reason"]


@pytest.mark.parametrize("shots", [0, -1, 10**12, 1.5])
async def test_shots_out_of_bounds_are_refused_before_anything_runs(home: Path, shots: float):
    with pytest.raises(Exception, match="shots"):
        await run_circuits([BELL], shots=shots, dispatch="inline")


async def test_a_circuit_without_measurements_is_measured_whole_with_a_warning(home: Path):
    report = await run_circuits(['OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; x q[1];'], dispatch="inline")
    circuit = report["circuits"][0]
    assert set(circuit["distribution"]) == {"10"}
    assert any("measur" in warning for warning in circuit["warnings"])


@pytest.mark.parametrize("lie", ["reversed", "flipped", "zeros", "uniform"])
async def test_one_lying_replica_is_outvoted_and_named(home: Path, liars: None, lie: str):
    liar = f"liar?lie={lie}" if lie != "reversed" else "liar"
    report = await run_circuits(
        ["template:hardware_efficient?num_qubits=5"],
        backends=[liar, "torch", "aer", "cirq"],
        replicas=4,
        dispatch="inline",
    )
    circuit = report["circuits"][0]
    assert circuit["status"] == "agreed"
    assert [found["backend"] for found in circuit["rejected"]] == [liar]
    assert circuit["rejected"][0]["reason"]


@pytest.mark.parametrize("second", ["liar?lie=zeros", "liar?number=2"])
async def test_two_liars_of_three_never_win(home: Path, liars: None, second: str):
    report = await run_circuits(
        ["template:hardware_efficient?num_qubits=5"], backends=["liar", second, "torch"], dispatch="inline"
    )
    circuit = report["circuits"][0]
    assert circuit["status"] == "disputed"
    assert not circuit["distribution"]
    assert len(circuit["replicas"]) == 3


async def test_two_liars_are_outvoted_once_more_backends_are_asked(home: Path, liars: None):
    report = await run_circuits(
        ["template:hardware_efficient?num_qubits=5"],
        backends=["liar", "liar?number=2", "torch", "aer", "cirq"],
        dispatch="inline",
    )
    circuit = report["circuits"][0]
    assert circuit["status"] == "agreed"
    assert {found["backend"] for found in circuit["rejected"]} == {"liar", "liar?number=2"}
    assert len(circuit["accepted"]) >= 2
    assert set(circuit["accepted"]) < {"torch", "aer", "cirq"}


async def test_benchmark_circuits_are_agreed_within_shot_noise_of_the_exact_distribution(home: Path):
    texts = mqt_circuits()
    assert len(texts) >= 25
    report = await run_circuits(list(texts.values()), dispatch="inline", shots=4096)
    for (name, text), circuit in zip(texts.items(), report["circuits"], strict=True):
        assert circuit["status"] == "agreed", (name, circuit["status"], circuit["rejected"], circuit["error"])
        sigmas = within_shot_noise(Counts(circuit["counts"], "merged"), exact_distribution(text))
        assert sigmas < 4.5, name


async def test_more_circuits_than_a_portion_come_back_in_order_with_what_each_alone_gives(home: Path):
    angles = [number / 100 for number in range(PORTION + 10)]
    text = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; ry({}) q[0]; x q[1]; measure q -> c;'
    keys = store_inputs({f"{angle}.qasm": text.format(angle) for angle in angles}, open_store())
    report = await run_circuits(keys, backends=["torch", "aer"], replicas=2, dispatch="inline")
    assert [circuit["name"] for circuit in report["circuits"]] == [f"{angle}.qasm" for angle in angles]
    assert {circuit["status"] for circuit in report["circuits"]} == {"agreed"}
    assert report["circuits"][0]["counts"] == {"10": 2048}
    alone = await run_circuits([keys[-1]], backends=["torch", "aer"], replicas=2, dispatch="inline")
    assert alone["circuits"][0]["counts"] == report["circuits"][-1]["counts"]


async def test_two_noise_models_of_one_engine_are_compared(home: Path):
    names = ["aer", "aer?readout_error=0.02", "aer?readout_error=0.05"]
    report = await run_circuits([BELL], backends=names, dispatch="inline")
    [circuit] = report["circuits"]
    assert {replica["backend"] for replica in circuit["replicas"]} == set(names)


async def test_a_backend_asked_for_by_name_that_gets_nothing_is_named_with_the_reason(home: Path):
    names = ["torch", "torch?precision=double", "aer"]
    report = await run_circuits([BELL], backends=names, dispatch="inline")
    [circuit] = report["circuits"]
    assert "backend torch?precision=double: the same device as torch" in circuit["warnings"]
