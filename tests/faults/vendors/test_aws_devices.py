"""What a device of Amazon Braket is, by what it tells of itself; and that Amazon's own libraries agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from qiskit import transpile
from qiskit.circuit.random import random_circuit

from blocks.backends._aws_circuits import WireCircuit, task_body
from blocks.backends._aws_devices import ARNS, Window
from blocks.backends._aws_tasks import cancel_body
from qorum.errors import BackendFailed

from .aws_circuits import sample
from .aws_devices import AQUILA, DEVICES, FORTE, GARNET, TN1
from .aws_results import Style
from .conftest import AWS_ID, AWS_SECRET, TOKEN, fetched, flipped, one


@pytest.mark.parametrize(
    ("device", "provider", "qubits", "shots", "circuits", "gates"),
    [
        ("garnet", "iqm", 20, 20_000, 50, {"cx", "cz"}),
        ("ankaa-3", "rigetti", 82, 50_000, 100, {"iswap"}),
        ("forte-1", "ionq", 36, 5_000, 100, {"cx", "rzz"}),
    ],
)
def test_a_qpu_is_profiled_with_its_calibration(braket, device, provider, qubits, shots, circuits, gates):
    profile = braket(device=device).profile()
    assert (profile.provider, profile.engine, profile.device) == (provider, provider, device)
    assert (profile.num_qubits, profile.max_shots, profile.max_circuits) == (qubits, shots, circuits)
    assert (profile.pool, profile.noisy, profile.dynamic, profile.price.is_free) == (
        "qpu",
        True,
        False,
        False,
    )
    assert profile.calibration_id == "2026-11-01T08:00:00+00:00"
    assert profile.queue_wait == 4 * 30.0
    assert {name for name in profile.target.operation_names if len(_place(profile, name)) == 2} == gates
    assert "reset" not in profile.target.operation_names


def _place(profile, name: str) -> tuple[int, ...]:
    return next(iter(profile.target[name]))


def test_errors_are_those_of_the_qubit_by_the_device_s_own_numbers(braket):
    """Garnet's numbers begin with 1, those of Ankaa-3 have gaps; both tell each pair once."""
    garnet, ankaa = braket().profile().target, braket(device="ankaa-3").profile().target
    assert garnet["measure"][(0,)].error == pytest.approx(0.03 + 1 / 10_000)
    assert garnet["measure"][(19,)].error == pytest.approx(0.03 + 20 / 10_000)
    assert ankaa["measure"][(42,)].error == pytest.approx(0.03 + 43 / 10_000)
    assert ankaa["measure"][(81,)].error == pytest.approx(0.03 + 83 / 10_000)
    assert garnet["cz"][(0, 1)].error == garnet["cz"][(1, 0)].error == pytest.approx(0.01)
    assert (0, 5) in garnet["cz"]
    assert (0, 2) not in garnet["cz"]
    assert garnet["rx"][(3,)].error == pytest.approx(0.001)
    assert garnet.qubit_properties[3].t1 == pytest.approx(30e-6)
    assert garnet.qubit_properties[3].t2 == pytest.approx(1e-5)
    assert all(len(pair) == 2 for pair in ankaa["iswap"])
    assert max(max(pair) for pair in ankaa["iswap"]) == 81


def test_errors_of_a_whole_device_are_standardized_ones_or_else_ionq_s_own(aws, braket):
    target = braket(device="forte-1").profile().target
    assert target["rzz"][(35, 3)].error == pytest.approx(1 - 0.9946)
    assert target["measure"][(0,)].error == pytest.approx(1 - 0.9949)
    assert target.qubit_properties[35].t2 == pytest.approx(0.95)
    aws.told[FORTE] = {"standardized": None}
    target = braket(device="forte-1").profile().target
    assert target["rzz"][(35, 3)].error == pytest.approx(1 - 0.994)
    assert target["measure"][(0,)].error == pytest.approx(1 - 0.99)
    aws.told[FORTE] = {"standardized": None, "provider": {"fidelity": ["of another form"]}}
    assert braket(device="forte-1").profile().target["rzz"][(35, 3)].error is None


def test_a_simulator_is_ideal_and_takes_one_circuit(braket):
    profile = braket(device="dm1", region="us-east-1").profile()
    assert (profile.provider, profile.engine, profile.num_qubits) == ("amazon", "dm1", 17)
    assert (profile.noisy, profile.max_circuits, profile.queue_wait) == (False, 1, 0.0)
    assert (profile.calibration_id, profile.target.num_qubits) == (None, None)
    assert not profile.price.is_free


def test_devices_that_are_analog_or_unknown_are_told_so(braket):
    with pytest.raises(BackendFailed, match="takes no circuits of gates in OpenQASM"):
        braket(device=AQUILA).profile()
    with pytest.raises(BackendFailed, match="HTTP 404"):
        braket(device="arn:aws:braket:us-east-1::device/qpu/acme/Abacus").profile()


@pytest.mark.parametrize("status", ["OFFLINE", "RETIRED", "ON HOLIDAY"])
def test_a_device_that_is_not_online_waits_for_ever(aws, braket, status):
    aws.status = {TN1: status}
    assert braket(device="tn1", region="us-east-1").profile().queue_wait == float("inf")


