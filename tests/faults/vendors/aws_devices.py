"""Devices of Amazon Braket as they describe themselves, in the least that Amazon's own schemas take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SV1 = "arn:aws:braket:::device/quantum-simulator/amazon/sv1"
DM1 = "arn:aws:braket:::device/quantum-simulator/amazon/dm1"
TN1 = "arn:aws:braket:::device/quantum-simulator/amazon/tn1"
FORTE = "arn:aws:braket:us-east-1::device/qpu/ionq/Forte-1"
GARNET = "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet"
ANKAA = "arn:aws:braket:us-west-1::device/qpu/rigetti/Ankaa-3"
AQUILA = "arn:aws:braket:us-east-1::device/qpu/quera/Aquila"

PROGRAM, SETS = "braket.ir.openqasm.program", "braket.ir.openqasm.program_set"
ONE = ("x", "y", "z", "h", "s", "si", "t", "ti", "v", "vi", "rx", "ry", "rz", "i")
ALL = (*ONE, "phaseshift", "cnot", "cz", "cphaseshift", "swap", "iswap", "xx", "yy", "zz", "ccnot", "cswap")
UPDATED = "2026-11-01T08:00:00+00:00"

Edges = Sequence[tuple[int, int]]


def header(name: str, version: str = "1") -> dict[str, str]:
    return {"name": f"braket.{name}", "version": version}


@dataclass(frozen=True)
class Device:
    """What of a device matters here.

    Attributes:
        qubits: how many.
        operations: gates that it takes.
        native: gates that it has.
        edges: pairs of its qubits, by its own numbers, that are connected; none: all.
        shots: fewest and most of a circuit.
        price: USD of a shot, or of a minute.
        sets: most circuits and shots of a program set; none: it takes none.
        schema: of what it tells.
        told: what else it tells.
    """

    qubits: int
    operations: Sequence[str] = ALL
    native: Sequence[str] = ()
    edges: Edges = ()
    shots: tuple[int, int] = (1, 10_000)
    price: float = 0.075
    sets: tuple[int, int] | None = None
    schema: tuple[str, str] = ("device_schema.simulators.gate_model_simulator_device_capabilities", "1")
    told: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def capabilities(self) -> dict[str, Any]:
        """As in `deviceCapabilities`."""
        programs = {"supportedOperations": self.operations, "supportedResultTypes": []}
        action = {PROGRAM: {"actionType": PROGRAM, "version": ["1"], **programs}}
        if self.sets:
            limits = {"maximumExecutables": self.sets[0], "maximumTotalShots": self.sets[1]}
            action[SETS] = {"actionType": SETS, "version": ["1"], **limits}
        return {
            "braketSchemaHeader": header(*self.schema),
            "service": self._service(),
            "action": action,
            "paradigm": self._paradigm(),
            "deviceParameters": {},
            **self.told,
        }

    def _service(self) -> dict[str, Any]:
        always = {"executionDay": "Everyday", "windowStartHour": "00:00", "windowEndHour": "23:59:59"}
        return {
            "braketSchemaHeader": header("device_schema.device_service_properties"),
            "executionWindows": [always],
            "shotsRange": self.shots,
            "deviceCost": {"price": self.price, "unit": "shot" if self.native else "minute"},
            "updatedAt": UPDATED,
        }

    def _paradigm(self) -> dict[str, Any]:
        schema = "device_schema.simulators.gate_model_simulator_paradigm_properties"
        if not self.native:
            return {"braketSchemaHeader": header(schema), "qubitCount": self.qubits}
        graph: dict[str, list[str]] = {}
        for a, b in self.edges:  # each pair once, as some devices tell them
            graph.setdefault(str(a), []).append(str(b))
        return {
            "braketSchemaHeader": header("device_schema.gate_model_qpu_paradigm_properties"),
            "qubitCount": self.qubits,
            "nativeGateSet": self.native,
            "connectivity": {"fullyConnected": not self.edges, "connectivityGraph": graph},
        }


def _by_qubit(edges: Edges, gate: str) -> dict[str, Any]:
    """Standardized properties of version 1; readout is the worse, the higher a qubit's number."""

    def told(kind: str, fidelity: float) -> dict[str, Any]:
        return {"fidelityType": {"name": kind}, "fidelity": fidelity}

    times = {"T1": {"value": 30.0, "unit": "us"}, "T2": {"value": 1e-5, "unit": "s"}}
    pair = {"gateName": gate, **told("INTERLEAVED_RANDOMIZED_BENCHMARKING", 0.99)}
    ones = {
        str(name): {
            **times,
            "oneQubitFidelity": [
                told("RANDOMIZED_BENCHMARKING", 0.999),
                told("READOUT", 0.97 - name / 10_000),
            ],
        }
        for name in {name for edge in edges for name in edge}
    }
    return {
        "braketSchemaHeader": header("device_schema.standardized_gate_model_qpu_device_properties"),
        "oneQubitProperties": ones,
        "twoQubitProperties": {f"{a}-{b}": {"twoQubitGateFidelity": [pair]} for a, b in edges},
    }


