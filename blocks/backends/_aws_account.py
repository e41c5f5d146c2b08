"""Who asks Amazon Braket, where, and for which device: the settings of its block."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, model_validator

from blocks._forms import EmptyIsNone
from blocks.backends._aws_api import Keys, braket_api, credential_chain, frozen, given_keys
from blocks.backends._aws_devices import ARNS, REGION, known_device, region_of, simulator_of, this_machine
from blocks.backends._http import HttpApi
from blocks.backends._remote import NotSent, RemoteBlock, asking
from blocks.object_store._connection import Connection

KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Of Amazon's own tools."""


class AwsAccount(RemoteBlock):
    """An account, a region and a device."""

    device: Annotated[str, AfterValidator(known_device)] = Field(
        default="sv1",
        title="Device",
        description=f"{', '.join(ARNS)}, or the ARN of a device for circuits. All of them charge.",
    )
    bucket: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        title="Bucket",
        description="S3 bucket in the device's region, where Braket puts results under qorum/.",
    )
    region: str = Field(
        default="",
        pattern=r"^[a-z0-9-]*$",
        title="Region",
        description="Of a simulator, e.g. us-east-1; empty: AWS_DEFAULT_REGION. A QPU's is known.",
    )
    access_key_id: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None,
        title="Access key id",
        description="Empty: the credentials of the machine.",
    )
    secret_access_key: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="Secret access key", description="Belongs to the access key id."
    )
    session_token: Annotated[SecretStr | None, EmptyIsNone()] = Field(
        default=None, title="Session token", description="Of temporary keys."
    )
    url: Annotated[str, AfterValidator(this_machine)] = Field(
        default="", title="Address", description="Empty: Amazon's. Else one of this machine, for tests."
    )

    _chain: Connection[Any] = PrivateAttr(default_factory=Connection)
    _hidden: set[str] = PrivateAttr(default_factory=set[str])

    @model_validator(mode="after")
    def _region_is_the_device_s(self) -> Self:
        own = region_of(self._arn)
        if own and self.region not in ("", own):
            raise ValueError(f"region: the device is in {own}: leave it empty")
        return self

    @property
    def _arn(self) -> str:
        return ARNS.get(self.device, self.device)

    @property
    def _simulator(self) -> str:
        """Its name; empty for a QPU."""
        return simulator_of(self._arn)

    @property
    def _region(self) -> str:
        """Where its tasks are; empty where nobody tells."""
        return region_of(self._arn) or self.region or os.environ.get("AWS_DEFAULT_REGION", "").strip()

    def _bucket(self) -> str:
        if not self.bucket:
            raise NotSent(f"no bucket: set bucket to one of S3 in {self._region}, for results", None)
        return self.bucket

    def _asking(self, job_id: str | None = None) -> AbstractContextManager[None]:
        return asking(self.backend_name, self._secrets(), job_id)

    def _api(self) -> HttpApi:
        return braket_api(self.url, self._region, self._keys())

    def _keys(self) -> Keys:
        """Those that hold now.

        Raises:
            NotSent: there are none, or no region to use them in.
        """
        if not re.fullmatch(REGION, self._region):
            raise NotSent("no region: set region, or AWS_DEFAULT_REGION, e.g. us-east-1", None)
        own = given_keys(self.access_key_id, self.secret_access_key, self.session_token)
        keys = own or frozen(self._chain.client(credential_chain))
        self._hidden.update(keys.secrets)
        return keys

    def _secrets(self) -> set[str]:
        """What is not to be told; keys of a profile or a role join it when they are used."""
        fields = (self.secret_access_key, self.session_token, self.access_key_id)
        given = [one.get_secret_value() for one in fields if one]
        found = (*given, *(os.environ.get(name, "") for name in KEY_VARIABLES))
        self._hidden.update(form for secret in found for form in (secret, secret.strip()))
        return self._hidden
