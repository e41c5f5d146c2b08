"""A bucket of an S3 service: the verbs as S3 operations, whichever library signs and sends them."""

from __future__ import annotations

import hashlib
import uuid
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import Field, PrivateAttr, field_validator

from blocks.object_store._base import ObjectStore, checked_key, checked_prefix
from blocks.object_store._connection import Connection
from qorum.errors import StorageUnfit

CONNECT_SECONDS = 2.5
READ_SECONDS = 20
ATTEMPTS = 3
CONCURRENCY = 32

MISSING = {"NoSuchKey", "404", "NotFound"}
EXISTS = {"PreconditionFailed", "412"}
CONFLICT = {"ConditionalRequestConflict", "409"}

SEAL = "seal"
"""Metadata of each object."""

Call = tuple[str, dict[str, Any]]
"""An S3 operation as botocore spells it, e.g. `put_object`, and its parameters."""


class Refused(Exception):
    """The service answered with an error: S3's code, its words, and how often we had asked again."""

    def __init__(self, code: str, message: str, retries: int) -> None:
        super().__init__(f"{code} ({message})" if message else code)
        self.code, self.message, self.retries = code, message, retries

    @classmethod
    def from_response(cls, response: Mapping[str, Any]) -> Refused:
        """From the `response` of a botocore `ClientError`, which leaves much to chance."""
        error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
        retries = int(metadata.get("RetryAttempts", 0))
        return cls(str(error.get("Code")), str(error.get("Message") or ""), retries)


