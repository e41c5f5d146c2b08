"""How runs end in Prefect: in their verdict."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.utilities.collections import visit_collection

from flows.canary import canary
from flows.front import start
from flows.run_circuits import run_circuits
from qorum.errors import QorumError
from qorum.findings import Findings
from tests.qorum.reports import RUN

BAD = "OPENQASM 2.0;\nqreg q[1];\nnonsense q[0];\n"
TWO = {"backends": ["torch", "aer"], "replicas": 2, "shots": 200, "dispatch": "inline"}


async def test_an_agreed_run_is_named_and_told_so(home: Path):
    state = await run_circuits(["template:bell"], **TWO, experiment_id="a1", return_state=True)
    assert (state.type.value, state.name) == ("COMPLETED", "Agreed")
    assert state.message == "a1, 1 circuit: 1 agreed"


async def test_a_rejected_circuit_beside_an_agreed_one_gives_the_state_its_name(home: Path):
    state = await run_circuits(["template:bell", BAD], **TWO, experiment_id="a2", return_state=True)
    assert (state.type.value, state.name) == ("COMPLETED", "Rejected")
    assert state.message == "a2, 2 circuits: 1 agreed, 1 rejected; without a result: circuit-2"


async def test_one_backend_alone_ends_unverified(home: Path):
    asked = {**TWO, "backends": ["torch"], "replicas": 1}
    state = await run_circuits(["template:bell"], **asked, return_state=True)
    assert (state.type.value, state.name) == ("COMPLETED", "Unverified")


async def test_a_caller_gets_the_report_of_a_disputed_run_with_no_confidence(home: Path, liars: None):
    asked = {"backends": ["liar?lie=zeros", "torch"], "replicas": 2, "dispatch": "inline"}
    state = await run_circuits(["template:hardware_efficient?num_qubits=5"], **asked, return_state=True)
    assert state.name == "Disputed"
    [circuit] = (await state.aresult())["circuits"]
    assert circuit["status"] == "disputed"
    assert circuit["confidence"] is None


async def test_runs_without_an_id_get_one_that_holds_the_whole_flow_run_id(home: Path):
    state = await run_circuits(["template:bell"], **TWO, return_state=True)
    report = await state.aresult()
    assert report["experiment_id"] == f"run-{state.state_details.flow_run_id}"


async def test_the_canary_names_a_backend_that_answers_wrongly(home: Path, liars: None):
    asked = ["torch", "liar"]
    circuits = ["template:bernstein_vazirani?secret=10110", "template:ghz?num_qubits=3"]
    state = await canary(circuits, asked, shots=256, dispatch="inline", return_state=True)
    assert state.name == "Wrong"
    answers = {(row["circuit"], row["backend"]): row["answer"] for row in (await state.aresult())["answers"]}
    assert answers["bernstein_vazirani?secret=10110", "torch"] == "right"
    assert answers["bernstein_vazirani?secret=10110", "liar"] == "wrong"
    assert answers["ghz?num_qubits=3", "liar"] == "right", "GHZ hides a reversed order"


def test_the_exit_status_of_a_canary_is_the_same_where_json_is_printed(
    home: Path, liars: None, capsys: pytest.CaptureFixture[str]
):
    asked = [
        "--circuit",
        "template:bernstein_vazirani?secret=10110",
        "--shots",
        "256",
        "--dispatch",
        "inline",
    ]
    assert start("canary", [*asked, "--backends", "torch,liar", "--json", "-"]) == 1
    assert '"answer": "wrong"' in capsys.readouterr().out


async def test_the_canary_takes_only_circuits_with_known_answers(home: Path):
    with pytest.raises(QorumError, match="known answers expected, found qft"):
        await canary(["template:qft"], ["torch"], dispatch="inline")


@pytest.mark.parametrize(
    ("returned", "walked"), [(Findings(RUN), False), (RUN, True)], ids=["findings", "report"]
)
def test_prefect_does_not_walk_through_findings_to_look_for_states(returned: object, walked: bool):
    seen: list[object] = []
    visit_collection(returned, visit_fn=seen.append, return_data=False)
    assert (len(seen) > 1) is walked
