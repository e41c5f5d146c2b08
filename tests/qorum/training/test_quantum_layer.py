"""Circuits as layers: values against Qiskit's, gradients against differences, samples, noise, precision."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector
from torch import nn

from qorum.errors import InputRejected
from qorum.statevector.density import density_matrix
from qorum.statevector.evolution import Circuit
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.training.quantum_layer import Method, QuantumLayer

Tensor = torch.Tensor

NOISE = NoiseModel(depolarizing_1q=0.01, depolarizing_2q=0.05, readout_error=0.03, t1=5e-5, t2=4e-5)
MIXED = (("XYI", 0.7), ("IZZ", -0.4), ("III", 0.3)), (("ZIX", 1.0),)


def circuit() -> QuantumCircuit:
    """Three qubits, two inputs (each in two gates, once with a factor) and five weights, interleaved."""
    x, w = ParameterVector("x", 2), ParameterVector("w", 5)
    made = QuantumCircuit(3, name="layer")
    made.ry(x[0], 0)
    made.rx(x[1], 1)
    made.ry(w[0], 2)
    made.cx(0, 1)
    made.rzz(2 * x[0] + w[1], 1, 2)
    made.crx(w[2], 2, 0)
    made.u(w[3], x[1], w[4], 1)
    return made


def layer(**options: object) -> QuantumLayer:
    made = circuit()
    places = {p.name: i for i, p in enumerate(made.parameters)}
    inputs = [places["x[1]"], places["x[0]"]]  # not in the circuit's own order
    weights = [places[f"w[{i}]"] for i in range(5)]
    return QuantumLayer(made, inputs, weights, **options)  # type: ignore[arg-type]


def observables() -> list[PauliSum]:
    return [PauliSum.from_terms(3, terms) for terms in MIXED]


def features(rows: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.from_numpy(np.random.default_rng(7).uniform(-2, 2, (rows, 2))).to(dtype)


def bound(module: QuantumLayer, row: Tensor) -> QuantumCircuit:
    values = {f"w[{i}]": w for i, w in enumerate(module.weights.tolist())}
    values |= {"x[1]": float(row[0]), "x[0]": float(row[1])}
    return module.circuit.assign_parameters({p: values[p.name] for p in module.circuit.parameters})


def call(module: QuantumLayer, *, seed: int | None = None) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda x, w: torch.func.functional_call(module, {"weights": w}, (x, seed))


def gradients(module: nn.Module, x: Tensor, slopes: Tensor) -> tuple[Tensor, ...]:
    given = x.clone().requires_grad_()
    loss = (module(given) * slopes).sum()
    return torch.autograd.grad(loss, [given, *module.parameters()])


def test_values_are_qiskits_in_the_order_of_inputs_and_qubits() -> None:
    module, x = layer(), features(4)
    found = module(x)
    assert found.shape == (4, 3)
    for row, values in zip(x, found, strict=True):
        state = Statevector(bound(module, row))
        expected = [state.expectation_value(SparsePauliOp(label)).real for label in ("IIZ", "IZI", "ZII")]
        np.testing.assert_allclose(values.detach(), expected, atol=1e-12)


def test_observables_with_x_and_y_are_qiskits() -> None:
    module, x = layer(observables=observables()), features(3)
    for row, values in zip(x, module(x), strict=True):
        state = Statevector(bound(module, row))
        expected = [state.expectation_value(SparsePauliOp.from_list(list(terms))).real for terms in MIXED]
        np.testing.assert_allclose(values.detach(), expected, atol=1e-12)


@pytest.mark.parametrize("noise", [None, NOISE])
@pytest.mark.parametrize("method", ["autograd", "shift"])
def test_gradients_by_inputs_and_weights_pass_gradcheck(method: Method, noise: NoiseModel | None) -> None:
    module = layer(method=method, noise=noise, observables=observables())
    weights = module.weights.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(call(module), (features(2).requires_grad_(), weights))


def test_second_derivatives_exist_by_autograd_and_are_refused_by_shift() -> None:
    weights = layer().weights.detach().clone().requires_grad_()
    x = features(1).requires_grad_()
    assert torch.autograd.gradgradcheck(call(layer()), (x, weights))
    value = call(layer(method="shift"))(x, weights).sum()
    with pytest.raises(InputRejected, match="first derivatives"):
        torch.autograd.grad(value, weights, create_graph=True)


def test_noise_is_that_of_the_density_matrix_and_readout_errors_shrink_z() -> None:
    module, x = layer(noise=NOISE), features(1)
    rho = density_matrix(bound(module, x[0]), NOISE, dtype=torch.complex128).numpy()
    z = [1 - 2 * (np.arange(8) >> qubit & 1) for qubit in range(3)]
    expected = [(1 - 2 * NOISE.readout_error) * float(rho.diagonal().real @ sign) for sign in z]
    np.testing.assert_allclose(module(x)[0].detach(), expected, atol=1e-12)
    assert float((module(x) - layer()(x)).detach().abs().max()) > 0.01


def test_samples_have_the_exact_mean_and_the_spread_of_shots() -> None:
    exact, module, x = (
        layer(observables=observables()),
        layer(observables=observables(), shots=400),
        features(1),
    )
    drawn = torch.cat([module(x, seed) for seed in range(300)]).detach()
    mean = exact(x)[0].detach()
    deviation = drawn.std(0) / 300**0.5
    assert bool(((drawn.mean(0) - mean).abs() < 4 * deviation).all())
    # The second observable is one string: its samples are ±1.
    assert float(drawn[:, 1].var()) == pytest.approx(float(1 - mean[1] ** 2) / 400, rel=0.35)


def test_sampled_gradients_by_shift_have_the_exact_mean() -> None:
    x, slopes = features(1), torch.tensor([[0.3, -1.0, 0.5]], dtype=torch.float64)
    expected = torch.cat([part.ravel() for part in gradients(layer(), x, slopes)])
    module, found = layer(shots=200), []
    for _ in range(200):  # each call goes on to other samples
        found.append(torch.cat([part.ravel() for part in gradients(module, x, slopes)]))
    drawn = torch.stack(found)
    assert bool(((drawn.mean(0) - expected).abs() < 4.5 * drawn.std(0) / 200**0.5 + 1e-12).all())
    assert float(drawn.std(0).min()) > 0.001


def test_straight_through_has_sampled_values_and_exact_gradients() -> None:
    x, slopes = features(3), torch.ones(3, 3, dtype=torch.float64)
    module = layer(shots=50, method="straight-through")
    assert float((module(x) - layer()(x)).detach().abs().max()) > 0.01
    for found, expected in zip(gradients(module, x, slopes), gradients(layer(), x, slopes), strict=True):
        torch.testing.assert_close(found, expected)


def test_one_seed_gives_the_same_bits_and_calls_go_on() -> None:
    x, module = features(5), layer(shots=64)
    assert torch.equal(module(x, 3), layer(shots=64)(x, 3))
    module.reseed(11)
    first, second = module(x), module(x)
    assert not torch.equal(first, second)
    module.reseed(11)
    assert torch.equal(module(x), first)


def test_a_loaded_layer_goes_on_with_the_same_samples() -> None:
    x, module, stored = features(5), layer(shots=64, seed=5), io.BytesIO()
    module(x)
    torch.save(module.state_dict(), stored)
    stored.seek(0)
    other = layer(shots=64, seed=6)
    other.load_state_dict(torch.load(stored, weights_only=True))
    assert torch.equal(other(x), module(x))


def test_a_copy_is_independent_and_gives_the_same() -> None:
    module, x = layer(), features(2)
    before = module(x).detach()
    other = copy.deepcopy(nn.Sequential(module, nn.Linear(3, 1).double()))[0]
    assert torch.equal(other(x), before)
    with torch.no_grad():
        other.weights += 1
    assert torch.equal(module(x), before)
    assert not torch.equal(other(x), before)


def test_first_weights_follow_from_the_seed_alone() -> None:
    assert torch.equal(layer(seed=4).weights, layer(seed=4).weights)
    assert not torch.equal(layer(seed=4).weights, layer(seed=5).weights)
    given = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert layer(initial=given).weights.tolist() == given


def test_under_autocast_the_circuit_keeps_its_precision() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 2), layer(), nn.Linear(3, 2))
    x = features(6, torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        angles = model[0](x)
        values = model[1](angles)
        logits = model[2](values)
    assert (angles.dtype, values.dtype, logits.dtype) == (torch.bfloat16, torch.float32, torch.bfloat16)
    expected = model[1](angles.double()).float()
    assert torch.equal(values, expected)
    logits.float().sum().backward()
    assert model[1].weights.grad.dtype == torch.float64
    assert float(model[0].weight.grad.abs().max()) > 0


def test_single_precision_follows_double_and_moves_with_the_module() -> None:
    x, double = features(4), layer(seed=2)
    single = layer(seed=2, dtype=torch.float32)
    assert single(x.float()).dtype == torch.float32
    torch.testing.assert_close(single(x.float()).double(), double(x), atol=2e-6, rtol=0)
    torch.testing.assert_close(double.float()(x), single.double()(x), atol=2e-6, rtol=0)


def test_accumulated_gradients_are_those_of_the_whole_batch() -> None:
    module, x = layer(), features(8)
    module(x).square().mean().backward()
    whole, module.weights.grad = module.weights.grad, None
    for part in x.chunk(4):
        (module(part).square().mean() / 4).backward()
    torch.testing.assert_close(module.weights.grad, whole)


def test_a_batch_of_none_has_no_values() -> None:
    assert layer()(torch.zeros(0, 2, dtype=torch.float64)).shape == (0, 3)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"method": "autograd", "shots": 10}, "shift"),
        ({"method": "straight-through"}, "autograd"),
        ({"shots": 0}, "at least one shot"),
        ({"observables": []}, "at least one observable"),
        ({"observables": [PauliSum.from_terms(4, [("ZIII", 1.0)])]}, "at most 3 qubits"),
        ({"initial": [1.0]}, "5 finite weights"),
        ({"dtype": torch.float16}, "float64 or float32"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(options: dict[str, object], reason: str) -> None:
    with pytest.raises(InputRejected, match=reason):
        layer(**options)


def test_wrong_inputs_are_refused() -> None:
    with pytest.raises(InputRejected, match=r"\[batch, 2\] expected"):
        layer()(torch.zeros(3, 4))
    with pytest.raises(InputRejected, match="NaN"):
        layer()(torch.tensor([[0.0, float("nan")]]))
    with pytest.raises(InputRejected, match="places 0 … 6"):
        QuantumLayer(circuit(), [0, 1], [1, 2, 3, 4, 5])


def test_a_batch_by_vmap_is_refused_with_what_to_do() -> None:
    made = layer()
    rows = torch.rand(3, 2, dtype=torch.float64)
    with pytest.raises(InputRejected, match=r"found torch.func.vmap: give all rows at once"):
        torch.func.vmap(lambda row: made(row[None])[0])(rows)
    assert made(rows).shape[0] == 3
    plain = Circuit(circuit())
    with pytest.raises(RuntimeError, match="vmap"):
        torch.func.vmap(plain.states)(torch.rand(3, plain.num_parameters, dtype=torch.float64))