def _of_device() -> dict[str, Any]:
    """Standardized properties of version 3."""

    def told(fidelity: float) -> list[dict[str, Any]]:
        return [{"fidelity": fidelity, "unit": "fraction"}]

    return {
        "braketSchemaHeader": header("device_schema.standardized_gate_model_qpu_device_properties", "3"),
        "T1": {"value": 188.0, "unit": "s"},
        "T2": {"value": 950.0, "unit": "ms"},
        "readoutFidelity": told(0.9949),
        "singleQubitFidelity": told(0.9998),
        "twoQubitGateFidelity": told(0.9946),
    }


def _grid(names: Sequence[int], width: int) -> Edges:
    """Neighbours in rows of so many numbers, and in columns."""
    beside = [(a, a + 1) for a in names if a + 1 in names and (a + 1) % width]
    return [*beside, *((a, a + width) for a in names if a + width in names)]


GARNET_EDGES = _grid(range(1, 21), 5)
ANKAA_EDGES = _grid([number for number in range(84) if number not in (42, 48)], 7)
IONQ = {
    "braketSchemaHeader": header("device_schema.ionq.ionq_provider_properties"),
    "fidelity": {"1Q": {"mean": 0.9997}, "2Q": {"mean": 0.994}, "spam": {"mean": 0.99}},
    "timing": {"T1": 100.0, "T2": 1.0, "1Q": 1.3e-4, "2Q": 9.7e-4, "readout": 2.5e-4, "reset": 2e-5},
}

DEVICES: Mapping[str, Device] = {
    SV1: Device(34, shots=(0, 100_000)),
    DM1: Device(17, shots=(0, 100_000)),
    TN1: Device(50, shots=(1, 1_000), price=0.275),
    FORTE: Device(
        36,
        (*ONE, "cnot", "swap", "xx", "yy", "zz"),
        ("GPI", "GPI2", "ZZ"),
        shots=(1, 5_000),
        price=0.08,
        sets=(100, 500_000),
        schema=("device_schema.ionq.ionq_device_capabilities", "1"),
        told={"standardized": _of_device(), "provider": IONQ},
    ),
    GARNET: Device(
        20,
        ALL,
        ("cz", "prx"),
        GARNET_EDGES,
        shots=(1, 20_000),
        price=0.00145,
        sets=(100, 1_000_000),
        schema=("device_schema.iqm.iqm_device_capabilities", "1"),
        told={"standardized": _by_qubit(GARNET_EDGES, "CZ")},
    ),
    ANKAA: Device(
        82,
        ALL,
        ("rx", "rz", "iswap"),
        ANKAA_EDGES,
        shots=(1, 50_000),
        price=0.0009,
        sets=(100, 5_000_000),
        schema=("device_schema.rigetti.rigetti_device_capabilities", "2"),
        told={"standardized": _by_qubit(ANKAA_EDGES, "ISWAP")},
    ),
}

ANALOG: Mapping[str, Any] = {
    "braketSchemaHeader": header("device_schema.quera.quera_device_capabilities"),
    "service": {
        "shotsRange": [1, 1000],
        "executionWindows": [],
        "deviceCost": {"price": 0.01, "unit": "shot"},
    },
    "action": {"braket.ir.ahs.program": {"actionType": "braket.ir.ahs.program", "version": ["1"]}},
    "paradigm": {"qubitCount": 256},
}
