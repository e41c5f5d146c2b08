"""What a training minimizes, on the backend that a user names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.backends._base import BackendBlock
from blocks.compiling import compile_cached
from blocks.executor import Executor
from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile, OwnEngine
from qorum.circuits.compilation import CompileItem
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.formats import to_qpy
from qorum.circuits.targets import check_fit
from qorum.errors import CircuitRejected, InputRejected, NoEligibleBackend
from qorum.training.bound_circuits import OPTIMIZATION_LEVEL, Compile, compiler_for
from qorum.training.objective import Answer, Landscape, Objective, Request

if TYPE_CHECKING:
    import torch

    from qorum.statevector.observables import PauliSum
    from qorum.training.circuit_expectations import Expectations
    from qorum.training.classification import Runs
    from qorum.training.samplers import SamplerMaker

SECONDS_AN_ANSATZ = 300.0
"""That compiling a training's circuit may take: it serves all steps."""


@dataclass(frozen=True)
class Executed:
    """An objective together with what executes its jobs."""

    landscape: Landscape
    answer: Callable[[Request, int], Answer]

    def evaluate(self, request: Request, seed: int) -> Answer:
        """See `Objective.evaluate`."""
        return self.answer(request, seed)


def on_engine(objective: Objective, backend: str, executor: Executor) -> Objective:
    """An objective that our own engine evaluates by itself, paid for where the backend has a price."""
    return Executed(objective.landscape, partial(executor.compute, backend, objective))


def open_objective(
    backend: str,
    circuit: QuantumCircuit,
    observable: PauliSum,
    shots: int,
    seed: int = 0,
    frequencies: Sequence[tuple[float, ...]] | None = None,
    executor: Executor | None = None,
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
        executor: of the training's jobs; None: nothing may cost, and nothing is stored.

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
    from qorum.training.work import Planned

    block, executor = load_backend(backend), executor or Executor()
    refuse_unfit(block, circuit, shots)
    profile, engine = block.profile(), block.own_engine
    is_ideal = engine is not None and engine.noise.is_ideal
    if isinstance(observable, Deflated) and (shots or not is_ideal or block.profile().pool == "mps"):
        reason = "backend torch without noise and shots expected for excited states: overlaps are exact"
        raise NoEligibleBackend({profile.name: reason})
    if profile.noisy or profile.pool == "qpu":
        frequencies = None
    if engine is not None and is_ideal:
        dtype, device = _amplitudes(engine)
        if not shots:
            exact = EngineObjective(circuit, observable, dtype=dtype, device=device, frequencies=frequencies)
            return on_engine(exact, backend, executor)
        drawn: SamplerMaker = partial(EngineSampler, dtype=dtype, device=device)
        sampled = SampledObjective(circuit, observable, shots, drawn, frequencies=frequencies)
        return on_engine(sampled, backend, executor)
    compile = compiler_on(profile, seed, executor.store)
    planned: Planned
    if shots:
        asked: SamplerMaker = partial(BackendSampler, profile=profile, compile=compile)
        planned = SampledObjective(circuit, observable, shots, asked, frequencies=frequencies)
    else:
        planned = ExpectationObjective(profile, circuit, observable, compile=compile, frequencies=frequencies)
    return Executed(planned.landscape, partial(planned.evaluate, run=executor.run))


def runs_of_classifier(backend: str, shots: int, seed: int, executor: Executor) -> Runs:
    """How the circuits of a classifier run on a backend: by our own engine, or as jobs.

    Args:
        backend: as users write it.
        shots: samples of each circuit; 0 for exact values.
        seed: of the compilation.
        executor: of the jobs.

    Raises:
        NoEligibleBackend: see `open_objective`; what our own engine cannot differentiate.
    """
    from qorum.training.backend_expectations import BackendExpectations
    from qorum.training.circuit_expectations import z_of_each
    from qorum.training.classification import Runs

    block = load_backend(backend)
    profile, engine = block.profile(), block.own_engine
    if engine is None:

        def elsewhere(circuit: QuantumCircuit, shifted: Sequence[int]) -> Expectations:
            refuse_unfit(block, circuit, shots)
            return BackendExpectations(
                *(circuit, z_of_each(circuit.num_qubits), profile, executor.run),
                sampled=bool(shots),
                shifted=shifted,
                compile=compiler_on(profile, seed, executor.store),
            )

        return Runs(shots, elsewhere=elsewhere)
    reason = engine.missing
    if engine.device == "mps":
        reason = reason or "a device with complex numbers expected: classifiers run on cpu or cuda"
    elif engine.trajectories:
        reason = (
            reason or "noise by density matrices expected, found method=trajectories: leave the method out"
        )
    elif shots > profile.max_shots:
        reason = reason or f"at most {profile.max_shots} shots expected, found {shots}"
    if reason:
        raise NoEligibleBackend({block.backend_name: reason})
    return Runs(shots, engine.noise, engine.device, engine.is_single)


def compiler_on(profile: BackendProfile, seed: int, store: ObjectStore | None) -> Compile:
    """What compiles a training's circuits to a backend's target; without a store nothing is kept."""
    if store is None:
        return compiler_for(profile, seed)

    def compiled(circuits: Mapping[str, QuantumCircuit]) -> dict[str, CompiledCircuit]:
        for circuit in circuits.values():
            check_fit(circuit, profile.target)
        found = compile_cached(
            {digest: CompileItem(one.name, digest, to_qpy(one)) for digest, one in circuits.items()},
            *(profile.target, profile.calibration_id),
            level=OPTIMIZATION_LEVEL,
            seed=seed,
            store=store,
            warn=logging.getLogger(__name__).warning,
            seconds=SECONDS_AN_ANSATZ,
        )
        for outcome in found.values():
            if isinstance(outcome, InputRejected):
                raise outcome
        return {digest: one for digest, one in found.items() if isinstance(one, CompiledCircuit)}

    return compiled


def _amplitudes(engine: OwnEngine) -> tuple[torch.dtype, torch.device]:
    import torch

    return torch.complex64 if engine.is_single else torch.complex128, torch.device(engine.device)


def refuse_unfit(block: BackendBlock, circuit: QuantumCircuit, shots: object) -> None:
    """Raises what `open_objective` says, before anything is compiled."""
    profile = block.profile()
    if isinstance(shots, bool) or not isinstance(shots, int) or shots < 0:
        raise CircuitRejected("shots", f"a whole number, 0 for exact values, expected, found {shots!r}")
    reason = ""
    engine = block.own_engine
    if engine is not None and engine.missing:
        reason = engine.missing
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
