"""What a training minimizes, on the backend that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.backends._base import BackendBlock
from blocks.backends.torch_statevector import TorchStatevector
from blocks.guarded import GuardedBackend
from qorum.circuits.targets import check_fit
from qorum.errors import CircuitRejected, NoEligibleBackend
from qorum.ledger.budget import Purse
from qorum.training.objective import Objective

if TYPE_CHECKING:
    import torch

    from qorum.statevector.observables import PauliSum
    from qorum.training.samplers import SamplerMaker


def open_objective(
    backend: str,
    circuit: QuantumCircuit,
    observable: PauliSum,
    shots: int,
    seed: int = 0,
    frequencies: Sequence[tuple[float, ...]] | None = None,
    purse: Purse | None = None,
) -> Objective:
    """The expectation value of an observable on a backend.

    On `torch` without noise it is the engine's own, in double precision unless the name says
    `precision=single` (or the device is `mps`); elsewhere circuits are compiled once to the backend's
    target and bound for each point, and what may take long runs in a process that can be ended.

    Args:
        backend: as users write it, e.g. `aer?noise=fake_manila`.
        circuit: without measurements.
        observable: on at most as many qubits.
        shots: samples of each energy; 0 for exact values, with the backend's noise of gates.
        seed: of the compilation.
        frequencies: of any expectation value by each parameter, where they are fewer than its gates alone
            would tell: gradients by shifts then take fewer circuits, on backends without noise. Noise
            between the gates of a parameter undoes what makes them fewer, so that it is ignored there.
        purse: what a backend that charges is paid from; None: nothing may cost.

    Raises:
        NoEligibleBackend: the backend does not exist, is not on this machine, cannot do what is asked (with
            what to do instead), or is too small.
        CircuitRejected: the circuit or the number of shots fits no backend.
    """
    from qorum.training.deflation import Deflated
    from qorum.training.engine_objective import EngineObjective
    from qorum.training.expectation_objective import ExpectationObjective
    from qorum.training.sampled_objective import SampledObjective
    from qorum.training.samplers import BackendSampler, EngineSampler

    block, guarded = load_backend(backend), GuardedBackend(backend, purse or Purse(0.0))
    _refuse(block, circuit, shots)
    is_exact = isinstance(block, TorchStatevector) and block.is_ideal and block.device != "mps"
    if isinstance(observable, Deflated) and (shots or not is_exact):
        reason = "backend torch without noise and shots expected for excited states: overlaps are exact"
        raise NoEligibleBackend({block.profile().name: reason})
    if block.profile().noisy or block.profile().pool == "qpu":
        frequencies = None
    if isinstance(block, TorchStatevector) and block.is_ideal:
        dtype, device = _amplitudes(block)
        if not shots:
            return EngineObjective(circuit, observable, dtype=dtype, device=device, frequencies=frequencies)
        sampler: SamplerMaker = partial(EngineSampler, dtype=dtype, device=device)
    elif not shots:
        return ExpectationObjective(guarded, circuit, observable, seed=seed, frequencies=frequencies)
    else:
        sampler = partial(BackendSampler, backend=guarded, seed=seed)
    return SampledObjective(circuit, observable, shots, sampler, frequencies=frequencies)


def _amplitudes(block: TorchStatevector) -> tuple[torch.dtype, torch.device]:
    import torch

    single = block.device == "mps" or (block.precision == "single" and "precision" in block.model_fields_set)
    return torch.complex64 if single else torch.complex128, torch.device(block.device)


def _refuse(block: BackendBlock, circuit: QuantumCircuit, shots: int) -> None:
    """Raises what `open_objective` says, before anything is compiled."""
    profile = block.profile()
    if isinstance(shots, bool) or not isinstance(shots, int) or shots < 0:
        raise CircuitRejected("shots", f"a whole number, 0 for exact values, expected, found {shots!r}")
    reason = ""
    if isinstance(block, TorchStatevector) and not block.is_present:
        reason = f"no {block.device} device on this machine: run it on pool {block.device!r}"
    elif profile.clifford_only:
        reason = "a backend for gates with any angle expected, found one for Clifford circuits alone"
    elif shots > profile.max_shots:
        reason = f"at most {profile.max_shots} shots expected, found {shots}"
    elif circuit.num_qubits > profile.num_qubits:
        reason = f"at most {profile.num_qubits} qubits expected, found {circuit.num_qubits}"
    elif not shots and not block.can_expect:
        reason = "exact values (shots=0) expected, but this backend only samples: set shots"
    if reason:
        raise NoEligibleBackend({profile.name: reason})
    if circuit.num_clbits:
        raise CircuitRejected(circuit.name, "a circuit without classical bits and measurements expected")
    check_fit(circuit, profile.target)
