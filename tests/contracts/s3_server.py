"""A real S3 server for the tests: Ceph's gateway, started once for all of them."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "deployments" / "services"


@dataclass(frozen=True)
class S3Server:
    """Where the server listens, its one user, and an empty bucket."""

    endpoint: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    bucket: str

    def environment(self) -> dict[str, str]:
        """The variables from which AWS's libraries take all of it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_DEFAULT_REGION": "default",
        }


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if shutil.which("radosgw") is None:
        missing = (
            "no S3 server: radosgw is not installed (Debian: radosgw ceph-mon ceph-osd ceph-mgr ceph-common)"
        )
        if os.environ.get("QORUM_REQUIRE_SERVICES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    data_dir = tmp_path_factory.mktemp("ceph")
    s3_port, mon_port = free_ports(2)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = inherited | {
        "DATA_DIR": str(data_dir),
        "S3_PORT": str(s3_port),
        "MON_PORT": str(mon_port),
    }
    try:
        _run("ceph_up.sh", environment, data_dir)
        yield _with_bucket(_credentials(data_dir / "credentials.env"))
    finally:
        _run("ceph_down.sh", environment, data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)


def free_ports(how_many: int) -> list[int]:
    """Different TCP ports of loopback on which nobody listens just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(how_many)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _run(script: str, environment: dict[str, str], data_dir: Path) -> None:
    # Into a file: the daemons keep the standard streams open, and a pipe would never end.
    log = data_dir / f"{script}.log"
    with log.open("wb") as stream:
        done = subprocess.run(
            [SERVICES / script], env=environment, stdout=stream, stderr=stream, timeout=240, check=False
        )
    if done.returncode:
        pytest.fail(f"{script} exited with {done.returncode}: {log.read_text(errors='replace')}")


def _credentials(file: Path) -> dict[str, str]:
    words = shlex.split(file.read_text().removeprefix("export "))
    return dict(word.split("=", 1) for word in words)


def _with_bucket(variables: dict[str, str]) -> S3Server:
    import boto3

    server = S3Server(
        variables["AWS_ENDPOINT_URL"],
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
        f"qorum-{uuid.uuid4().hex[:8]}",
    )
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name="default",
    )
    client.create_bucket(Bucket=server.bucket)
    return server
