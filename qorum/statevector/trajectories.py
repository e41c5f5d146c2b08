"""Quantum trajectories: noise as errors drawn at random, on states instead of density matrices.

After Dalibard, Castin and Mølmer, Phys. Rev. Lett. 68, 580 (1992): a stretch of the circuit is run
without errors, which leaves each state with the norm of how likely that is. The shots that err are
drawn from that, and where they do by halving the stretch; shots with the same errors share one state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.statevector.evolution import CPU
from qorum.statevector.hardware import refuse_too_large
from qorum.statevector.no_jump import Stretches, normalized
from qorum.statevector.noise import NoiseModel
from qorum.statevector.noisy_program import Noise, NoisyProgram, noisy_program
from qorum.statevector.program import Jump, Measurement, Reset

Tensor = torch.Tensor

BATCH_AMPLITUDES = 1 << 18
"""States are run together up to so many amplitudes."""

WAITING_AMPLITUDES = 1 << 24
"""Beyond so many amplitudes in waiting, those that are furthest go first, so that they leave."""


def sample(
    circuit: QuantumCircuit,
    noise: NoiseModel,
    shots: int,
    seed: int,
    *,
    dtype: torch.dtype = torch.complex64,
    device: torch.device = CPU,
) -> dict[str, int]:
    """A histogram of all clbits under noise, exact in distribution and repeatable for a seed.

    Returns:
        Bit string (rightmost character: clbit 0) to how often it was seen.

    Raises:
        CircuitRejected: see `noisy_program`; or the state does not fit.
    """
    refuse_too_large(circuit.name, circuit.num_qubits, dtype, device)
    program = noisy_program(circuit, noise)
    with torch.inference_mode():
        return _Trajectories(program, shots, np.random.default_rng(seed), dtype, device).run()


@dataclass(frozen=True)
class _Crowd:
    """Shots at one step of the program.

    Attributes:
        states: normalized, shape [batch, 2**n].
        shots: how many share each state, shape [batch], all positive.
        bits: classical bits of each, as integers, for there may be more than 64.
    """

    states: Tensor
    shots: np.ndarray
    bits: list[int]

    def part(self, states: Tensor, shots: np.ndarray) -> _Crowd:
        """Those with some `shots`, in the given states."""
        kept = np.flatnonzero(shots)
        chosen = states if len(kept) == len(shots) else states[torch.from_numpy(kept).to(states.device)]
        return _Crowd(chosen, shots[kept], [self.bits[row] for row in kept])

    def with_bit(self, clbit: int, value: int) -> _Crowd:
        """The same with a classical bit written."""
        return _Crowd(self.states, self.shots, [bits & ~(1 << clbit) | value << clbit for bits in self.bits])

    def rows(self, rows: Sequence[int]) -> _Crowd:
        """Some of its states."""
        places = np.array(rows, dtype=np.int64)
        chosen = self.states[torch.from_numpy(places).to(self.states.device)]
        return _Crowd(chosen, self.shots[places], [self.bits[row] for row in rows])


class _Trajectories:
    """Crowds that wait at their steps, and what has been read out."""

    def __init__(
        self,
        program: NoisyProgram,
        shots: int,
        random: np.random.Generator,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        self._program, self._random = program, random
        self._stretches = Stretches(program, dtype, device)
        self._size = 1 << program.program.num_qubits
        self._waiting: dict[int, list[_Crowd]] = {}
        self._found: Counter[str] = Counter()
        zero = torch.zeros(1, self._size, dtype=dtype, device=device)
        zero[0, 0] = 1
        self._wait(0, _Crowd(zero, np.array([shots]), [0]))

    def run(self) -> dict[str, int]:
        """The histogram of all shots."""
        while self._waiting:
            self._advance(*self._next())
        return dict(self._found)

    def _wait(self, position: int, crowd: _Crowd) -> None:
        if len(crowd.shots):
            self._waiting.setdefault(position, []).append(crowd)

    def _next(self) -> tuple[int, _Crowd]:
        """The next crowd to run, and where: many in one batch, but not too many in waiting."""
        waiting = sum(len(crowd.shots) for crowds in self._waiting.values() for crowd in crowds)
        choose = min if waiting * self._size <= WAITING_AMPLITUDES else max
        position = choose(self._waiting)
        crowds = self._waiting.pop(position)
        most = max(1, BATCH_AMPLITUDES // self._size)
        taken: list[_Crowd] = []
        while crowds and (not taken or sum(len(crowd.shots) for crowd in [*taken, crowds[-1]]) <= most):
            taken.append(crowds.pop())
        if crowds:
            self._waiting[position] = crowds
        crowd = _joined(taken)
        if len(crowd.shots) > most:
            self._wait(position, crowd.rows(range(most, len(crowd.shots))))
            crowd = crowd.rows(range(most))
        return position, crowd

    def _advance(self, position: int, crowd: _Crowd) -> None:
        if position == len(self._program.steps):
            self._read_out(crowd)
            return
        match self._program.steps[position]:
            case Jump(condition, to):
                holds = [condition is not None and condition(bits) for bits in crowd.bits]
                for place, wanted in ((position + 1, True), (to, False)):
                    self._wait(place, crowd.rows([row for row, held in enumerate(holds) if held == wanted]))
            case Measurement(qubit, clbit):
                for outcome, part in enumerate(self._measured(crowd, qubit)):
                    wrong = self._random.binomial(part.shots, self._program.readout_error)
                    right = part.shots - wrong
                    self._wait(position + 1, part.part(part.states, right).with_bit(clbit, outcome))
                    self._wait(position + 1, part.part(part.states, wrong).with_bit(clbit, 1 - outcome))
            case Reset(qubit):
                zeros, ones = self._measured(crowd, qubit)
                self._wait(position + 1, zeros)
                flipped = self._halves(ones, qubit).flip(2).reshape(ones.states.shape)
                self._wait(position + 1, _Crowd(flipped, ones.shots, ones.bits))
            case _:
                self._evolve(position, crowd)

    def _evolve(self, begin: int, crowd: _Crowd) -> None:
        end = self._stretches.end_from(begin)
        evolved, quiet = self._stretches.run(begin, end, crowd.states)
        kept = self._random.binomial(crowd.shots, quiet)
        self._wait(end, crowd.part(evolved, kept))
        lost = crowd.shots - kept
        if lost.any():
            self._err(begin, end, crowd.part(crowd.states, lost), quiet[lost > 0])

    def _err(self, begin: int, end: int, crowd: _Crowd, quiet: np.ndarray) -> None:
        """Finds the first errors of shots that are known to err in [begin, end).

        Args:
            begin: first step.
            end: the step after the last.
            crowd: all shots are of those that err.
            quiet: how likely each state was not to.
        """
        if end - begin == 1:
            self._jump(begin, crowd)
            return
        middle = begin + (1 << (end - begin - 1).bit_length() - 1)
        halfway, quiet_first = self._stretches.run(begin, middle, crowd.states)
        errs = np.maximum(1 - quiet, np.finfo(float).tiny)
        first = self._random.binomial(crowd.shots, np.clip((1 - quiet_first) / errs, 0, 1))
        second = crowd.shots - first
        if first.any():
            self._err(begin, middle, crowd.part(crowd.states, first), quiet_first[first > 0])
        if second.any():
            quiet_second = (quiet[second > 0] / quiet_first[second > 0]).clip(0, 1)
            self._err(middle, end, crowd.part(halfway, second), quiet_second)

    def _jump(self, position: int, crowd: _Crowd) -> None:
        """One of a channel's errors happens to each shot."""
        step = self._program.steps[position]
        if not isinstance(step, Noise):  # rounding brought it here
            evolved, _ = self._stretches.run(position, position + 1, crowd.states)
            self._wait(position + 1, crowd.part(evolved, crowd.shots))
            return
        errors = np.stack(step.channel.operators[1:])
        seen = _reduced(crowd.states, step.operands)
        weights = np.einsum("kxi,bij,kxj->bk", errors, seen, errors.conj()).real.clip(min=0)
        total = weights.sum(axis=1, keepdims=True)
        possible = total[:, 0] > 0
        self._wait(position + 1, crowd.part(crowd.states, np.where(possible, 0, crowd.shots)))
        shares = np.where(total > 0, weights, 1.0)
        drawn = self._random.multinomial(
            np.where(possible, crowd.shots, 0), shares / shares.sum(axis=1, keepdims=True)
        )
        for error, shots in zip(errors, drawn.T, strict=True):
            if shots.any():
                part = crowd.part(crowd.states, shots)
                after = _applied(part.states, error, step.operands)
                self._wait(position + 1, _Crowd(normalized(after), part.shots, part.bits))

    def _measured(self, crowd: _Crowd, qubit: int) -> tuple[_Crowd, _Crowd]:
        """The shots that see 0 and those that see 1, their states collapsed."""
        halves = self._halves(crowd, qubit)
        weights = (halves.real.square() + halves.imag.square()).sum(dim=(1, 3)).double().cpu().numpy()
        ones = self._random.binomial(crowd.shots, weights[:, 1] / weights.sum(axis=1))
        parts: list[_Crowd] = []
        for outcome, shots in enumerate((crowd.shots - ones, ones)):
            collapsed = halves.clone()
            collapsed[:, :, 1 - outcome] = 0
            parts.append(crowd.part(normalized(collapsed.view(-1, self._size)), shots))
        return parts[0], parts[1]

    def _halves(self, crowd: _Crowd, qubit: int) -> Tensor:
        """The states by the value of a qubit, shape [batch, higher, 2, lower]."""
        return crowd.states.view(len(crowd.shots), self._size >> qubit + 1, 2, 1 << qubit)

    def _read_out(self, crowd: _Crowd) -> None:
        states = crowd.states.cpu() if crowd.states.device.type == "mps" else crowd.states
        weights = states.real.square() + states.imag.square()
        cumulative = weights.cumsum(1, dtype=torch.float64)
        cumulative /= cumulative[:, -1:].clone()
        # All rows one after another, in [0, batch): one search finds the outcomes of all shots.
        cumulative += torch.arange(len(states), device=states.device).unsqueeze(1)
        rows = np.repeat(np.arange(len(states)), crowd.shots)
        points = torch.from_numpy(rows + self._random.random(len(rows))).to(states.device)
        found = torch.searchsorted(cumulative.view(-1), points, right=True).cpu().numpy()
        outcomes = (found - rows * self._size).clip(0, self._size - 1)
        for bits in sorted(set(crowd.bits)):
            here = np.array([other == bits for other in crowd.bits])
            seen, counts = np.unique(outcomes[here[rows]], return_counts=True)
            self._found.update(self._program.read_out(seen, counts, bits, self._random))


