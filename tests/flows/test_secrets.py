"""Keys of an object store appear nowhere: not on the terminal, not in logs, nor among the objects."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from blocks.object_store import S3Bucket, open_store
from flows.run_circuits import run_circuits
from qorum.errors import StorageUnfit
from tests.commands import run as main
from tests.contracts.s3_server import S3Server
from tests.flows.told import newest_at_the_server

ROOT = Path(__file__).resolve().parents[2]
KEY_ID, SECRET = "AKIA0NOBODYSKEY0", "nobody/may+ever=read-this"
NOWHERE = "http://127.0.0.1:9"


def test_an_endpoint_that_is_not_there_is_told_in_a_line_without_the_keys(tmp_path: Path):
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PREFECT_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "flows.run_circuits", "template:bell"],
        cwd=ROOT,
        env={
            **inherited,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": NOWHERE,
            "QORUM_STORE": "s3://bucket/lab",
            "QORUM_HOME": str(tmp_path),
            "PREFECT_HOME": str(tmp_path / "prefect"),
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    assert f"s3://bucket/lab: {NOWHERE} cannot be used" in told
    assert len(told.splitlines()) < 10
    _is_nowhere(told.encode(), "the terminal")
    for file in tmp_path.rglob("*"):
        if file.is_file():
            _is_nowhere(file.read_bytes(), str(file))


def test_so_it_is_of_the_other_service(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COS_HMAC_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("COS_HMAC_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("COS_ENDPOINT", NOWHERE)
    monkeypatch.setenv("QORUM_STORE", "cos://bucket/lab")
    assert main(["template:bell"]) == 2
    told = capsys.readouterr()
    assert f"cos://bucket/lab: {NOWHERE} cannot be used" in told.err
    _is_nowhere((told.out + told.err).encode(), "the terminal")


def _is_nowhere(data: bytes, where: str, *secrets: str) -> None:
    for secret in secrets or (KEY_ID, SECRET):
        assert secret.encode() not in data, f"{secret} is in {where}"


@pytest.mark.server
async def test_a_run_leaves_no_trace_of_the_keys_it_used(
    home: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QORUM_STORE", f"s3://{s3_server.bucket}/secrets")
    report = await run_circuits(["template:bell", "OPENQASM 3.0; qubit q"], dispatch="inline")
    secret = s3_server.secret_access_key
    _is_nowhere(json.dumps(dict(report)).encode(), "the report", secret)
    _is_nowhere(caplog.text.encode(), "the log", secret)
    store = open_store()
    for key, data in store.get_many(store.list("")).items():
        _is_nowhere(data, key, secret)
    _is_nowhere((await newest_at_the_server()).encode(), "the server", secret)


@pytest.mark.server
async def test_wrong_keys_are_told_without_showing_them(
    home: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    block = S3Bucket(
        bucket=s3_server.bucket,
        endpoint_url=s3_server.endpoint,
        region="default",
        access_key_id=s3_server.access_key_id,
        secret_access_key=SECRET,
    )
    await asyncio.to_thread(block.save, "wrong-keys", overwrite=True, _sync=True)
    monkeypatch.setenv("QORUM_STORE", "block:s3-object-store/wrong-keys")
    with pytest.raises(StorageUnfit, match="check the secret access key") as caught:
        await run_circuits(["template:bell"], dispatch="inline")
    _is_nowhere(f"{caught.value!r} {caught.value} {block!r} {block}".encode(), "the error", SECRET)
    _is_nowhere(caplog.text.encode(), "the log", SECRET)


@pytest.mark.server
def test_the_command_line_tells_wrong_keys_in_a_line(
    home: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name, value in {**s3_server.environment(), "AWS_SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QORUM_STORE", f"s3://{s3_server.bucket}/wrong")
    assert main(["template:bell"]) == 2
    told = capsys.readouterr()
    assert "check the secret access key" in told.err
    _is_nowhere((told.out + told.err).encode(), "the terminal", SECRET)
