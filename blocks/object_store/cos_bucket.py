"""A bucket of IBM Cloud Object Storage, through ibm_boto3."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, SecretStr, model_validator

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

IAM = "https://iam.cloud.ibm.com/identity/token"


@dataclass(frozen=True)
class _Clients:
    plain: Any
    conditional: Any
    """Sends PutObject with `If-None-Match: *`, for which ibm_boto3 has no parameter."""


class CosBucket(Bucket):
    """IBM COS, with a pair of HMAC keys, or with an API key and the id of the service instance.

    IBM's documents do not promise that a conditional PUT is honoured: `probe` tells.
    """

    _block_type_name = "IBM COS object store"
    _block_type_slug = "cos-object-store"
    _description = "Keeps experiments, results and the ledger in IBM Cloud Object Storage."
    scheme: ClassVar[str] = "cos"

    endpoint_url: Annotated[str, AfterValidator(checked_endpoint)] = Field(
        title="Endpoint", description="E.g. https://s3.eu-de.cloud-object-storage.appdomain.cloud"
    )
    hmac_access_key_id: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="HMAC access key id", description="Of a service credential with HMAC."
    )
    hmac_secret_access_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="HMAC secret access key", description="Of the same service credential."
    )
    api_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="API key", description="Instead of HMAC keys."
    )
    instance_id: Annotated[str | None, EmptyIsNone()] = Field(
        default=None, title="Service instance id", description="CRN of the instance; goes with the API key."
    )
    auth_endpoint: Annotated[str, AfterValidator(checked_endpoint)] = Field(
        default=IAM, title="IAM endpoint", description="Where the API key is exchanged for tokens."
    )

    @model_validator(mode="after")
    def _one_way_to_sign(self) -> CosBucket:
        hmac = self.hmac_access_key_id and self.hmac_secret_access_key
        if bool(hmac) == bool(self.api_key and self.instance_id):
            raise ValueError(
                "either both HMAC keys (hmac_access_key_id, hmac_secret_access_key) were expected, "
                "or api_key with instance_id"
            )
        return self

    def _send(self, calls: Sequence[Call]) -> list[dict[str, Any] | Refused]:
        try:
            from ibm_botocore.exceptions import BotoCoreError
        except ModuleNotFoundError:
            reason = "the library ibm-cos-sdk is not installed: pip install 'qorum[cos]'"
            raise StorageUnfit(self.url, reason) from None
        try:
            clients = self._connection.client(self._connect)
            if len(calls) == 1:
                return [_send_one(clients, calls[0])]
            with ThreadPoolExecutor(CONCURRENCY) as pool:
                return list(pool.map(partial(_send_one, clients), calls))
        except BotoCoreError as error:
            reason = (
                f"{self.endpoint_url} cannot be used ({error}); check the endpoint, the network and the keys"
            )
            raise StorageUnfit(self.url, reason) from error

    def _connect(self) -> _Clients:
        from ibm_boto3.session import Session

        session = Session()
        plain, conditional = self._client(session), self._client(session)
        conditional.meta.events.register("before-call.s3.PutObject", _only_if_absent)
        return _Clients(plain, conditional)

    def _client(self, session: Any) -> Any:
        from ibm_botocore.config import Config

        config = Config(
            signature_version="oauth" if self.api_key else "s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONCURRENCY,
            s3={"addressing_style": "path"},
        )
        return session.client("s3", endpoint_url=self.endpoint_url, config=config, **self._credentials())

    def _credentials(self) -> dict[str, str]:
        if self.api_key and self.instance_id:
            return {
                "ibm_api_key_id": self.api_key.get_secret_value(),
                "ibm_service_instance_id": self.instance_id,
                "ibm_auth_endpoint": self.auth_endpoint,
            }
        names = {
            "aws_access_key_id": self.hmac_access_key_id,
            "aws_secret_access_key": self.hmac_secret_access_key,
        }
        return {name: secret.get_secret_value() for name, secret in names.items() if secret}


def _only_if_absent(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["If-None-Match"] = "*"


def _send_one(clients: _Clients, call: Call) -> dict[str, Any] | Refused:
    from ibm_botocore.exceptions import ClientError

    operation, parameters = call
    parameters = dict(parameters)
    client = clients.conditional if parameters.pop("IfNoneMatch", None) else clients.plain
    try:
        answer: dict[str, Any] = getattr(client, operation)(**parameters)
        if operation == "get_object":
            answer["Body"] = answer["Body"].read()
    except ClientError as error:
        return Refused.from_response(error.response)
    return answer