def _joined(crowds: list[_Crowd]) -> _Crowd:
    if len(crowds) == 1:
        return crowds[0]
    return _Crowd(
        torch.cat([crowd.states for crowd in crowds]),
        np.concatenate([crowd.shots for crowd in crowds]),
        [bits for crowd in crowds for bits in crowd.bits],
    )


def _with_operands_last(states: Tensor, operands: tuple[int, ...]) -> tuple[Tensor, list[int]]:
    """Shape [batch, 2, …, 2]: all other qubits, then the operands, the first one last; and the order."""
    n = states.shape[1].bit_length() - 1
    others = [qubit for qubit in reversed(range(n)) if qubit not in operands]
    order = [0, *(n - qubit for qubit in (*others, *reversed(operands)))]
    return states.view(-1, *[2] * n).permute(order), order


def _reduced(states: Tensor, operands: tuple[int, ...]) -> np.ndarray:
    """The density matrices of some qubits, shape [batch, 2**k, 2**k], complex128."""
    moved, _ = _with_operands_last(states, operands)
    columns = moved.reshape(len(states), -1, 1 << len(operands))
    return (columns.transpose(1, 2) @ columns.conj()).cpu().numpy().astype(complex)


def _applied(states: Tensor, matrix: np.ndarray, operands: tuple[int, ...]) -> Tensor:
    """A matrix on some qubits of all states."""
    moved, order = _with_operands_last(states, operands)
    on = torch.from_numpy(matrix).to(states)
    after = (moved.reshape(-1, 1 << len(operands)) @ on.T).view(moved.shape)
    return after.permute(np.argsort(order).tolist()).reshape(states.shape)
