"""A circuit as a layer of a PyTorch model: features in, expectation values out, weights trained."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
import torch
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp
from torch import nn
from torch.autograd import forward_ad

from qorum.backends import derive_seed
from qorum.errors import CircuitRejected
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.training.circuit_expectations import CircuitExpectations, Expectations, z_of_each

Tensor = torch.Tensor
Method = Literal["auto", "autograd", "shift", "straight-through"]

Observable = PauliSum | SparsePauliOp | str | Sequence[Sequence[str | float]]

SPREAD = 0.1
"""Standard deviation of first weights in radians: near zero, gradients are large."""


class QuantumLayer(nn.Module):
    """Expectation values of a parametrized circuit, some of whose parameters are inputs, the others weights.

    The circuit runs in double precision for float64 weights and in single precision for any others, under
    `torch.autocast`, too; results have the inputs' dtype (float32 at least under autocast). Copies and
    state dicts work as for any module; the buffer `sampling` holds the seed of the samples and the calls so
    far, so that a loaded layer goes on with the same bits
    (DistributedDataParallel gives all processes one seed; give `forward` one of the rank's own instead).

    Args:
        circuit: with free parameters, angles linear in them; final measurements are left out.
        inputs: places in `circuit.parameters` that take the features, in the features' order; there may be
            none, and so of the weights.
        weights: places in `circuit.parameters` of the trained ones; with `inputs`, all of them once.
        observables: one for each output, each a `PauliSum`, a Qiskit `SparsePauliOp`, a label such as `ZZI`
            (rightmost letter: qubit 0), or a list of pairs of a label and a number; None: Z of each qubit,
            qubit 0 first.
        method: how gradients are made. `autograd` differentiates the simulation (exact values only);
            `shift` uses the parameter-shift rule, with as many samples for each shifted circuit as for
            the values; `straight-through` has sampled values but the gradient of the exact ones, which no
            hardware could give; `auto`: `shift` with shots, else `autograd`.
        shots: samples of each circuit; None for exact values.
        noise: errors of gates and readout (density matrices: few qubits); None for none.
        seed: of the first weights and of samples, see `reseed`.
        initial: first weights, shape [weights]; None: normal, of deviation 0.1 radians, by the seed.
        dtype: of the weights, float64 or float32.
        expectations: what runs the circuit instead of our own engine; then gradients are by shifts.

    Raises:
        CircuitRejected: see `CircuitExpectations`; the places do not fit the circuit; or the method does
            not fit the shots.
    """

    sampling: Tensor

    def __init__(
        self,
        circuit: QuantumCircuit,
        inputs: Sequence[int],
        weights: Sequence[int],
        *,
        observables: Sequence[Observable] | None = None,
        method: Method = "auto",
        shots: int | None = None,
        noise: NoiseModel | None = None,
        seed: int = 0,
        initial: Sequence[float] | np.ndarray | None = None,
        dtype: torch.dtype = torch.float64,
        expectations: Expectations | None = None,
    ) -> None:
        super().__init__()
        self._given_engine = expectations
        self.circuit, self.shots, self.noise = circuit, shots, noise
        self.input_places, self.weight_places = tuple(map(int, inputs)), tuple(map(int, weights))
        self.observables = (
            z_of_each(circuit.num_qubits)
            if observables is None
            else tuple(_observable(one, circuit) for one in observables)
        )
        self.method = _method(circuit.name, method if expectations is None else "shift", shots)
        self._refuse_unfit(dtype)
        self._places = np.argsort([*self.input_places, *self.weight_places]).tolist()
        self._engines: dict[tuple[torch.dtype, torch.device], CircuitExpectations] = {}
        self.register_buffer("sampling", torch.tensor([seed, 0]))
        self.weights = nn.Parameter(torch.empty(len(self.weight_places), dtype=dtype))
        self.reset_parameters(seed, initial)
        self.engine()  # refuses what cannot be run

    def reset_parameters(self, seed: int, initial: Sequence[float] | np.ndarray | None = None) -> None:
        """First weights: `initial`, or normal ones of deviation `SPREAD` by the seed.

        Raises:
            CircuitRejected: another number of weights, or one that is not finite.
        """
        count = len(self.weight_places)
        random = np.random.default_rng(derive_seed(seed, "weights"))
        found = np.asarray(
            SPREAD * random.standard_normal(count) if initial is None else initial, dtype=np.float64
        )
        if found.shape != (count,) or not np.isfinite(found).all():
            reason = f"{count} finite weights expected, found {initial!r}"
            raise CircuitRejected(self.circuit.name, reason)
        with torch.no_grad():
            self.weights.copy_(torch.from_numpy(found))

    def reseed(self, seed: int) -> None:
        """The calls from now on are sampled by this seed: the k-th call after it gives the same bits."""
        self.sampling.copy_(torch.tensor([seed, 0]))

    def forward(self, inputs: Tensor, seed: int | None = None) -> Tensor:
        """Expectation values.

        Args:
            inputs: in radians, shape [batch, inputs].
            seed: of this call's samples; None: by the layer's seed and the calls since `reseed`.

        Returns:
            Shape [batch, observables].

        Raises:
            CircuitRejected: another shape, or an angle that is not finite.
        """
        name, count = self.circuit.name, len(self.input_places)
        if inputs.dim() != 2 or inputs.shape[1] != count:
            raise CircuitRejected(name, f"inputs of shape [batch, {count}] expected, found {[*inputs.shape]}")
        _refuse_transformed(name, inputs)
        if inputs.is_complex():
            raise CircuitRejected(name, f"real inputs expected, found {inputs.dtype}")
        if not inputs.is_floating_point():  # whole numbers are angles as good as any
            inputs = inputs.to(self.weights.dtype)
        if inputs.device != self.weights.device:
            reason = f"inputs on {self.weights.device} as the weights expected, found {inputs.device}"
            raise CircuitRejected(name, f"{reason}; move them with .to()")
        kind = inputs.device.type
        kept = torch.promote_types(inputs.dtype, torch.float32)
        dtype = kept if torch.is_autocast_enabled(kind) else inputs.dtype
        with torch.autocast(kind, enabled=False):
            rows = self.weights.double().expand(len(inputs), -1)
            parameters = torch.cat([inputs.double(), rows], 1)[:, self._places]
            if not bool(torch.isfinite(parameters).all()):
                raise CircuitRejected(name, "finite inputs and weights expected, found NaN or infinity")
            return self._values(parameters, seed).to(dtype)

    def _values(self, parameters: Tensor, seed: int | None) -> Tensor:
        engine, shots = self.engine(), self.shots
        if not len(parameters):
            return parameters.new_zeros(0, len(self.observables)) * parameters.sum()
        if self.method == "autograd":
            return engine.exact(parameters)
        if shots is not None and seed is None:
            given, calls = self.sampling.tolist()
            seed = derive_seed(given, "call", calls)
            self.sampling[1] += 1
        if self.method == "straight-through" and shots is not None:
            exact = engine.exact(parameters)
            return exact + (engine.sampled(parameters, shots, seed or 0) - exact).detach()
        return engine.by_shift(parameters, shots, seed or 0)

    def engine(self) -> Expectations:
        """What runs the circuit in the precision and on the device of the weights; made once for each."""
        if self._given_engine is not None:
            return self._given_engine
        single = self.weights.dtype != torch.float64
        dtype = torch.complex64 if single else torch.complex128
        device = self.weights.device
        if (dtype, device) not in self._engines:
            with torch.inference_mode(False), torch.no_grad():
                self._engines[dtype, device] = CircuitExpectations(
                    self.circuit, self.observables, noise=self.noise, dtype=dtype, device=device
                )
        return self._engines[dtype, device]

    def extra_repr(self) -> str:
        """What `print` shows between the brackets."""
        how = "exact" if self.shots is None else f"shots={self.shots}"
        counts = f"{len(self.input_places)} -> {len(self.observables)}, weights={len(self.weight_places)}"
        return f"{self.circuit.num_qubits} qubits, {counts}, {how}, method={self.method}"

    def __getstate__(self) -> dict[str, Any]:
        # Plans and their memory are made again: a copy must not share them.
        return {**self.__dict__, "_engines": {}}

    def _refuse_unfit(self, dtype: torch.dtype) -> None:
        name, count = self.circuit.name, self.circuit.num_parameters
        if sorted([*self.input_places, *self.weight_places]) != list(range(count)):
            found = f"inputs {self.input_places} and weights {self.weight_places}"
            reason = (
                f"inputs and weights that together are the places 0 … {count - 1} expected, found {found}"
            )
            raise CircuitRejected(name, reason)
        if not self.observables:
            raise CircuitRejected(name, "at least one observable expected, found none")
        if dtype not in (torch.float64, torch.float32):
            raise CircuitRejected(name, f"weights in float64 or float32 expected, found {dtype}")


def _observable(given: Any, circuit: QuantumCircuit) -> PauliSum:
    if isinstance(given, PauliSum):
        return given
    if isinstance(given, SparsePauliOp):
        return PauliSum.from_qiskit(given)
    pairs = [(given, 1.0)] if isinstance(given, str) else given
    if not isinstance(pairs, (list, tuple)):
        kind = type(given).__name__
        reason = f"observables as PauliSum, SparsePauliOp, label or list of pairs expected, found a {kind}"
        raise CircuitRejected(circuit.name, reason)
    return PauliSum.from_terms(circuit.num_qubits, cast("list[Sequence[str | float]]", pairs))


def _refuse_transformed(name: str, inputs: Tensor) -> None:
    """Raises `CircuitRejected` under `torch.func.vmap` and forward-mode differentiation."""
    # Nothing public tells of it.
    functorch: Any = importlib.import_module("torch._C._functorch")
    wrapped: Any = inputs
    while functorch.is_functorch_wrapped_tensor(wrapped):
        if functorch.is_batchedtensor(wrapped):
            reason = "a batch in the first dimension expected, found torch.func.vmap: give all rows at once"
            raise CircuitRejected(name, reason)
        wrapped = functorch.get_unwrapped(wrapped)
    if forward_ad.unpack_dual(inputs).tangent is not None:
        raise CircuitRejected(name, "gradients in reverse mode expected, found forward mode (jvp)")


def _method(name: str, method: Method, shots: int | None) -> Method:
    if shots is not None and (isinstance(shots, bool) or shots < 1):
        raise CircuitRejected(name, f"at least one shot expected (None for exact values), found {shots!r}")
    fitting: dict[str, Method] = {"auto": "autograd", "autograd": "autograd", "shift": "shift"}
    if shots is not None:
        fitting = {"auto": "shift", "shift": "shift", "straight-through": "straight-through"}
    if method not in fitting:
        how = "exact values" if shots is None else "samples"
        raise CircuitRejected(name, f"for {how} a method of {', '.join(fitting)} expected, found {method!r}")
    return fitting[method]
