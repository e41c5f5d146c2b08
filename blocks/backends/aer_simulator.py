"""Qiskit Aer: four simulation methods, noise of IBM's fake devices or of given figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError

from blocks.backends import _aer_noise, _noise_figures
from blocks.backends._aer_expectations import LABEL, Saving
from blocks.backends._base import BackendBlock
from blocks.backends._memory import memory_bytes, qubits_within
from qorum.backends import BackendProfile
from qorum.circuits.native import CLIFFORD_GATES, IDEAL_GATES, ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed, InputRejected

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum

Method = Literal["statevector", "density_matrix", "matrix_product_state", "stabilizer"]

BYTES_PER_AMPLITUDE = 16

MOST_QUBITS: dict[str, int] = {"matrix_product_state": 100, "stabilizer": 1_000}
"""Of the methods whose memory does not grow as 2**n; a strongly entangled circuit may still not fit."""

LARGEST_BOND = 8
"""Of matrix product states chosen unasked; a gate on bonds of 2**8 takes about a second."""

PARALLEL_FROM_QUBITS = 20
"""Below, threads cost more than they give."""


class AerSimulator(BackendBlock):
    """Qiskit Aer, noiseless unless a fake device or figures of a noise model are given."""

    _block_type_name = "Aer simulator"
    _block_type_slug = "aer-simulator"

    short_name: ClassVar[str] = "aer"
    may_share_process: ClassVar[bool] = True
    contract_variants: ClassVar[tuple[str, ...]] = (
        "method=density_matrix",
        "method=matrix_product_state",
        "method=stabilizer",
        "noise=fake_manila",
        "method=density_matrix&depolarizing_1q=0.001&depolarizing_2q=0.01&readout_error=0.02&t1_us=100",
    )

    wide_variants: ClassVar[tuple[str, ...]] = ("method=stabilizer", "method=matrix_product_state")

    method: Method = Field("statevector", title="Method", description="How Aer represents the state.")
    noise: str = Field(
        "",
        title="Fake device",
        description="Name of an IBM fake device, e.g. fake_torino: its connectivity, native gates and "
        "calibrated noise. Empty for none.",
    )
    depolarizing_1q: _noise_figures.Depolarizing1q = 0.0
    depolarizing_2q: _noise_figures.Depolarizing2q = 0.0
    readout_error: _noise_figures.ReadoutError = 0.0
    t1_us: _noise_figures.T1 = None
    t2_us: _noise_figures.T2 = None
    gate_time_1q_ns: _noise_figures.GateTime1q = 50.0
    gate_time_2q_ns: _noise_figures.GateTime2q = 300.0

    @model_validator(mode="after")
    def _noise_is_possible(self) -> AerSimulator:
        given = not _noise_figures.noise_model(self).is_ideal
        if self.method == "stabilizer" and (self.noise or self.t1_us):
            raise ValueError("the stabilizer method takes depolarizing and readout noise only")
        if self.noise:
            if given:
                raise ValueError("noise=<fake device> or figures of a noise model expected, found both")
            _aer_noise.check_device(self.noise)
        return self

    def profile(self) -> BackendProfile:
        """See `qorum.backends.LocalBackend.profile`."""
        if self.noise:
            return self._device_profile()
        clifford = self.method == "stabilizer"
        special = clifford or self.method == "matrix_product_state"
        return BackendProfile(
            name=self.backend_name,
            provider="qiskit",
            engine="aer",
            device=_noise_figures.device_of(self, self.method),
            pool="cpu",
            num_qubits=self._most_qubits(),
            target=ideal_target(dynamic=True, gates=CLIFFORD_GATES if clifford else IDEAL_GATES),
            dynamic=True,
            noisy=not _noise_figures.noise_model(self).is_ideal,
            clifford_only=clifford,
            largest_bond=LARGEST_BOND if self.method == "matrix_product_state" else None,
            specialized=special,
            load_seconds=0.4,
            pace=1.0 if special else 4.0,
        )

    def warm_up(self) -> None:
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

    @property
    def can_expect(self) -> bool:
        """See `qorum.backends.ExpectationBackend.can_expect`: always."""
        return True

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        """See `qorum.backends.ExpectationBackend.expectation`.

        With noise, whatever the method that is set, density matrices: Aer's others would draw errors at
        random.
        """
        from qiskit_aer import AerSimulator as Simulator

        method = "density_matrix" if self.profile().noisy else self.method
        simulator = Simulator(method=method, max_parallel_experiments=1, max_parallel_shots=1)
        name = self.backend_name
        found: list[float] = []
        try:
            for noise, batch in self._by_noise(circuits, observables):
                options = {} if noise is None else {"noise_model": noise}
                widest = max(circuit.num_qubits for circuit in batch)
                options["max_parallel_threads"] = 0 if widest >= PARALLEL_FROM_QUBITS else 1
                result = simulator.run(batch, shots=1, **options).result()
                if not result.success:
                    reasons = [own.status for own in result.results if not own.success]
                    raise BackendFailed(name, reasons[0] if reasons else result.status)
                found += [float(result.data(place)[LABEL]) for place in range(len(batch))]
        except (InputRejected, QiskitError, RuntimeError) as error:
            raise BackendFailed(name, str(error)) from error
        return found

    def _by_noise(
        self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]
    ) -> list[tuple[Any, list[QuantumCircuit]]]:
        """Runs of circuits of one noise model, each circuit with its observable to be saved."""
        saving = Saving()
        figures = _noise_figures.noise_model(self)
        given = None if figures.is_ideal else _aer_noise.given_noise(figures)
        batches: list[tuple[Any, list[QuantumCircuit]]] = []
        for circuit, observable in zip(circuits, observables, strict=True):
            own, noise = _aer_noise.device_noise(self.noise, circuit) if self.noise else (circuit, given)
            observable.refuse_wider_than(circuit.name, circuit.num_qubits)
            if not batches or batches[-1][0] is not noise:
                batches.append((noise, []))
            batches[-1][1].append(saving.saved(own, observable))
        return batches

    def _run_one(self, simulator: Any, circuit: QuantumCircuit, shots: int, seed: int) -> Counts:
        name = self.backend_name
        options: dict[str, Any] = {"shots": shots, "seed_simulator": seed}
        options["max_parallel_threads"] = 0 if circuit.num_qubits >= PARALLEL_FROM_QUBITS else 1
        try:
            if self.noise:
                circuit, options["noise_model"] = _aer_noise.device_noise(self.noise, circuit)
            elif not (noise := _noise_figures.noise_model(self)).is_ideal:
                options["noise_model"] = _aer_noise.given_noise(noise)
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
    def _calibration_id(self) -> str | None:
        return _aer_noise.calibration_id(self.noise) if self.noise else None

    def _most_qubits(self) -> int:
        if self.method in MOST_QUBITS:
            return MOST_QUBITS[self.method]
        qubits = qubits_within(memory_bytes(), BYTES_PER_AMPLITUDE)
        return qubits // 2 if self.method == "density_matrix" else qubits

    def _device_profile(self) -> BackendProfile:
        device, target = _aer_noise.fake_devices()[self.noise], _aer_noise.device_target(self.noise)
        properties = device.properties()
        return BackendProfile(
            name=self.backend_name,
            provider="qiskit",
            engine="aer",
            device=self.noise,
            pool="cpu",
            num_qubits=min(device.num_qubits, self._most_qubits()),
            target=target,
            dynamic="if_else" in target.operation_names,
            noisy=True,
            calibration_id=self._calibration_id,
            calibrated_at=properties and properties.last_update_date,
        )
