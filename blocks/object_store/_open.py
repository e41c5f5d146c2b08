"""From what a user writes to a store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError

from blocks.addresses import HIDDEN
from blocks.object_store._base import ObjectStore
from blocks.object_store.cos_bucket import IAM, CosBucket
from blocks.object_store.local_folder import LocalFolder
from blocks.object_store.s3_bucket import S3Bucket
from blocks.saved import saved_block
from blocks.settings import settings
from qorum.errors import StorageUnfit
from qorum.faults import faults_of

CREDENTIALS = re.compile(r"[^/]+:[^/]*@")
"""How an address without a scheme begins that holds a user and a password, as no folder does."""

SAVED = "block:"
EXPECTED = (
    "a folder, file:///folder, s3://bucket/prefix, cos://bucket/prefix or block:type-slug/name was expected"
)


def open_store(url: str | None = None) -> ObjectStore:
    """The store that `url` names; nothing is contacted yet.

    `/folder`, `file:///folder`, `s3://bucket/prefix` (endpoint, region and credentials from the
    usual AWS_* variables), `cos://bucket/prefix` (from COS_ENDPOINT, and COS_HMAC_ACCESS_KEY_ID
    and COS_HMAC_SECRET_ACCESS_KEY, or COS_API_KEY and COS_INSTANCE_ID), or a saved block as
    `block:s3-object-store/mine`. None: that of `blocks.settings`, else `store` in its home.

    Raises:
        StorageUnfit: `url` names no store, or its settings are missing.
    """
    url = url or settings().store or str(settings().home / "store")
    if url.startswith(SAVED):
        return _load_saved(url)
    scheme, separator, _ = url.partition("://")
    if not separator and CREDENTIALS.match(url):
        raise StorageUnfit(f"{HIDDEN}@…", f"{EXPECTED}, without credentials in it")
    if not separator:
        return LocalFolder(path=Path(url))
    openers = {"file": _open_folder, "s3": _open_s3, "cos": _open_cos}
    parts = urlsplit(url)
    if scheme not in openers or parts.username or parts.password or parts.query:
        # Not shown whole: it may hold what should not have been written there.
        raise StorageUnfit(f"{scheme}://{parts.hostname or ''}", f"{EXPECTED}, without credentials in it")
    try:
        return openers[scheme](parts.netloc, unquote(parts.path))
    except ValidationError as error:
        told = (f"{'.'.join(map(str, fault.place))} {fault.expected}".strip() for fault in faults_of(error))
        faults = "; ".join(told)
        raise StorageUnfit(url, f"{EXPECTED}, and complete settings; found: {faults}") from None


def _open_folder(host: str, path: str) -> ObjectStore:
    if host not in ("", "localhost"):
        raise StorageUnfit(f"file://{host}{path}", f"{EXPECTED}; an absolute folder needs three slashes")
    return LocalFolder(path=Path(path))


def _open_s3(bucket: str, path: str) -> ObjectStore:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
    return S3Bucket(bucket=bucket, prefix=path, endpoint_url=endpoint, region=_region())


def _region() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def _open_cos(bucket: str, path: str) -> ObjectStore:
    if "COS_ENDPOINT" not in os.environ:
        reason = "set COS_ENDPOINT, e.g. to https://s3.eu-de.cloud-object-storage.appdomain.cloud"
        raise StorageUnfit(f"cos://{bucket}{path}", reason)
    return CosBucket(
        bucket=bucket,
        prefix=path,
        endpoint_url=os.environ["COS_ENDPOINT"],
        hmac_access_key_id=_secret("COS_HMAC_ACCESS_KEY_ID"),
        hmac_secret_access_key=_secret("COS_HMAC_SECRET_ACCESS_KEY"),
        api_key=_secret("COS_API_KEY"),
        instance_id=os.environ.get("COS_INSTANCE_ID") or None,
        auth_endpoint=os.environ.get("COS_AUTH_ENDPOINT") or IAM,
    )


def _secret(name: str) -> SecretStr | None:
    value = os.environ.get(name)
    return SecretStr(value) if value else None


def _load_saved(url: str) -> ObjectStore:
    if url.count("/") != 1:
        raise StorageUnfit(url, EXPECTED)
    try:
        block = saved_block(url.removeprefix(SAVED))
    except ValueError as error:
        raise StorageUnfit(url, f"no such block is saved ({error}); {EXPECTED}") from error
    if not isinstance(block, ObjectStore):
        raise StorageUnfit(url, f"a block of an object store was expected, found a {type(block).__name__}")
    return block
