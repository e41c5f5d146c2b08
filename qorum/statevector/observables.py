"""Sums of Pauli strings: what they do to states, and what they are worth in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, cast

import torch
from qiskit.quantum_info import SparsePauliOp

from qorum.errors import CircuitRejected
from qorum.statevector.paulis import PauliTerm, Prepared, prepare

Tensor = torch.Tensor

NEGLIGIBLE = 1e-12
"""Imaginary parts of coefficients, relative to the largest coefficient, that count as rounding."""

AT_ONCE = 1 << 16
"""Amplitudes of a state whose products are made together: they stay in the processor's cache."""


@dataclass(frozen=True)
class PauliSum:
    """A Hermitian observable: `constant` + Σ coefficient · Pauli string.

    Attributes:
        num_qubits: qubits 0 … num_qubits - 1; of a wider state the others are left alone.
        terms: each string but the identity once, in ascending order of its masks.
        constant: the coefficient of the identity.
    """

    num_qubits: int
    terms: tuple[PauliTerm, ...]
    constant: float = 0.0
    _prepared: dict[tuple[torch.dtype, torch.device], Prepared] = field(
        default_factory=lambda: dict[tuple[torch.dtype, torch.device], Prepared](),
        init=False,
        compare=False,
        repr=False,
    )

    @classmethod
    def from_qiskit(cls, observable: SparsePauliOp) -> PauliSum:
        """The same observable; bit q of a mask is Qiskit's qubit q.

        Raises:
            CircuitRejected: a coefficient is complex, not finite or a free parameter, or there is no term.
        """
        coefficients = cast(list[Any], observable.coeffs)
        if any(getattr(value, "parameters", None) for value in coefficients):
            raise _rejected("bound coefficients expected, found free parameters; assign values first")
        labels = cast(list[str], observable.paulis.to_labels())
        terms = [(label, complex(value)) for label, value in zip(labels, coefficients, strict=True)]
        return cls.from_terms(cast(int, observable.num_qubits), terms)

    @classmethod
    def from_terms(cls, num_qubits: int, terms: Iterable[Sequence[str | float | complex]]) -> PauliSum:
        """An observable from pairs such as `["IIXZ", 0.17]`; the rightmost letter is qubit 0.

        Args:
            num_qubits: length of each label.
            terms: a label of I, X, Y, Z and a real coefficient; equal labels add up.

        Raises:
            CircuitRejected: there is no term, a label has another length or letter, or a coefficient is
                complex (the sum would not be Hermitian) or not finite.
        """
        pairs = [_read(term, num_qubits) for term in terms]
        if not pairs:
            raise _rejected("at least one Pauli string expected, found none")
        largest = max(abs(coefficient) for _, coefficient in pairs)
        sums: dict[tuple[int, int], complex] = {}
        names: dict[tuple[int, int], str] = {}
        for label, coefficient in pairs:
            x = int("".join("1" if letter in "XY" else "0" for letter in label), 2)
            z = int("".join("1" if letter in "ZY" else "0" for letter in label), 2)
            sums[x, z] = sums.get((x, z), 0) + coefficient
            names[x, z] = label
        for key, total in sums.items():
            if abs(total.imag) > NEGLIGIBLE * largest:
                found = f"{total} of {names[key]!r}"
                raise _rejected(f"real coefficients expected (else it is not Hermitian), found {found}")
        constant = sums.pop((0, 0), 0.0).real
        terms_of = tuple(PauliTerm(x, z, sums[x, z].real) for x, z in sorted(sums))
        return cls(num_qubits, terms_of, constant)

    def refuse_wider_than(self, name: str, num_qubits: int) -> None:
        """Raises `CircuitRejected` if it acts on more qubits than the circuit of that name has."""
        if self.num_qubits > num_qubits:
            raise CircuitRejected(
                name, f"an observable on at most {num_qubits} qubits expected, found one on {self.num_qubits}"
            )

    def _refuse_unfit(self, states: Tensor) -> None:
        amplitudes = states.shape[-1] if states.dim() else 0
        if not states.is_complex() or amplitudes.bit_count() != 1:
            found = f"{str(states.dtype).removeprefix('torch.')} of shape {list(states.shape)}"
            raise _rejected(f"complex states of shape [..., 2**n] expected, found {found}")
        self.refuse_wider_than("states", amplitudes.bit_length() - 1)

    def apply(self, states: Tensor) -> Tensor:
        """H|psi> of each state, without a matrix; autograd sees the states.

        Args:
            states: complex, shape [..., 2**n], n at least `num_qubits`; qubit q is bit q.

        Returns:
            New tensor, shape and dtype of `states`.

        Raises:
            CircuitRejected: the states have too few qubits, or are none.
        """
        self._refuse_unfit(states)
        if not states.numel():
            return states.clone()
        return cast(Tensor, _Apply.apply(states, self))

    def expectation(self, states: Tensor) -> Tensor:
        """<psi|H|psi> of each state, summed in double precision; autograd sees the states.

        Args:
            states: see `apply`; taken as normalized.

        Returns:
            Float64, shape [...]; float32 on devices without double precision (MPS).

        Raises:
            CircuitRejected: the states have too few qubits, or are none.
        """
        self._refuse_unfit(states)
        if not states.numel():
            return states.real.double().sum(-1)
        return cast(Tensor, _Expectation.apply(states, self))

    def variance(self, states: Tensor) -> Tensor:
        """<H²> - <H>², as the squared norm of (H - <H>)|psi>: no cancellation near eigenstates.

        Args:
            states: see `apply`; taken as normalized.

        Returns:
            Shape and dtype as those of `expectation`.
        """
        applied = self.apply(states)
        means = overlap(states, applied)
        return overlap(deviation := applied - means.unsqueeze(-1).to(states.dtype) * states, deviation)

    def __reduce__(self) -> tuple[type[PauliSum], tuple[int, tuple[PauliTerm, ...], float]]:
        return PauliSum, (self.num_qubits, self.terms, self.constant)

    def prepared(self, dtype: torch.dtype, device: torch.device) -> Prepared:
        """What `apply` multiplies by, made once for each kind of state."""
        key = (dtype, device)
        if key not in self._prepared:
            self._prepared[key] = prepare(self.num_qubits, self.terms, self.constant, dtype, device)
        return self._prepared[key]


