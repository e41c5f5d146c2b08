"""Qiskit Aer: four simulation methods, noise of IBM's fake devices or of given figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError

from blocks._forms import EmptyIsNone
from blocks.backends import _aer_noise
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes, qubits_within
from qorum.backends import BackendProfile
from qorum.circuits.native import CLIFFORD_GATES, IDEAL_GATES, ideal_target
from qorum.errors import BackendFailed
from qorum.results.counts import Counts

Method = Literal["statevector", "density_matrix", "matrix_product_state", "stabilizer"]

BYTES_PER_AMPLITUDE = 16

MOST_QUBITS: dict[str, int] = {"matrix_product_state": 100, "stabilizer": 1_000}
"""Of the methods whose memory does not grow as 2**n; a strongly entangled circuit may still not fit."""

PARALLEL_FROM_QUBITS = 20
"""Below, threads cost more than they give."""


class AerSimulator(BackendBlock):
    """Qiskit Aer, noiseless unless a fake device or figures of a noise model are given."""

    _block_type_name = "Aer simulator"
    _block_type_slug = "aer-simulator"

    short_name: ClassVar[str] = "aer"
    contract_variants: ClassVar[tuple[str, ...]] = (
        "method=density_matrix",
        "method=matrix_product_state",
        "method=stabilizer",
        "noise=fake_manila",
        "method=density_matrix&depolarizing_1q=0.001&depolarizing_2q=0.01&readout_error=0.02&t1_us=100",
    )

    method: Method = Field("statevector", title="Method", description="How Aer represents the state.")
    noise: str = Field(
        "",
        title="Fake device",
        description="Name of an IBM fake device, e.g. fake_torino: its connectivity, native gates and "
        "calibrated noise. Empty for none.",
    )
    depolarizing_1q: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Depolarizing, one qubit",
        description="Probability that a one-qubit gate leaves its qubit fully mixed.",
    )
    depolarizing_2q: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Depolarizing, two qubits",
        description="Probability that a two-qubit gate leaves its qubits fully mixed.",
    )
    readout_error: float = Field(
        0.0, ge=0, le=1, title="Readout error", description="Probability that a measured bit is flipped."
    )
    t1_us: Annotated[float | None, EmptyIsNone()] = Field(
        None, gt=0, title="T1 (µs)", description="Relaxation time T1 in microseconds; empty for none."
    )
    t2_us: Annotated[float | None, EmptyIsNone()] = Field(
        None,
        gt=0,
        title="T2 (µs)",
        description="Dephasing time T2 in microseconds, at most twice T1; empty for twice T1.",
    )
    gate_time_1q_ns: float = Field(
        50.0,
        gt=0,
        title="Gate time, one qubit (ns)",
        description="Duration of a one-qubit gate in nanoseconds.",
    )
    gate_time_2q_ns: float = Field(
        300.0,
        gt=0,
        title="Gate time, two qubits (ns)",
        description="Duration of a two-qubit gate in nanoseconds.",
    )

    @model_validator(mode="after")
    def _noise_is_possible(self) -> AerSimulator:
        if self.t2_us is not None and (self.t1_us is None or self.t2_us > 2 * self.t1_us):
            raise ValueError(
                f"t2_us of at most twice t1_us expected, found t1_us={self.t1_us}, t2_us={self.t2_us}"
            )
        if self.method == "stabilizer" and (self.noise or self.t1_us):
            raise ValueError("the stabilizer method takes depolarizing and readout noise only")
        if self.noise:
            if self._has_given_noise:
                raise ValueError("noise=<fake device> or figures of a noise model expected, found both")
            _aer_noise.check_device(self.noise)
        return self

    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""
        if self.noise:
            return self._device_profile()
        clifford = self.method == "stabilizer"
        return BackendProfile(
            name=self.backend_name,
            provider="qiskit",
            engine="aer",
            device=self.method,
            pool="cpu",
            num_qubits=self._most_qubits(),
            target=ideal_target(dynamic=True, gates=CLIFFORD_GATES if clifford else IDEAL_GATES),
            dynamic=True,
            noisy=self._has_given_noise,
            clifford_only=clifford,
        )

    def load(self) -> None:
        """Import Aer."""
        import qiskit_aer  # noqa: F401

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        """See `qorum.backends.LocalBackend.run`.

        One call of Aer for each circuit: within a call, Aer derives the seed of a circuit from its
        place. Shots stay on one thread, for Aer's threads would each draw from a seed of their own.
        """
        from qiskit_aer import AerSimulator as Simulator

        simulator = Simulator(method=self.method, max_parallel_experiments=1, max_parallel_shots=1)
        return [
            self._run_one(simulator, circuit, shots, seed)
            for circuit, seed in zip(circuits, seeds, strict=True)
        ]

    def _run_one(self, simulator: Any, circuit: QuantumCircuit, shots: int, seed: int) -> Counts:
        name = self.backend_name
        options: dict[str, Any] = {"shots": shots, "seed_simulator": seed}
        options["max_parallel_threads"] = 0 if circuit.num_qubits >= PARALLEL_FROM_QUBITS else 1
        try:
            if self.noise:
                circuit, options["noise_model"] = _aer_noise.device_noise(self.noise, circuit)
            elif self._has_given_noise:
                options["noise_model"] = _aer_noise.given_noise(self._given_noise)
            result = simulator.run(circuit, **options).result()
        except (QiskitError, RuntimeError) as error:
            raise BackendFailed(name, f"{circuit.name}: {error}") from error
        if not result.success:
            reason = result.results[0].status if result.results else result.status
            raise BackendFailed(name, f"{circuit.name}: {reason}")
        width = circuit.num_clbits
        # A circuit without measurements comes back without counts: all its bits read 0.
        outcomes = result.data(0).get("counts", {"0x0": shots})
        histogram = {f"{int(key, 16):0{width}b}" if width else "": n for key, n in outcomes.items()}
        return Counts(histogram, name, calibration_id=self._calibration_id, seed=seed)

    @property
    def _has_given_noise(self) -> bool:
        return any((self.depolarizing_1q, self.depolarizing_2q, self.readout_error, self.t1_us))

    @property
    def _given_noise(self) -> _aer_noise.GivenNoise:
        t1 = None if self.t1_us is None else self.t1_us * 1e-6
        t2 = None if t1 is None else 2 * t1 if self.t2_us is None else self.t2_us * 1e-6
        return _aer_noise.GivenNoise(
            self.depolarizing_1q,
            self.depolarizing_2q,
            self.readout_error,
            t1,
            t2,
            self.gate_time_1q_ns * 1e-9,
            self.gate_time_2q_ns * 1e-9,
        )

    @property
    def _calibration_id(self) -> str | None:
        return _aer_noise.calibration_id(self.noise) if self.noise else None

    def _most_qubits(self) -> int:
        if self.method in MOST_QUBITS:
            return MOST_QUBITS[self.method]
        qubits = qubits_within(memory_bytes(), BYTES_PER_AMPLITUDE)
        return qubits // 2 if self.method == "density_matrix" else qubits

    def _device_profile(self) -> BackendProfile:
        device = _aer_noise.fake_devices()[self.noise]
        properties = device.properties()
        return BackendProfile(
            name=self.backend_name,
            provider="qiskit",
            engine="aer",
            device=self.noise,
            pool="cpu",
            num_qubits=min(device.num_qubits, self._most_qubits()),
            target=device.target,
            dynamic="if_else" in device.target.operation_names,
            noisy=True,
            calibration_id=self._calibration_id,
            calibrated_at=properties and properties.last_update_date,
        )
