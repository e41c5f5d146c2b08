"""Prefect flows: order, branching and concurrency. Numbers are made elsewhere."""

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

# Read by Prefect and MLflow at import: nothing about a run leaves the machine unless asked for.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# On a slow or busy machine a new database takes longer than Prefect's 20 s.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
# Prefect makes its home, but not the folder around it. Where neither can be made, `flows.preflight` says so.
if home := os.environ.get("PREFECT_HOME"):
    warnings.filterwarnings("ignore", message="Failed to create the Prefect home")
    with suppress(OSError):
        Path(home).expanduser().parent.mkdir(parents=True, exist_ok=True)

# Of `python -m flows.…` this is the first line that runs, before seconds of imports.
if sys.argv[:1] == ["-m"]:
    from flows.stopping import end_soon_when_told

    end_soon_when_told()
    if {"-h", "--help"} & {*sys.orig_argv}:
        from flows.commands import show_help

        show_help(sys.orig_argv)
