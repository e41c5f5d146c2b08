"""Signed requests to Amazon Braket and to the S3 bucket where it puts results.

By httpx, with botocore for credentials and signatures alone: boto3's clients send a request up to five times,
and a device of another region makes the SDK of Braket drop what it was told against that. Source: botocore
1.43, data/braket/2019-09-01 (rest-json) and auth.py (Signature Version 4).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from blocks.backends._http import HttpApi
from blocks.backends._remote import Answered, NotSent, checked_key

READ_SECONDS = 60.0
"""Of silence, after which an answer counts as lost."""

USER_AGENT = "Qorum BraketSchemas/1.32.1"
"""Without schemas of at least 1.8.0 in it, Braket leaves OpenQASM out of what a device takes."""

HOW = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role, or both keys in a saved block"

_XML = re.compile(r"<Code>(?P<code>[^<]*)</Code>.*?<Message>(?P<message>[^<]*)</Message>", re.DOTALL)


@dataclass(frozen=True)
class Keys:
    """Credentials as they are used for signatures."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Not to be told; the key's id is not secret by itself, and nobody's business."""
        return (self.secret_key, self.token or "", self.access_key)


def given_keys(access: SecretStr | None, secret: SecretStr | None, token: SecretStr | None) -> Keys | None:
    """The keys of a block; None where it has none, and the machine's count.

    Raises:
        NotSent: one is missing or cannot be one.
    """
    if access is None and secret is None and token is None:
        return None
    if access is None or secret is None:
        missing = "access_key_id" if access is None else "secret_access_key"
        raise NotSent(f"{missing} is missing: give both keys in the saved block, or none", None)
    return Keys(
        checked_key(access.get_secret_value(), HOW),
        checked_key(secret.get_secret_value(), HOW),
        checked_key(token.get_secret_value(), HOW) if token else None,
    )


def credential_chain() -> Any:
    """Botocore's credentials of this machine, which renew themselves: environment, profile, container, role.

    A machine without any is asked for a role of EC2 once, for a second.

    Raises:
        NotSent: there are none, they are incomplete, or they cannot be had now.
    """
    from botocore import exceptions
    from botocore.session import Session

    incomplete = (
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.ConfigParseError,
        exceptions.InvalidConfigError,
    )
    try:
        found = Session().get_credentials()
    except incomplete as error:
        raise NotSent(f"AWS credentials: {error}", None) from None
    except Exception as error:  # noqa: BLE001 - a role's service may fail in any way
        raise NotSent(f"AWS credentials cannot be had now: {error}") from None
    if found is None:
        raise NotSent(f"no AWS credentials: {HOW}", None)
    return found


def frozen(chain: Any) -> Keys:
    """The keys that hold now, renewed where they are about to expire.

    Raises:
        NotSent: they cannot be renewed now, or cannot be keys.
    """
    try:
        keys = chain.get_frozen_credentials()
    except Exception as error:  # noqa: BLE001 - as above
        raise NotSent(f"AWS credentials cannot be renewed now: {error}") from None
    token = checked_key(keys.token, HOW) if keys.token else None
    return Keys(checked_key(keys.access_key or "", HOW), checked_key(keys.secret_key or "", HOW), token)


class Signature(httpx.Auth):
    """Signature Version 4: the secret key itself is never sent."""

    requires_request_body = True

    def __init__(self, keys: Keys, service: str, region: str) -> None:
        self._keys, self._service, self._region = keys, service, region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Once for each request."""
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import ReadOnlyCredentials

        keys = ReadOnlyCredentials(self._keys.access_key, self._keys.secret_key, self._keys.token)
        told = AWSRequest(
            request.method, str(request.url), {"Host": request.headers["Host"]}, request.content
        )
        kind = S3SigV4Auth if self._service == "s3" else SigV4Auth
        kind(keys, self._service, self._region).add_auth(told)
        for name, value in told.headers.items():
            request.headers[name] = value
        yield request


def braket_api(url: str, region: str, keys: Keys) -> HttpApi:
    """Braket's interface in a region, or the one at `url`."""
    address = url or f"https://braket.{region}.amazonaws.com"
    headers = {"User-Agent": USER_AGENT}
    return HttpApi(address, headers, READ_SECONDS, auth=Signature(keys, "braket", region))


def read_object(url: str, region: str, keys: Keys, bucket: str, key: str) -> bytes:
    """An object of S3, in one request to its own host: a bucket of another region is not followed there.

    Raises:
        NotSent, Answered, httpx.HTTPError, ValueError: as `HttpApi.send`.
    """
    address = url or f"https://s3.{region}.amazonaws.com"
    api = HttpApi(address, {}, READ_SECONDS, auth=Signature(keys, "s3", region))
    try:
        return api.get(f"/{quote(bucket, safe='')}/{quote(key, safe='/')}")
    except Answered as error:
        words = _XML.search(str(error))
        if words is None:
            raise
        reason = f"{words['code']}: {words['message']} (s3://{bucket}/{key})"
        raise Answered(error.status, reason, error.retry_after) from None