class Bucket(ObjectStore):
    """Fields and verbs that all S3 services share. A subclass sends the calls."""

    scheme: ClassVar[str]

    bucket: str = Field(
        title="Bucket", description="Name of the bucket; it must exist.", min_length=3, max_length=63
    )
    prefix: str = Field(default="", title="Prefix", description="Put before every key, e.g. `qorum/lab-3`.")

    _connection: Connection[Any] = PrivateAttr(default_factory=Connection)

    @field_validator("prefix")
    @classmethod
    def _valid_prefix(cls, prefix: str) -> str:
        stripped = prefix.strip("/")
        return checked_key(stripped) if stripped else ""

    @abstractmethod
    def _send(self, calls: Sequence[Call]) -> list[dict[str, Any] | Refused]:
        """The answers to `calls`, in their order, up to `CONCURRENCY` at once; `Body` is bytes.

        A call with `IfNoneMatch` in its parameters is sent with that header.

        Raises:
            StorageUnfit: the service cannot be reached, or there are no credentials.
        """

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.bucket}/{quote(self.prefix)}".rstrip("/")

    def put(self, key: str, data: bytes) -> None:
        self.put_many({key: data})

    def put_many(self, items: Mapping[str, bytes]) -> None:
        self._results(
            [
                self._call("put_object", key, Body=data, Metadata={SEAL: _seal(key, data)})
                for key, data in items.items()
            ]
        )

    def create_only(self, key: str, data: bytes) -> bool:
        writer = uuid.uuid4().hex
        metadata = {"writer": writer, SEAL: _seal(key, data)}
        call = self._call("put_object", key, Body=data, IfNoneMatch="*", Metadata=metadata)
        attempts = 0
        while True:
            attempts += 1
            (answer,) = self._send([call])
            if not isinstance(answer, Refused):
                return True
            if answer.code in EXISTS:
                # Asked again after a lost answer, we may have been refused because of ourselves.
                return answer.retries > 0 and self._writer(key) == writer
            if answer.code not in CONFLICT or attempts == ATTEMPTS:
                raise self._unfit(answer) from answer

    def get(self, key: str) -> bytes:
        try:
            return self.get_many([key])[key]
        except KeyError:
            raise KeyError(key) from None

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        asked, found = list(dict.fromkeys(keys)), dict[str, bytes]()
        for _ in range(ATTEMPTS):
            answers = self._results([self._call("get_object", key) for key in asked])
            told = {key: answer for key, answer in zip(asked, answers, strict=True) if answer}
            asked = [key for key, answer in told.items() if not _is_whole(key, answer)]
            found |= {key: answer["Body"] for key, answer in told.items() if key not in asked}
            if not asked:
                return found
        raise StorageUnfit(
            self.url,
            f"{asked[0]} came back with other bytes than were stored, {ATTEMPTS} times; look at what stands "
            "between this machine and the service, and at the object",
        )

    def exists(self, key: str) -> bool:
        return self._results([self._call("head_object", key)]) != [None]

    def list(self, prefix: str = "") -> list[str]:
        start = f"{self.prefix}/" if self.prefix else ""
        parameters = {"Bucket": self.bucket, "Prefix": start + checked_prefix(prefix)}
        keys: list[str] = []
        while True:
            (page,) = self._results([("list_objects_v2", parameters)])
            if page is None:
                raise StorageUnfit(self.url, "it cannot list its objects")
            keys += [entry["Key"].removeprefix(start) for entry in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                return sorted(keys)
            parameters = parameters | {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str) -> None:
        self._results([self._call("delete_object", key)])

    def _call(self, operation: str, key: str, **parameters: Any) -> Call:
        full = f"{self.prefix}/{checked_key(key)}" if self.prefix else checked_key(key)
        return operation, {"Bucket": self.bucket, "Key": full, **parameters}

    def _results(self, calls: Sequence[Call]) -> list[dict[str, Any] | None]:
        """Answers in the order of `calls`; None where the object is missing."""
        return [self._result(answer) for answer in self._send(calls)]

    def _result(self, answer: dict[str, Any] | Refused) -> dict[str, Any] | None:
        if not isinstance(answer, Refused):
            return answer
        if answer.code in MISSING:
            return None
        raise self._unfit(answer) from answer

    def _writer(self, key: str) -> str | None:
        (answer,) = self._results([self._call("head_object", key)])
        return answer["Metadata"].get("writer") if answer else None

    def _unfit(self, refused: Refused) -> StorageUnfit:
        advice = ADVICE.get(refused.code, "see the service's documentation of this code")
        return StorageUnfit(self.url, f"the service answered {refused}; {advice}")


def _seal(key: str, data: bytes) -> str:
    """sha256 (hex) over key and content: neither changed bytes nor another object's pass for it."""
    return hashlib.sha256(checked_key(key).encode() + b"\0" + data).hexdigest()


def _is_whole(key: str, answer: Mapping[str, Any]) -> bool:
    """Whether it is what was stored; what others have put there has no seal, and is taken as it is."""
    seal = answer.get("Metadata", {}).get(SEAL)
    return seal is None or seal == _seal(key, answer["Body"])


ADVICE = {
    "NoSuchBucket": "create the bucket, or correct its name",
    "InvalidAccessKeyId": "check the access key id and that it belongs to this endpoint",
    "SignatureDoesNotMatch": "check the secret access key",
    "AccessDenied": "allow these credentials to list, read, write and delete in the bucket",
    "403": "check the credentials and that they may list, read, write and delete in the bucket",
    "PermanentRedirect": "set the region of the bucket",
    "AuthorizationHeaderMalformed": "set the region of the bucket",
    "400": "check the region and the credentials",
    "RequestTimeTooSkewed": "set this machine's clock",
    "SlowDown": "the service is overloaded; try again later",
}


def checked_endpoint(endpoint_url: str | None) -> str | None:
    """`endpoint_url` itself, if it is an http(s) address without credentials.

    Raises:
        ValueError: it is not.
    """
    if endpoint_url is None:
        return None
    parts = urlsplit(endpoint_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"an address such as https://s3.example.org was expected, found {parts.hostname!r}")
    if parts.username or parts.password:
        raise ValueError("an address without credentials was expected; put them into their own fields")
    return endpoint_url
