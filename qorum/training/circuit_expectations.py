"""Expectation values of several observables for batches of parameters: exact, sampled, or under noise.

Whatever is asked, it is the same: outcomes of a few circuits, each the given one followed by a change of
basis, have probabilities; every observable is a weighted sum of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.errors import CircuitRejected
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.measured_circuit import MeasuredCircuit, drawn_shares
from qorum.training.measurement import Basis

Tensor = torch.Tensor


class CircuitExpectations:
    """The expectation values of observables after one circuit, for many sets of its parameters.

    Strings that commute qubit by qubit are measured together. With noise, the gates that change the basis
    before X or Y is measured are as noisy as any other, and readout errors count.

    Args:
        circuit: with free parameters; final measurements are left out.
        observables: at least one, each on at most the circuit's qubits.
        noise: errors of gates and readout, by density matrices; None for a perfect device.
        dtype: of the amplitudes, complex64 or complex128.
        device: where they are, a processor or a CUDA GPU.

    Raises:
        CircuitRejected: the circuit measures before its end, has gates the engine or the noise model does
            not know, does not fit, or an observable is wider than it.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        observables: Sequence[PauliSum],
        *,
        noise: NoiseModel | None = None,
        dtype: torch.dtype = torch.complex128,
        device: torch.device | None = None,
    ) -> None:
        device = torch.device("cpu") if device is None else device
        noise = None if noise is None or noise.is_ideal else noise
        refuse_too_large(
            circuit.name,
            circuit.num_qubits,
            dtype,
            device,
            "statevector" if noise is None else "density matrix",
        )
        for observable in observables:
            observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self.constants = torch.tensor([o.constant for o in observables], dtype=torch.float64, device=device)
        plain = circuit.remove_final_measurements(inplace=False)
        assert plain is not None
        self._measured = [
            MeasuredCircuit(plain, basis, worth, noise, dtype, device)
            for basis, worth in measured_bases(observables, circuit.num_qubits)
        ]

    @property
    def circuits(self) -> int:
        """Circuits measured for the values at one set of parameters."""
        return len(self._measured)

    @property
    def shifted_circuits(self) -> int:
        """Circuits measured for the gradient at one set of parameters by the parameter-shift rule."""
        return sum(len(measured.shifts.rows) for measured in self._measured)

    def exact(self, parameters: Tensor) -> Tensor:
        """Expectation values; autograd sees the parameters.

        Args:
            parameters: in the order of `QuantumCircuit.parameters`, float64, shape [batch, parameters].

        Returns:
            Float64, shape [batch, observables].
        """
        found = self.constants.expand(len(parameters), -1)
        for measured in self._measured:
            found = found + measured.probabilities(parameters) @ measured.worth
        return found

    def sampled(self, parameters: Tensor, shots: int, seed: int) -> Tensor:
        """Estimates from `shots` samples of each circuit; shapes as in `exact`, seen by no autograd."""
        with torch.no_grad():
            found = self.constants.expand(len(parameters), -1)
            for place, measured in enumerate(self._measured):
                random = np.random.default_rng(derive_seed(seed, "values", place))
                shares = drawn_shares(measured.probabilities(parameters), shots, random)
                found = found + shares @ measured.worth
        return found

    def by_shift(self, parameters: Tensor, shots: int | None, seed: int) -> Tensor:
        """Values as by `exact` or `sampled`; to autograd, their gradient is that of `shift`.

        First derivatives only: `create_graph` is refused with `CircuitRejected`.
        """
        return cast(Tensor, ByShift.apply(parameters, self, shots, seed))

    def shift(self, parameters: Tensor, slopes: Tensor, shots: int | None, seed: int) -> Tensor:
        """The gradient of Σ slopes · values, from the values of shifted circuits.

        Args:
            parameters: shape [batch, parameters].
            slopes: by each value, shape [batch, observables].
            shots: samples of each shifted circuit; None for exact ones.
            seed: of these samples.

        Returns:
            Float64, shape [batch, parameters].
        """
        with torch.no_grad():
            gradient = torch.zeros_like(parameters)
            for place, measured in enumerate(self._measured):
                random = np.random.default_rng(derive_seed(seed, "shifts", place))
                weights = slopes @ measured.worth.T
                for some, found in measured.shifted(parameters):
                    shares = found if shots is None else drawn_shares(found, shots, random)
                    values = (shares * weights).sum(-1)
                    gradient = gradient + values.T @ torch.from_numpy(measured.shifts.shares[some]).to(
                        gradient
                    )
        return gradient


class ByShift(torch.autograd.Function):
    """Values and their gradient by the parameter-shift rule."""

    @staticmethod
    def forward(ctx: Any, parameters: Tensor, engine: Expectations, shots: int | None, seed: int) -> Tensor:
        ctx.save_for_backward(parameters)
        ctx.engine, ctx.shots, ctx.seed = engine, shots, seed
        return engine.exact(parameters) if shots is None else engine.sampled(parameters, shots, seed)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None, None]:
        if torch.is_grad_enabled():
            raise CircuitRejected("parameter shift", "first derivatives expected, found create_graph=True")
        (parameters,) = ctx.saved_tensors
        found: Tensor = ctx.engine.shift(parameters, grad_outputs[0].double(), ctx.shots, ctx.seed)
        return found, None, None, None


class Expectations(Protocol):
    """Expectation values of some observables, and their gradient; see `CircuitExpectations`."""

    @property
    def circuits(self) -> int: ...

    @property
    def shifted_circuits(self) -> int: ...

    def exact(self, parameters: Tensor) -> Tensor: ...

    def sampled(self, parameters: Tensor, shots: int, seed: int) -> Tensor: ...

    def by_shift(self, parameters: Tensor, shots: int | None, seed: int) -> Tensor: ...

    def shift(self, parameters: Tensor, slopes: Tensor, shots: int | None, seed: int) -> Tensor: ...


def z_of_each(num_qubits: int) -> tuple[PauliSum, ...]:
    """Z of each qubit, qubit 0 first."""
    return tuple(PauliSum(num_qubits, (PauliTerm(0, 1 << qubit, 1.0),)) for qubit in range(num_qubits))


def measured_bases(observables: Sequence[PauliSum], num_qubits: int) -> list[tuple[Basis, np.ndarray]]:
    """Bases in which all strings are measured, and what each outcome is worth there.

    Returns:
        Each basis with weights of its outcomes, shape [2**n, observables]: sums over outcomes weighted so,
        over all bases, are the observables without their constants.
    """
    bases: list[Basis] = []
    worths: list[np.ndarray] = []
    outcomes = np.arange(1 << num_qubits)
    for column, observable in enumerate(observables):
        for x, z, coefficient in observable.terms:
            place = Basis(x, z).taken_into(bases)
            if place == len(worths):
                worths.append(np.zeros((1 << num_qubits, len(observables))))
            parities = np.bitwise_count(outcomes & (x | z)) & 1
            worths[place][:, column] += coefficient * (1.0 - 2.0 * parities)
    return list(zip(bases, worths, strict=True))
