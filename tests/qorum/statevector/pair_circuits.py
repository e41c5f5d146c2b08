"""What `Circuit` does on an Apple GPU, on any device: states as pairs of real numbers."""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import CPU, Circuit, Parameters
from qorum.statevector.hardware import refuse_unfit
from qorum.statevector.observables import PauliSum
from qorum.statevector.pairs import PairEvolution, to_complex, weights
from qorum.statevector.sampling import draw_weights, histogram

Tensor = torch.Tensor


class PairCircuit:
    """A circuit without mid-circuit measurement, run in pairs; results are on the processor."""

    def __init__(self, circuit: QuantumCircuit, device: torch.device) -> None:
        """Plan a circuit, with or without free parameters.

        Raises:
            CircuitRejected: see `qorum.statevector.evolution.Circuit`.
        """
        refuse_unfit(circuit.name, torch.complex64, device)
        self._planned = Circuit(circuit, dtype=torch.complex64, device=CPU)
        program = self._planned.program
        self.evolution = PairEvolution(
            program.elements(circuit.name),
            circuit.num_qubits,
            self._planned.num_parameters,
            device=device,
            linear=program.angles.linear(),
        )

    def pairs(self, parameters: Parameters | None = None) -> Tensor:
        """The states on the device, shape [batch, 2, 2**n]; no gradient flows.

        Args:
            parameters: see `qorum.statevector.evolution.Circuit.states`.
        """
        return self.evolution.from_zero(self._planned.inputs(parameters))

    def states(self, parameters: Parameters | None = None) -> Tensor:
        """The states, complex64 on the processor, shape [batch, 2**n]; qubit q is bit q."""
        return to_complex(self.pairs(parameters))

    def expectation(self, observable: PauliSum, parameters: Parameters | None = None) -> Tensor:
        """Of each state, summed in double precision on the processor, from a copy; float64, shape [batch].

        Raises:
            CircuitRejected: it acts on qubits that the circuit lacks, or the parameters do not fit.
        """
        observable.refuse_wider_than(self._planned.name, self.evolution.num_qubits)
        return observable.expectation(self.states(parameters))

    def sample(self, shots: int, seed: int, parameters: Parameters | None = None) -> dict[str, int]:
        """A histogram of all clbits, as of `qorum.statevector.simulate.sample`.

        Args:
            shots: samples.
            seed: the same seed gives the same counts.
            parameters: one set, shape [parameters].

        Raises:
            CircuitRejected: more than one set of parameters, or wrong ones.
        """
        pairs = self.pairs(parameters)
        if len(pairs) != 1:
            raise CircuitRejected(self._planned.name, f"one set of parameters expected, found {len(pairs)}")
        program = self._planned.program
        if not program.readout:
            return {"0" * program.num_clbits: shots}
        seen, counts = draw_weights(weights(pairs)[0].cpu().double(), shots, np.random.default_rng(seed))
        return histogram(seen, counts, 0, program.num_clbits, program.readout)
