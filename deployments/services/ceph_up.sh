#!/bin/bash
# A single-node S3 server on loopback: one monitor, manager and storage daemon of Ceph with its
# RADOS gateway. Debian packages: radosgw ceph-mon ceph-osd ceph-mgr ceph-common.
#
#   DATA_DIR=/path/for/its/data [S3_PORT=7480] [MON_PORT=S3_PORT+1] \
#     [AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…] ceph_up.sh
#
# The credentials are those given at the first start, else random. They are written, with the
# endpoint, to $DATA_DIR/credentials.env (mode 600), which a shell can source. A second start
# on the same directory brings the same data up again. ceph_down.sh stops it.
set -euo pipefail

data_dir=$(realpath -m "${DATA_DIR:?set DATA_DIR to a directory for the data of the server}")
s3_port=${S3_PORT:-7480}
mon_port=${MON_PORT:-$((s3_port + 1))}
endpoint=http://127.0.0.1:$s3_port
conf=$data_dir/ceph.conf
export CEPH_CONF=$conf
umask 077

fail() {
    echo "ceph_up: $1; the logs are in $data_dir/log" >&2
    exit 1
}

# wait_for SECONDS WHAT COMMAND…: polls until the command succeeds.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "$what did not come up in time"
        sleep 0.2
    done
}

write_conf() {
    cat >"$conf" <<CONF
[global]
fsid = $(cat "$data_dir/fsid")
mon_host = v2:127.0.0.1:$mon_port
public_network = 127.0.0.0/8
# Whoever can reach loopback can reach the daemons: for trials and tests on one's own machine.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# One copy on one disk.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
osd_pool_default_pg_autoscale_mode = off
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 2
mon_data_avail_crit = 1
run_dir = $data_dir/run
pid_file = $data_dir/run/\$name.pid
admin_socket = $data_dir/run/\$name.asok
log_file = $data_dir/log/\$name.log
mon_cluster_log_file = $data_dir/log/cluster.log
crash_dir = $data_dir/log
[mon]
mon_data = $data_dir/mon
[mgr]
mgr_data = $data_dir/mgr
mgr_initial_modules =
[osd]
osd_data = $data_dir/osd
bluestore_block_size = ${BLOCK_BYTES:-4294967296}
osd_memory_target = 1073741824
[client.rgw]
# The gateway alone asks for an encrypted line to the monitor, which there is none without keys.
ms_mon_client_mode = crc
rgw_init_timeout = 60
rgw_data = $data_dir/rgw
rgw_frontends = beast endpoint=127.0.0.1:$s3_port
rgw_relaxed_region_enforcement = true
rgw_thread_pool_size = 32
rgw_num_rados_handles = 1
CONF
}

create_cluster() {
    cat /proc/sys/kernel/random/uuid >"$data_dir/fsid"
    write_conf
    monmaptool --create --clobber --fsid "$(cat "$data_dir/fsid")" \
        --addv a "v2:127.0.0.1:$mon_port" "$data_dir/monmap" >/dev/null
    ceph-mon --mkfs -i a --monmap "$data_dir/monmap" 2>"$data_dir/log/mkfs.err" || fail "the monitor has no store"
}

create_storage() {
    local uuid
    uuid=$(cat /proc/sys/kernel/random/uuid)
    [ "$(ceph osd new "$uuid")" = 0 ] || fail "the storage daemon is not the first one"
    ceph-osd -i 0 --mkfs --osd-uuid "$uuid" 2>>"$data_dir/log/mkfs.err" || fail "the storage daemon has no store"
    ceph osd crush add osd.0 1.0 host="$(hostname -s)" root=default 2>/dev/null
}

create_user() {
    local keys=(--gen-access-key --gen-secret) user
    if [ -n "${AWS_ACCESS_KEY_ID:-}" ] && [ -n "${AWS_SECRET_ACCESS_KEY:-}" ]; then
        keys=(--access-key="$AWS_ACCESS_KEY_ID" --secret-key="$AWS_SECRET_ACCESS_KEY")
    fi
    user=$(radosgw-admin -n client.rgw user create --uid=qorum --display-name=Qorum "${keys[@]}" \
        2>"$data_dir/log/user.err") || fail "the S3 user was not created"
    field() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" <<<"$user" | sed 's/\\\//\//g' | head -n 1; }
    printf 'export AWS_ENDPOINT_URL=%q AWS_ACCESS_KEY_ID=%q AWS_SECRET_ACCESS_KEY=%q AWS_DEFAULT_REGION=default\n' \
        "$endpoint" "$(field access_key)" "$(field secret_key)" >"$data_dir/credentials.env"
}

for program in ceph ceph-mon ceph-mgr ceph-osd radosgw radosgw-admin monmaptool; do
    command -v "$program" >/dev/null || { echo "ceph_up: $program is not installed" >&2; exit 2; }
done
mkdir -p "$data_dir"/{mon,mgr,osd,rgw,run,log}
[ -s "$data_dir/fsid" ] || create_cluster
ceph-mon -i a || fail "the monitor did not start"
wait_for 30 "the monitor" ceph -s --connect-timeout 5
ceph-mgr -i x || fail "the manager did not start"
[ -e "$data_dir/osd/whoami" ] || create_storage
ceph-osd -i 0 >/dev/null 2>>"$data_dir/log/mkfs.err" || fail "the storage daemon did not start"
osd_is_up() { ceph osd stat | grep -q '1 up'; }
wait_for 60 "the storage daemon" osd_is_up
radosgw -n client.rgw || fail "the gateway did not start"
gateway_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$s3_port"); }
wait_for 90 "the gateway" gateway_answers
[ -s "$data_dir/credentials.env" ] || create_user
echo "S3 server on $endpoint; its credentials: $data_dir/credentials.env"
