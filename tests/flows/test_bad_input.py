"""One run with everything that may go wrong in a circuit: each is told by its line, the good ones agree."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError
from pydantic import ValidationError

from blocks.inputs import store_inputs
from blocks.object_store import ObjectStore, open_store
from flows.run_circuits import run_circuits
from qorum.circuits.sandbox import shared
from tests.qorum.circuits.test_bad_input import BAD, THREE, TWO

GOOD = {
    "bell": TWO + "qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q->c;",
    "branching": THREE + "qubit[2] q; bit[2] c;\nry(0.8) q[0]; c[0] = measure q[0];\n"
    "if (c[0] == 1) {x q[1];}\nc[1] = measure q[1];",
    "marked": "\ufeff" + TWO + "qreg q[3]; x q[0]; ry(1.1) q[2];",
}
NEVER_READ = "qubit q;\nfor int i in [0:0xFFFFFFFFFFFFFFFFFFFFFF] {h q;}"
ACROSS = "".join(f"cx q[{qubit}],q[{89 - qubit}];" for qubit in range(20))
STORED: dict[str, tuple[str | bytes, int | None, str]] = {
    **BAD,
    "10 MB": (TWO + "qreg q[1];\n" + "h q[0];\n" * 1_250_000, None, "4 MiB"),
    "a range that only a child survives": (THREE + NEVER_READ, 4, "100,000 operations"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, 1, "UTF-8"),
    "more qubits than any backend has": (
        TWO + "qreg q[90];\nry(0.3) q;\n" + ACROSS + "ry(0.4) q;",
        None,
        "90",
    ),
    "surrogates": (THREE.encode() + b"// \xed\xa0\x80", 3, "UTF-8"),
}
GIVEN: dict[str, tuple[str, int | None, str]] = {
    "": ("", None, "empty"),
    "blanks": (" \n\t ", None, "empty"),
    "no circuit at all": ("hello world", None, "'hello world'"),
    "missing key": ("inputs/0123/nothing.qasm", None, "inputs/0123/nothing.qasm"),
    "key out of the store": ("../../../../etc/passwd", None, "none of them"),
    "absolute key": ("/etc/passwd", None, "none of them"),
    "key of an unfinished object": (".unfinished/0123", None, "none of them"),
    "endless key": ("k" * 5_000, None, "none of them"),
    "key with control characters": ("a\x00b\x1b[31m", None, "none of them"),
    "unknown template": ("template:warp_drive?speed=9", None, "ghz"),
    "unknown parameter": ("template:ghz?num_qubits=3&colour=blue", None, "colour"),
    "parameter out of bounds": ("template:ghz?num_qubits=1000000000", None, "num_qubits"),
    "negative parameter": ("template:ghz?num_qubits=-1", None, "num_qubits"),
    "parameter that is no number": ("template:ghz?num_qubits=NaN", None, "num_qubits"),
    "parameter twice": ("template:ghz?num_qubits=3&num_qubits=4", None, "twice"),
    "template without name": ("template:", None, "ghz"),
    "directions reversed": (THREE + "qubit q; // \u202e x", 3, "U+202E"),
    "python": ("import os\nos.system('true')", 1, "OPENQASM"),
    "json": ('{"qubits": 2,\n "gates": []}', 1, "OPENQASM"),
}


def _everything(store: ObjectStore) -> list[tuple[str, str, int | None, str]]:
    """(what it is, reference, line, words) of every bad circuit."""
    keys = store_inputs({f"{i}.qasm": text for i, (text, _, _) in enumerate(STORED.values())}, store)
    stored = [(what, key, *STORED[what][1:]) for what, key in zip(STORED, keys, strict=True)]
    return stored + [(what, *found) for what, found in GIVEN.items()]


@pytest.mark.timeout(300)  # one that holds the run would do so for long
async def test_every_bad_circuit_is_rejected_by_line_and_reason_and_costs_the_good_ones_nothing(home: Path):
    bad = _everything(open_store())
    third = len(bad) // 3
    references = [reference for _, reference, _, _ in bad]
    for place, text in zip((2 * third, third, 0), GOOD.values(), strict=True):
        references.insert(place, text)
    report = await run_circuits(references, dispatch="inline", shots=256)
    found = list(zip(references, report["circuits"], strict=True))
    good = [circuit for reference, circuit in found if reference in GOOD.values()]
    assert [circuit["status"] for circuit in good] == ["agreed"] * 3
    rejected = [circuit for reference, circuit in found if reference not in GOOD.values()]
    for circuit, (what, _, line, words) in zip(rejected, bad, strict=True):
        _is_rejected(circuit, what, line, words)
    shared().close()
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        assert _peak_bytes(who) < 2e9


def _is_rejected(circuit: dict[str, Any], what: str, line: int | None, words: str) -> None:
    assert circuit["status"] == "rejected", what
    assert circuit["error"]["line"] == line, (what, circuit["error"])
    assert words in circuit["error"]["reason"], what
    assert 10 < len(circuit["error"]["reason"]) < 2_000, what
    assert not circuit["counts"], what


def _peak_bytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


REFUSED = {
    "shots 0": {"shots": 0},
    "shots -1": {"shots": -1},
    "shots 1.5": {"shots": 1.5},
    "shots 10^12": {"shots": 10**12},
    "shots that are no number": {"shots": "many"},
    "replicas 0": {"replicas": 0},
    "replicas 6": {"replicas": 6},
    "confidence 0.5": {"confidence": 0.5},
    "confidence 1": {"confidence": 1.0},
    "confidence that is no number": {"confidence": float("nan")},
    "negative budget": {"max_cost_usd": -1},
    "budget without end": {"max_cost_usd": float("inf")},
    "optimization level 4": {"optimization_level": 4},
    "unknown objective": {"objective": "beauty"},
    "negative seed": {"seed": -1},
    "id that leaves the store": {"experiment_id": "../x"},
    "input without a value": {"inputs": {"theta": None}},
    "input that is no name": {"inputs": {"2theta": 1}},
    "no circuit": {"circuits": []},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED.keys())
async def test_settings_out_of_bounds_are_refused_by_name_before_anything_runs(
    home: Path, wrong: dict[str, Any]
):
    asked: dict[str, Any] = {"circuits": [GOOD["bell"]], "dispatch": "inline", **wrong}
    (name,) = wrong
    with pytest.raises((ValidationError, ParameterTypeError), match=name):
        await run_circuits(**asked)
    assert not [key for key in open_store().list("") if key.startswith(("experiments/", "results/"))]


async def test_an_unknown_backend_is_named_with_those_there_are(home: Path):
    report = await run_circuits(
        [GOOD["bell"]], backends=["quantumleap", "aer?method=warp"], dispatch="inline"
    )
    reason = report["circuits"][0]["error"]["reason"]
    assert report["circuits"][0]["status"] == "rejected"
    for words in ("quantumleap", "torch", "aer?method=warp", "matrix_product_state"):
        assert words in reason


async def test_two_spellings_of_one_backend_are_one(home: Path):
    report = await run_circuits(
        [GOOD["bell"]], backends=["aer?method=statevector", "torch", "aer"], dispatch="inline"
    )
    assert sorted(report["circuits"][0]["accepted"]) == ["aer", "torch"]


async def test_a_single_shot_is_unverified_and_says_what_to_do(home: Path):
    report = await run_circuits([GOOD["bell"]], shots=1, dispatch="inline")
    circuit = report["circuits"][0]
    assert circuit["status"] == "unverified"
    assert any("more shots" in warning for warning in circuit["warnings"])
    assert sum(circuit["counts"].values()) == 3
