"""A bucket of AWS S3 or of a service that speaks its protocol, through s3fs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from blocks._forms import EmptyIsNone
from blocks.object_store._bucket import (
    ATTEMPTS,
    CONCURRENCY,
    CONNECT_SECONDS,
    READ_SECONDS,
    Bucket,
    Call,
    Refused,
    checked_endpoint,
)
from qorum.errors import StorageUnfit

if TYPE_CHECKING:
    from s3fs import S3FileSystem


class S3Bucket(Bucket):
    """AWS S3, MinIO, Ceph and others that honour `If-None-Match: *` on PutObject (see `probe`).

    Without keys, the credentials are those of the environment: AWS_* variables, the shared
    credentials file, or the machine's role. An object holds at most 5 GB.

    s3fs gives the signed client and the event loop; the requests are S3's own operations, for
    its file interface caches listings and cannot create an object only once.
    """

    _block_type_name = "S3 object store"
    _block_type_slug = "s3-object-store"
    _description = "Keeps experiments, results and the ledger in a bucket of an S3 service."
    scheme: ClassVar[str] = "s3"

    endpoint_url: Annotated[str | None, AfterValidator(checked_endpoint), EmptyIsNone()] = Field(
        default=None,
        title="Endpoint",
        description="Address of the service, e.g. https://s3.example.org. Empty: AWS.",
    )
    region: Annotated[str | None, EmptyIsNone()] = Field(
        default=None,
        title="Region",
        description="Region of the bucket, e.g. eu-central-1. Empty: AWS_REGION, or the service's own.",
    )
    access_key_id: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None,
        title="Access key id",
        description="Empty: the credentials of the machine that runs the flow.",
    )
    secret_access_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="Secret access key", description="Belongs to the access key id."
    )

    def _send(self, calls: Sequence[Call]) -> list[dict[str, Any] | Refused]:
        from botocore.exceptions import BotoCoreError, NoCredentialsError
        from fsspec.asyn import sync

        try:
            file_system = self._connection.client(self._connect)
            # fsspec carries no types: pyright takes a slot that is filled by another thread for None.
            return sync(file_system.loop, _send_all, file_system, calls)  # pyright: ignore[reportReturnType]
        except NoCredentialsError as error:
            reason = "no credentials: give both keys, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            raise StorageUnfit(self.url, reason) from error
        except BotoCoreError as error:
            where = self.endpoint_url or "AWS"
            reason = f"{where} cannot be used ({error}); check the endpoint, the network and the settings"
            raise StorageUnfit(self.url, reason) from error

    def _connect(self) -> S3FileSystem:
        from s3fs import S3FileSystem

        return S3FileSystem(
            key=self.access_key_id and self.access_key_id.get_secret_value(),
            secret=self.secret_access_key and self.secret_access_key.get_secret_value(),
            endpoint_url=self.endpoint_url,
            client_kwargs={"region_name": self.region} if self.region else {},
            config_kwargs={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
                "max_pool_connections": CONCURRENCY,
                # Services other than AWS refuse the newer checksums, and their certificates
                # rarely cover a host name for each bucket.
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
                "s3": {"addressing_style": "path" if self.endpoint_url else "auto"},
            },
            skip_instance_cache=True,
        )


async def _send_all(file_system: S3FileSystem, calls: Sequence[Call]) -> list[dict[str, Any] | Refused]:
    client = await file_system.set_session()
    at_once = asyncio.Semaphore(CONCURRENCY)
    return await asyncio.gather(*(_send_one(client, at_once, *call) for call in calls))


async def _send_one(
    client: Any, at_once: asyncio.Semaphore, operation: str, parameters: dict[str, Any]
) -> dict[str, Any] | Refused:
    from botocore.exceptions import ClientError

    async with at_once:
        try:
            answer: dict[str, Any] = await getattr(client, operation)(**parameters)
            if operation == "get_object":
                async with answer["Body"] as body:
                    answer["Body"] = await body.read()
        except ClientError as error:
            return Refused.from_response(error.response)
        return answer
