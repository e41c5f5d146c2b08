"""All four imitated vendors at the vendors' own addresses, by TLS, behind a proxy as a company has one.

    python -m tests.faults.vendors.internet        # prints what to export, and serves until Ctrl-C; --help

Whoever has that environment runs what docs/qpu.md says, word for word, without an account and for nothing.
"""

from __future__ import annotations

import re
import ssl
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import trustme

from tests.faults.vendors.aws import Aws
from tests.faults.vendors.aws_results import Style
from tests.faults.vendors.azure import ACCESS_TOKEN, SIGNATURE, SUBSCRIPTION, Azure
from tests.faults.vendors.ibm import CRN, DEVICES, Ibm
from tests.faults.vendors.ionq import Ionq
from tests.faults.vendors.loopback import Server

HOSTS = {
    r"api\.ionq\.co": "ionq",
    r"iam\.cloud\.ibm\.com|([a-z-]+\.)?quantum\.cloud\.ibm\.com": "ibm",
    r"(braket|s3)\.[a-z0-9-]+\.amazonaws\.com": "aws",
    r"[a-z0-9]+\.quantum\.azure\.com|[a-z0-9]+\.blob\.core\.windows\.net": "azure",
}
"""Which vendor answers at an address."""


def _canary(vendor: str) -> str:
    return f"canary-{vendor}-{uuid4().hex[:12]}"


@dataclass
class Internet:
    """The vendors, each with one account.

    Attributes:
        proxy: address of the proxy.
        certificates: the file of the authority that their certificates are of.
    """

    proxy: str
    certificates: Path
    keys: Mapping[str, str] = field(default_factory=lambda: {name: _canary(name) for name in HOSTS.values()})

    def __post_init__(self) -> None:
        keys = self.keys
        self.ionq, self.ibm = Ionq({keys["ionq"]}), Ibm({keys["ibm"]}, devices=DEVICES)
        self.aws = Aws({f"AKIA{keys['aws'][-12:].upper()}": keys["aws"]}, style=Style(in_files=True))
        self.azure = Azure({keys["azure"]}, files="https://qorum.blob.core.windows.net")
        self.servers = {name: Server(getattr(self, name)) for name in HOSTS.values()}

    @property
    def environment(self) -> dict[str, str]:
        """What a user exports: the four accounts, and the way to them."""
        names = f"SubscriptionId={SUBSCRIPTION};ResourceGroupName=group;WorkspaceName=work"
        (key_id,) = self.aws.keys
        return {
            "HTTPS_PROXY": self.proxy,
            "NO_PROXY": "127.0.0.1,localhost",  # Prefect's
            "SSL_CERT_FILE": str(self.certificates),
            "IONQ_API_KEY": self.keys["ionq"],
            "QISKIT_IBM_TOKEN": self.keys["ibm"],
            "QISKIT_IBM_INSTANCE": CRN,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": self.keys["aws"],
            "AZURE_QUANTUM_CONNECTION_STRING": f"{names};ApiKey={self.keys['azure']};"
            "QuantumEndpoint=https://eastus.quantum.azure.com/;",
        }

    @property
    def secrets(self) -> list[str]:
        """What may stand nowhere: keys, tokens, and what opens links."""
        return [*self.keys.values(), *self.aws.keys, *self.ibm.tokens, SIGNATURE, ACCESS_TOKEN]

    def jobs_of(self, vendor: str) -> int:
        """How many jobs, or tasks, a vendor took."""
        taken = {
            "ionq": self.ionq.jobs,
            "ibm": self.ibm.jobs,
            "aws": self.aws.tasks,
            "azure": self.azure.jobs,
        }
        return len(taken[vendor])

    def invoice(self) -> float:
        """USD of all jobs at all vendors."""
        return sum(vendor.invoice() for vendor in (self.ionq, self.ibm, self.aws, self.azure))


@contextmanager
def internet() -> Iterator[Internet]:
    """Serve them while the `with` lasts."""
    authority = trustme.CA()
    with TemporaryDirectory() as folder:
        place = Path(folder) / "authority.pem"
        authority.cert_pem.write_to_path(place)
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        proxy.daemon_threads = True
        made = Internet(f"http://127.0.0.1:{proxy.server_address[1]}", place)
        proxy.RequestHandlerClass = _tunnels(made.servers, _contexts(authority))
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield made
        finally:
            proxy.shutdown()
            proxy.server_close()


def _contexts(authority: trustme.CA) -> Callable[[str], ssl.SSLContext]:
    def of(host: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(host).configure_cert(context)
        return context

    return of


def _tunnels(
    servers: Mapping[str, Server], context: Callable[[str], ssl.SSLContext]
) -> type[BaseHTTPRequestHandler]:
    class Tunnel(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the servers record what came in."""

        def do_CONNECT(self) -> None:
            host = self.path.rpartition(":")[0]
            server = next((servers[name] for form, name in HOSTS.items() if re.fullmatch(form, host)), None)
            if server is None:
                return self.send_error(502, f"{host} is not imitated")
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            with context(host).wrap_socket(self.connection, server_side=True) as secured:
                server.serve(secured, self.client_address)
            return None

    return Tunnel


def main() -> None:
    """Print what to export, and serve until Ctrl-C."""
    parser = ArgumentParser(description="Imitated vendors at their own addresses; prints what to export.")
    parser.add_argument("--polls", type=int, default=1, help="how often a job is asked for before it is done")
    polls = parser.parse_args().polls
    with internet() as made:
        made.ionq.queue = made.ibm.queue = made.aws.queue = made.azure.queue = polls
        for name, value in made.environment.items():
            print(f"export {name}='{value}'")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"\n{made.invoice():.2f} USD would have been charged")


if __name__ == "__main__":
    main()
