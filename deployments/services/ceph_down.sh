#!/bin/bash
# Stops the S3 server that ceph_up.sh started on DATA_DIR; its data stay.
set -euo pipefail

data_dir=$(realpath -m "${DATA_DIR:?set DATA_DIR to the directory given to ceph_up.sh}")

# A process id may have been taken over by a stranger since: only a daemon of this directory is ours.
is_ours() { { tr '\0' '\n' <"/proc/$1/environ" | grep -qxF "CEPH_CONF=$data_dir/ceph.conf"; } 2>/dev/null; }

for name in client.rgw osd.0 mgr.x mon.a; do
    pid=$(cat "$data_dir/run/$name.pid" 2>/dev/null) || continue
    is_ours "$pid" || continue
    kill "$pid"
    for _ in $(seq 50); do
        is_ours "$pid" || continue 2
        sleep 0.1
    done
    echo "ceph_down: $name did not stop within 5 s and is killed" >&2
    kill -9 "$pid" 2>/dev/null || true
done
