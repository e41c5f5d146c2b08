"""`make ui`: the Prefect server and the MLflow UI, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

HOME = Path(os.environ.get("QORUM_HOME", ".qorum")).resolve()


def main() -> int:
    """Start both servers, say where they are, and end both when one ends."""
    prefect_port = os.environ.get("PREFECT_SERVER_API_PORT", "4200")
    mlflow_port = os.environ.get("MLFLOW_PORT", "5000")
    HOME.mkdir(parents=True, exist_ok=True)
    tracking = os.environ.get("MLFLOW_TRACKING_URI", f"sqlite:///{HOME / 'mlflow.db'}")
    commands = [
        [sys.executable, "-m", "prefect", "server", "start", "--port", prefect_port],
        [
            *(sys.executable, "-m", "mlflow", "server", "--port", mlflow_port, "--workers", "1"),
            *("--backend-store-uri", tracking, "--default-artifact-root", str(HOME / "mlartifacts")),
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


if __name__ == "__main__":
    raise SystemExit(main())