def overlap(left: Tensor, right: Tensor) -> Tensor:
    """Re <left|right> over the last axis, summed in double precision where the device has it."""
    exact = torch.float32 if left.device.type == "mps" else torch.float64
    left, right = left.resolve_conj(), right.resolve_conj()
    size = AT_ONCE if left.device.type == "cpu" else 1 << 24
    parts = [
        (torch.view_as_real(some) * torch.view_as_real(others)).flatten(-2).sum(-1, dtype=exact)
        for some, others in zip(left.split(size, -1), right.split(size, -1), strict=True)
    ]
    return parts[0] if len(parts) == 1 else torch.stack(parts).sum(0)


class _Apply(torch.autograd.Function):
    """Linear and self-adjoint: backward applies the same operator."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, observable: PauliSum) -> Tensor:
        ctx.observable = observable
        return observable.prepared(states.dtype, states.device)(states.resolve_conj().contiguous())

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        return ctx.observable.apply(grad_outputs[0]), None


class _Expectation(torch.autograd.Function):
    """Backward is 2 g H|psi>, which forward has already made."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, observable: PauliSum) -> Tensor:
        ctx.observable = observable
        applied = observable.prepared(states.dtype, states.device)(states.resolve_conj().contiguous())
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(states, applied)
        return overlap(states, applied)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        states, applied = ctx.saved_tensors
        if torch.is_grad_enabled():  # for second derivatives
            applied = ctx.observable.apply(states)
        return (2 * grad_outputs[0]).unsqueeze(-1).to(states.dtype) * applied, None


def _read(term: Sequence[str | float | complex], num_qubits: int) -> tuple[str, complex]:
    if len(term) != 2 or not isinstance(term[0], str) or isinstance(term[1], str):
        raise _rejected(f"pairs of a label and a number expected, found {term!r}")
    label, coefficient = term[0], complex(term[1])
    if len(label) != num_qubits or not num_qubits:
        raise _rejected(f"labels of {num_qubits} letters, at least 1, expected, found {label!r}")
    if label.strip("IXYZ"):
        raise _rejected(f"labels of I, X, Y and Z expected, found {label!r}")
    if not (isfinite(coefficient.real) and isfinite(coefficient.imag)):
        raise _rejected(f"finite coefficients expected, found {coefficient} of {label!r}")
    return label, coefficient


def _rejected(reason: str) -> CircuitRejected:
    return CircuitRejected("observable", reason)
