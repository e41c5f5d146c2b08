"""IBM Quantum's devices as they describe themselves, read by IBM's own library.

Answers are given to it as they came: connectivity, faulty qubits and units are read as IBM reads them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from pydantic import BaseModel, Field
from qiskit.transpiler import Target

from blocks.backends._remote import NotSent

if TYPE_CHECKING:
    from qiskit_ibm_runtime import IBMBackend

OFFLINE_SECONDS = 600.0
"""Until a device that is not in operation is tried again."""

QUEUED_JOB_SECONDS = 20.0
"""What a job in the queue is guessed to take: IBM tells how many wait, not how long."""


class DeviceStatus(BaseModel):
    """`GET /backends/{device}/status`."""

    state: bool = False
    status: str = ""
    message: str = ""
    length_queue: int = Field(default=0)

    @property
    def is_online(self) -> bool:
        """Whether jobs are carried out now; an `internal` device takes them and leaves them in the queue."""
        return self.state and self.status.lower() == "active"

    @property
    def told(self) -> str:
        """In IBM's words."""
        return " ".join(filter(None, (self.status, self.message))) or "no reason is told"

    @property
    def wait_seconds(self) -> float:
        """Until a job starts, roughly."""
        return max(0, self.length_queue) * QUEUED_JOB_SECONDS


@dataclass(frozen=True)
class Described:
    """A device: answers to `GET /backends/{device}/configuration` and `…/properties`, word for word."""

    name: str
    instance: str
    configuration: bytes
    properties: bytes

    def backend(self, service: object = None) -> IBMBackend:
        """The device as IBM's library has it.

        Args:
            service: takes the place of its service, which would send requests.

        Raises:
            ValueError: the description is not what the library expects.
        """
        from qiskit_ibm_runtime import IBMBackend
        from qiskit_ibm_runtime.utils.backend_decoder import configuration_from_server_data

        told = json.loads(self.configuration)
        configuration = configuration_from_server_data(told, self.instance, use_fractional_gates=False)
        if configuration is None:
            raise ValueError(f"the configuration of {self.name} cannot be read by qiskit-ibm-runtime")
        made: Any = IBMBackend
        return made(configuration, service, _Properties(self.name, self.properties), instance=self.instance)

    def target(self) -> Target:
        """Native gates with errors and durations, without faulty qubits and couplers.

        Raises:
            ValueError: see `backend`.
        """
        return self.backend().target

    @property
    def calibration_id(self) -> str:
        """Hash over the properties: IBM names a calibration by its time alone."""
        return hashlib.sha256(self.properties).hexdigest()[:16]

    @property
    def calibrated_at(self) -> datetime:
        """When the properties were last changed.

        Raises:
            ValueError: they do not say.
        """
        return _Dated.model_validate_json(self.properties).last_update_date


class Getter(Protocol):
    """Asks IBM's interface for the answer to a path."""

    def get(self, path: str) -> bytes:
        """See `HttpApi.get`."""
        ...


def described(api: Getter, device: str, instance: str) -> Described:
    """A device's own description, in two requests.

    Raises:
        ValueError: it is damaged, or of another device.
    """
    path = device_path(device)
    found = Described(device, instance, api.get(f"{path}/configuration"), api.get(f"{path}/properties"))
    if (name := _Named.model_validate_json(found.configuration).backend_name) != device:
        raise ValueError(f"the configuration of {device} expected, found that of {name}")
    _Dated.model_validate_json(found.properties)
    return found


def status(api: Getter, device: str) -> DeviceStatus:
    """How a device is now."""
    return DeviceStatus.model_validate_json(api.get(f"{device_path(device)}/status"))


def refuse_offline(api: Getter, device: str) -> None:
    """
    Raises:
        NotSent: the device is not in operation, and when to try again.
    """
    if not (now := status(api, device)).is_online:
        raise NotSent(f"{device} is not in operation: {now.told}", OFFLINE_SECONDS)


def device_names(api: Getter) -> list[str]:
    """The devices of the instance, by name.

    Raises:
        ValueError: the list is damaged.
    """
    return sorted(one.name for one in _Devices.model_validate_json(api.get("/backends")).devices)


def device_path(device: str) -> str:
    """Where a device is."""
    return f"/backends/{quote(device, safe='')}"


class _Named(BaseModel):
    backend_name: str


class _Listed(BaseModel):
    name: str


class _Devices(BaseModel):
    """`GET /backends`."""

    devices: list[_Listed]


class _Dated(BaseModel):
    last_update_date: datetime


class _Properties:
    """What `IBMBackend` asks its client for, answered without a request."""

    def __init__(self, name: str, properties: bytes) -> None:
        self._name, self._properties = name, properties

    def backend_properties(self, name: str, **which: object) -> dict[str, Any]:
        del name, which
        return {**json.loads(self._properties), "backend_name": self._name}
