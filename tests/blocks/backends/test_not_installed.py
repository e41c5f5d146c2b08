"""Parts that are not installed: left out where nothing is named, and told with what installs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("cirq", "pennylane", "braket", "qiskit_ibm_runtime", "ibm_botocore")))
import asyncio
from blocks.backends import load_backend
from blocks.object_store import open_store
from flows.run_circuits import run_circuits
from qorum.errors import QorumError

def told(of, *asked):
    try:
        of(*asked)
    except QorumError as error:
        print(error)

told(load_backend, "cirq?simulator=cirq")
told(load_backend, "pennylane")
told(load_backend, "braket")
told(load_backend, "aer?noise=fake_manila")
told(lambda: open_store("cos://bucket").probe())
report = asyncio.run(run_circuits(["template:bell"], shots=200, dispatch="inline"))
print(report["circuits"][0]["status"], *sorted(report["circuits"][0]["accepted"]))
"""


def test_what_is_not_installed_is_told_and_a_run_goes_without(tmp_path: Path):
    given = {
        **{"QORUM_HOME": str(tmp_path), "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(ROOT)},
        **{"COS_ENDPOINT": "https://127.0.0.1:1", "COS_API_KEY": "k", "COS_INSTANCE_ID": "i"},
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=tmp_path,
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    lines = done.stdout.splitlines()
    for line, what in zip(lines, ("cirq", "pennylane", "braket", "ibm", "cos"), strict=False):
        assert f"pip install 'qorum[{what}]'" in line
    status, *accepted = lines[-1].split()
    assert status == "agreed"
    assert {"aer", "torch"} <= {*accepted}
    assert not {"cirq", "pennylane", "braket"} & {*accepted}
