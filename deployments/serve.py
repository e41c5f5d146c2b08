"""`make ui`: the Prefect server and the MLflow UI, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

from blocks.settings import settings

PORTS = {"PREFECT_SERVER_API_PORT": "4200", "MLFLOW_PORT": "5000"}


def main() -> int:
    """Start both servers, say where they are, and end both when one ends.

    Returns:
        2 where a port is none or taken: nothing is started then.
    """
    ports = {variable: os.environ.get(variable, default) for variable, default in PORTS.items()}
    if refusals := [reason for variable, port in ports.items() if (reason := _refusal(variable, port))]:
        print(f"nothing is started: {'; '.join(refusals)}", file=sys.stderr)
        return 2
    prefect_port, mlflow_port = ports.values()
    home = settings().home
    home.mkdir(parents=True, exist_ok=True)
    tracking = settings().mlflow_uri or f"sqlite:///{home / 'mlflow.db'}"
    commands = [
        [sys.executable, "-m", "prefect", "--no-prompt", "server", "start", "--port", prefect_port],
        [
            *(sys.executable, "-m", "mlflow", "server", "--port", mlflow_port, "--workers", "1"),
            *("--backend-store-uri", tracking, "--default-artifact-root", str(home / "mlartifacts")),
        ],
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    servers = [subprocess.Popen(command) for command in commands]
    print(f"Prefect: http://127.0.0.1:{prefect_port}   MLflow: http://127.0.0.1:{mlflow_port}")
    print("for runs to show here, and to link to MLflow:")
    print(f"  export PREFECT_API_URL=http://127.0.0.1:{prefect_port}/api")
    print(f"  export QORUM_MLFLOW_UI=http://127.0.0.1:{mlflow_port}", flush=True)
    try:
        os.wait()
    except KeyboardInterrupt:
        print("stopping")
    for server in servers:
        server.terminate()
    return max(server.wait() for server in servers)


def _refusal(variable: str, port: str) -> str | None:
    """Why a server cannot listen on the port that a variable names; None if it can."""
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        return f"{variable}: a port from 1 to 65535 expected, found {port!r}"
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", int(port)))
        except OSError as error:
            return f"port {port} cannot be had ({error.strerror}); end what uses it, or set {variable}"
    return None


if __name__ == "__main__":
    raise SystemExit(main())