@pytest.mark.parametrize(
    ("day", "start", "end", "now", "wait"),
    [
        ("Everyday", "00:00", "23:59:59", "2026-11-30T12:00", 0),
        ("Everyday", "00:00", "00:00", "2026-11-30T12:00", 0),
        ("Everyday", "13:00", "14:00", "2026-11-30T12:00", 3600),
        ("Everyday", "10:00", "11:00", "2026-11-30T12:00", 22 * 3600),
        ("Everyday", "22:00", "02:00", "2026-11-30T01:00", 0),
        ("Everyday", "22:00", "02:00", "2026-11-30T03:00", 19 * 3600),
        ("Weekdays", "09:00", "10:00", "2026-12-04T11:00", (3 * 24 - 2) * 3600),  # from Friday to Monday
        ("Weekend", "09:00", "10:00", "2026-12-04T09:00", 24 * 3600),
        ("Monday", "09:00", "10:00", "2026-11-30T09:30", 0),
        ("Monday", "09:00", "10:00", "2026-11-30T11:00", (7 * 24 - 2) * 3600),
        ("Tuesday", "09:00", "10:00", "2026-11-30T09:00", 24 * 3600),
    ],
)
def test_a_device_is_waited_for_until_its_next_window(day, start, end, now, wait):
    told = {"executionDay": day, "windowStartHour": start, "windowEndHour": end}
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert Window.model_validate(told).wait(moment) == wait


def test_short_names_are_those_of_amazon_s_own_library():
    devices = pytest.importorskip("braket.devices.devices").Devices
    makers = [maker for name, maker in vars(devices).items() if name.startswith("_") and name[1:2].isupper()]
    assert set(ARNS.values()) <= {str(member) for maker in makers for member in maker.__members__.values()}


def test_what_the_imitation_tells_is_what_amazon_s_schemas_take(aws, braket):
    """Devices and results, in every style: so what is read here is of Amazon's form."""
    schemas = pytest.importorskip("braket.schema_common").BraketSchemaBase
    for arn, device in DEVICES.items():
        found = schemas.parse_raw_schema(json.dumps(device.capabilities()))
        assert found.paradigm.qubitCount == device.qubits, arn
    for style in (Style(), Style(frequencies=True), Style(in_files=True)):
        aws.style = style
        for circuits in ([one()], [one(), flipped(0)]):
            aws.tasks.clear()
            aws._tokens.clear()
            _, raw = fetched(braket(), *circuits)
            files = json.loads(raw)["files"]
            assert len(files) == (6 if style.in_files and len(circuits) == 2 else 1)
            for text in files.values():
                schemas.parse_raw_schema(text)


def test_amazon_s_own_simulator_reads_what_is_sent_and_agrees(braket):
    """A second reader of our OpenQASM, and of the imitation's reading of it."""
    local = pytest.importorskip("braket.devices").LocalSimulator()
    program = pytest.importorskip("braket.ir.openqasm").Program
    target, shots = braket(device="sv1", region="us-east-1").profile().target, 4_000
    for seed in range(4):
        circuit = random_circuit(3, 4, max_operands=2, seed=seed)
        circuit.measure_all()
        compiled = transpile(circuit, target=target, optimization_level=0, seed_transpiler=3)
        source = WireCircuit.of(compiled).source
        theirs = local.run(program(source=source), shots=shots).result()
        rows, columns = sample(source, shots, np.random.default_rng(seed))
        assert theirs.measured_qubits == columns
        weights = 1 << np.arange(len(columns))
        seen, expected = (np.bincount(bits @ weights, minlength=8) for bits in (theirs.measurements, rows))
        assert np.abs(seen - expected).sum() / (2 * shots) < 0.05


@pytest.mark.parametrize("circuits", [[one()], [one(), flipped(0)]])
def test_amazon_s_own_client_sends_what_is_sent_here(aws_server, braket, circuits):
    """Path, query, headers that count and body of each request, by boto3 and by us."""
    boto3, config = pytest.importorskip("boto3"), pytest.importorskip("botocore.config")
    session = boto3.Session(AWS_ID, AWS_SECRET, region_name="eu-north-1")
    once = config.Config(retries={"total_max_attempts": 1}, user_agent_extra="BraketSchemas/1.32.1")
    once.s3 = {"addressing_style": "path"}
    theirs, s3 = (session.client(name, endpoint_url=aws_server.url, config=once) for name in ("braket", "s3"))
    job, _ = fetched(braket(), *circuits)
    braket().cancel(job)
    braket().profile()
    braket().find(TOKEN, datetime(2026, 11, 30, tzinfo=UTC))
    ours = _told(aws_server)
    aws_server.recorded.clear()
    wires = [WireCircuit.of(circuit) for circuit in circuits]
    told = theirs.create_quantum_task(**task_body(wires, 400, TOKEN, GARNET, "results-of-tests"))
    assert told["quantumTaskArn"] == job
    record = theirs.get_quantum_task(quantumTaskArn=job, additionalAttributeNames=["QueueInfo"])
    key = f"{record['outputS3Directory']}/results.json"
    s3.get_object(Bucket=record["outputS3Bucket"], Key=key)
    theirs.get_device(deviceArn=GARNET)
    since = "2026-11-29T23:55:00.000Z"
    filters = [("deviceArn", "EQUAL", GARNET), ("createdAt", "GTE", since)]
    listed = [{"name": name, "operator": how, "values": [value]} for name, how, value in filters]
    theirs.search_quantum_tasks(filters=listed, maxResults=100)
    with pytest.raises(theirs.exceptions.ConflictException):
        theirs.cancel_quantum_task(quantumTaskArn=job, clientToken=cancel_body(job)["clientToken"])
    assert _told(aws_server) == ours
    assert len(ours) == 6


def _told(server) -> set[tuple[str, str, str, str]]:
    found = set()
    for call in server.recorded:
        body = json.dumps(call.request.json, sort_keys=True) if call.request.body else ""
        found.add((call.request.method, call.request.path, str(call.request.query), body))
    return found
