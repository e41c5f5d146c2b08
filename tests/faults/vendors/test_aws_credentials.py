"""With what credentials, bucket and region Amazon Braket is asked, and what is told where one is missing."""

from __future__ import annotations

import re
import time

import pytest

from qorum.errors import BackendFailed
from qorum.remote import Accepted, Refused

from .conftest import AWS_ID, AWS_SECRET, START, TOKEN, one, submit


def test_keys_that_have_expired_are_a_refusal_for_every_method(aws, braket):
    job = submit(braket())
    aws.keys.clear()
    answer = braket().submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert "HTTP 403" in answer.reason
    block = braket()
    for ask in (
        lambda: block.poll(job),
        lambda: block.fetch(job),
        lambda: block.cancel(job),
        lambda: block.find(TOKEN, START),
        lambda: block.invoice(job, [one()], 400),
        lambda: block.estimate([one()], 400),
        lambda: block.profile(),
    ):
        with pytest.raises(BackendFailed, match="HTTP 403"):
            ask()


NONE = {"access_key_id": None, "secret_access_key": None}
HALF = {"access_key_id": AWS_ID, "secret_access_key": None}


@pytest.mark.parametrize(
    ("settings", "environment", "why"),
    [
        (NONE, {}, "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or"),
        (HALF, {}, "secret_access_key is missing: give both keys in the saved block"),
        ({**NONE, "session_token": "canary-session"}, {}, "access_key_id is missing: give both keys"),
        (NONE, {"AWS_ACCESS_KEY_ID": AWS_ID}, "AWS credentials: Partial credentials found in env"),
        (
            NONE,
            {"AWS_PROFILE": "nobody"},
            r"AWS credentials: The config profile \(nobody\) could not",
        ),
        ({"bucket": ""}, {}, "no bucket: set bucket to one of S3 in eu-north-1"),
        ({"device": "sv1"}, {}, "no region: set region, or AWS_DEFAULT_REGION"),
        ({"device": "sv1"}, {"AWS_DEFAULT_REGION": "x.evil.example/"}, "no region: set region"),
    ],
)
def test_without_credentials_bucket_or_region_nothing_is_sent(
    aws_server, braket, monkeypatch, settings, environment, why
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    answer = braket(**settings).submit([one()], 400, TOKEN)
    assert isinstance(answer, Refused)
    assert re.search(why, answer.reason)
    assert answer.retry_after is None
    with pytest.raises(BackendFailed, match=why):
        braket(**settings).profile()
    assert not aws_server.recorded
    assert time.monotonic() - began < 10


def test_credentials_are_those_of_the_environment_or_of_a_profile(aws, braket, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"{AWS_ID}\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    assert isinstance(braket(**NONE).submit([one()], 400, TOKEN), Accepted)
    aws.token = "canary-session"
    monkeypatch.setenv("AWS_SESSION_TOKEN", aws.token)
    assert isinstance(braket(**NONE).submit([one()], 400, TOKEN), Accepted)
    assert isinstance(braket(session_token=aws.token).submit([one()], 400, TOKEN), Accepted)
    assert isinstance(braket().submit([one()], 400, TOKEN), Refused)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    lines = [f"aws_access_key_id={AWS_ID}", f"aws_secret_access_key={AWS_SECRET}"]
    lines.append(f"aws_session_token={aws.token}")
    (tmp_path / "aws_shared_credentials_file").write_text("\n".join(["[lab]", *lines]))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert isinstance(braket(**NONE).submit([one()], 400, TOKEN), Accepted)
    assert len(aws.tasks) == 1


def test_a_simulator_is_where_its_region_says_and_a_qpu_where_it_stands(aws, braket, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert braket(device="sv1").place.endswith(
        "/us-west-2/arn:aws:braket:::device/quantum-simulator/amazon/sv1"
    )
    assert "/us-east-1/" in braket(device="sv1", region="us-east-1").place
    assert "/eu-north-1/" in braket().place
    with pytest.raises(ValueError, match="region: the device is in eu-north-1"):
        braket(region="us-east-1")
