#!/usr/bin/env bash
# Debian packages of the servers that tests and local trials start: an S3 gateway and a browser.
set -euo pipefail
packages=(radosgw ceph-mon ceph-osd ceph-mgr ceph-common chromium curl)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
