"""Commands as a terminal has them, called in this process."""

from __future__ import annotations

from functools import partial

from flows.front import start

run = partial(start, "run_circuits")
vqe = partial(start, "train_vqe")
qaoa = partial(start, "train_qaoa")
qnn = partial(start, "train_qnn")
migrate = partial(start, "migrate_training")
clean = partial(start, "clean_checkpoints")
connections = partial(start, "check_connections")
refresh = partial(start, "refresh_calibrations")
calibrations = partial(start, "calibrations")
