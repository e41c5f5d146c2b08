"""Matrix product states give the amplitudes of any circuit, or refuse it."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from qorum.results.referee.chained import Chained
from qorum.statevector.products import ProductState, TooEntangled


def all_keys(width: int) -> np.ndarray:
    return ((np.arange(2**width)[:, None] >> np.arange(width)) & 1).astype(np.uint8)


@pytest.mark.parametrize("seed", range(6))
def test_amplitudes_samples_and_sums_are_those_of_the_state(seed: int):
    circuit = random_circuit(6, 4, max_operands=3, seed=seed)
    exact = np.abs(Statevector(circuit).data) ** 2
    state = ProductState(6, 64)
    state.run(circuit, range(6))
    numbers, scale = state.amplitudes(all_keys(6))
    np.testing.assert_allclose(np.abs(numbers) ** 2 * np.exp(2 * scale), exact, atol=1e-10)
    drawn = state.sample(20_000, np.random.default_rng(1)) @ (1 << np.arange(6))
    assert np.abs(np.bincount(drawn, minlength=64) / 20_000 - exact).sum() / 2 < 0.05
    factor, signs = Chained(state, 6), 1.0 - 2.0 * all_keys(6)
    np.testing.assert_allclose(factor.parities[0], exact @ signs, atol=1e-9)
    np.testing.assert_allclose(factor.parities[1], signs.T @ (exact[:, None] * signs), atol=1e-9)
    assert np.exp(factor.log_collision) == pytest.approx(float((exact**2).sum()))


def test_bonds_stay_as_small_as_the_entanglement_and_too_large_ones_are_refused():
    ghz = QuantumCircuit(80)
    ghz.ry(0.4, 0)
    for qubit in range(79):
        ghz.cx(qubit, qubit + 1)
    ghz.cx(79, 0)
    state = ProductState(80, 8)
    state.run(ghz, range(80))
    assert state.bond <= 4
    seen = {"".join(map(str, row)) for row in state.sample(500, np.random.default_rng(3)).tolist()}
    assert seen == {"0" * 80, "0" + "1" * 79}
    with pytest.raises(TooEntangled, match="bonds of up to 4 expected"):
        ProductState(12, 4).run(random_circuit(12, 12, max_operands=2, seed=2), range(12))
