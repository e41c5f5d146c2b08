"""Gate libraries: what `include` brings, and the gates that Braket's programs take for granted."""

# Operators are written as plain functions of values.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from qiskit.circuit import library as gates

from qorum.circuits.openqasm3.parts import Part, Parts, dense
from qorum.circuits.openqasm3.symbols import LibraryGate


def _gate(kind: Callable[..., Any], width: int, *angles: float) -> Parts:
    return (Part(kind(*angles), tuple(range(width))),)


def _library(table: Mapping[str, tuple[Callable[..., Any], int, int]]) -> dict[str, LibraryGate]:
    return {
        name: LibraryGate(name, count, width, partial(_gate, kind, width))
        for name, (kind, count, width) in table.items()
    }


def _built(name: str, count: int, width: int, build: Callable[..., Parts]) -> LibraryGate:
    return LibraryGate(name, count, width, build)


def universal(theta: float, phi: float, lam: float) -> Parts:
    """The built-in `U`, whose phase is e^(iθ/2) times that of Qiskit's."""
    return Part(gates.UGate(theta, phi, lam), (0,)), Part(None, (), theta / 2)


def _u2(phi: float, lam: float) -> Parts:
    return _u3(math.pi / 2, phi, lam)


def _u3(theta: float, phi: float, lam: float) -> Parts:
    return Part(gates.UGate(theta, phi, lam), (0,)), Part(None, (), -(phi + lam) / 2)


_PLAIN: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "p": (gates.PhaseGate, 1, 1),
    "x": (gates.XGate, 0, 1),
    "y": (gates.YGate, 0, 1),
    "z": (gates.ZGate, 0, 1),
    "h": (gates.HGate, 0, 1),
    "s": (gates.SGate, 0, 1),
    "sdg": (gates.SdgGate, 0, 1),
    "t": (gates.TGate, 0, 1),
    "tdg": (gates.TdgGate, 0, 1),
    "sx": (gates.SXGate, 0, 1),
    "id": (gates.IGate, 0, 1),
    "rx": (gates.RXGate, 1, 1),
    "ry": (gates.RYGate, 1, 1),
    "rz": (gates.RZGate, 1, 1),
    "u1": (gates.PhaseGate, 1, 1),
    "cx": (gates.CXGate, 0, 2),
    "cy": (gates.CYGate, 0, 2),
    "cz": (gates.CZGate, 0, 2),
    "cp": (gates.CPhaseGate, 1, 2),
    "crx": (gates.CRXGate, 1, 2),
    "cry": (gates.CRYGate, 1, 2),
    "crz": (gates.CRZGate, 1, 2),
    "ch": (gates.CHGate, 0, 2),
    "swap": (gates.SwapGate, 0, 2),
    "ccx": (gates.CCXGate, 0, 3),
    "cswap": (gates.CSwapGate, 0, 3),
    "cu": (gates.CUGate, 4, 2),
}

STDGATES: Mapping[str, LibraryGate] = {
    **_library(
        {
            **_PLAIN,
            "CX": (gates.CXGate, 0, 2),
            "phase": (gates.PhaseGate, 1, 1),
            "cphase": (gates.CPhaseGate, 1, 2),
        }
    ),
    "u2": _built("u2", 2, 1, _u2),
    "u3": _built("u3", 3, 1, _u3),
}

QELIB1: Mapping[str, LibraryGate] = _library(
    {
        **_PLAIN,
        "CX": (gates.CXGate, 0, 2),
        "u": (gates.UGate, 3, 1),
        "u3": (gates.UGate, 3, 1),
        "sxdg": (gates.SXdgGate, 0, 1),
        "csx": (gates.CSXGate, 0, 2),
        "cu1": (gates.CPhaseGate, 1, 2),
        "rxx": (gates.RXXGate, 1, 2),
        "rzz": (gates.RZZGate, 1, 2),
        "rccx": (gates.RCCXGate, 0, 3),
        "rc3x": (gates.RC3XGate, 0, 4),
        "c3x": (gates.C3XGate, 0, 4),
        "c3sqrtx": (gates.C3SXGate, 0, 4),
        "c4x": (gates.C4XGate, 0, 5),
    }
) | {
    "u2": _built("u2", 2, 1, lambda phi, lam: _gate(gates.UGate, 1, math.pi / 2, phi, lam)),
    "u0": _built("u0", 1, 1, lambda _: ()),
    "cu3": _built("cu3", 3, 2, lambda theta, phi, lam: _gate(gates.CUGate, 2, theta, phi, lam, 0.0)),
}


def _turn_in_plane(theta: float, phi: float) -> Parts:
    return _gate(gates.RGate, 1, theta, phi)


HQSLIB1: Mapping[str, LibraryGate] = QELIB1 | {
    "U1q": _built("U1q", 2, 1, _turn_in_plane),
    "Rz": _built("Rz", 1, 1, partial(_gate, gates.RZGate, 1)),
    "ZZ": _built("ZZ", 0, 2, lambda: _gate(gates.RZZGate, 2, math.pi / 2)),
    "RZZ": _built("RZZ", 1, 2, partial(_gate, gates.RZZGate, 2)),
}

LIBRARIES: Mapping[str, Mapping[str, LibraryGate]] = {
    "stdgates.inc": STDGATES,
    "qelib1.inc": QELIB1,
    "hqslib1.inc": HQSLIB1,
}
"""By the name that `include` takes."""


def _diagonal_phase(place: int, angle: float) -> Parts:
    entries = np.ones(4, dtype=np.complex128)
    entries[place] = np.exp(1j * angle)
    return dense(np.diag(entries), range(2))


def _xy(angle: float) -> Parts:
    return _gate(gates.XXPlusYYGate, 2, -angle, 0.0)


def _native_two(phi0: float, phi1: float, theta: float = math.pi / 2) -> Parts:
    """IonQ's Mølmer–Sørensen gate, in radians, as Braket defines it."""
    c, s = math.cos(theta / 2), -1j * math.sin(theta / 2)
    plus, minus = phi0 + phi1, phi0 - phi1
    block = np.diag([c, c, c, c]).astype(np.complex128)
    # rows and columns with the first qubit as the least significant bit
    block[0, 3], block[3, 0] = s * np.exp(-1j * plus), s * np.exp(1j * plus)
    block[2, 1], block[1, 2] = s * np.exp(-1j * minus), s * np.exp(1j * minus)
    return dense(block, range(2))


def _one(entries: list[list[complex]]) -> Parts:
    return dense(np.array(entries, dtype=np.complex128), range(1))


BRAKET: Mapping[str, LibraryGate] = _library(
    {name: _PLAIN[name] for name in ("h", "x", "y", "z", "s", "t", "rx", "ry", "rz", "cy", "cz", "swap")}
    | {
        "i": (gates.IGate, 0, 1),
        "si": (gates.SdgGate, 0, 1),
        "ti": (gates.TdgGate, 0, 1),
        "v": (gates.SXGate, 0, 1),
        "vi": (gates.SXdgGate, 0, 1),
        "phaseshift": (gates.PhaseGate, 1, 1),
        "cnot": (gates.CXGate, 0, 2),
        "cv": (gates.CSXGate, 0, 2),
        "cphaseshift": (gates.CPhaseGate, 1, 2),
        "ecr": (gates.ECRGate, 0, 2),
        "iswap": (gates.iSwapGate, 0, 2),
        "xx": (gates.RXXGate, 1, 2),
        "yy": (gates.RYYGate, 1, 2),
        "zz": (gates.RZZGate, 1, 2),
        "ccnot": (gates.CCXGate, 0, 3),
        "cswap": (gates.CSwapGate, 0, 3),
        "prx": (gates.RGate, 2, 1),
    }
) | {
    # Braket counts the first qubit as the most significant: 01 is entry 2 here
    "cphaseshift00": _built("cphaseshift00", 1, 2, lambda angle: _diagonal_phase(0, angle)),
    "cphaseshift01": _built("cphaseshift01", 1, 2, lambda angle: _diagonal_phase(2, angle)),
    "cphaseshift10": _built("cphaseshift10", 1, 2, lambda angle: _diagonal_phase(1, angle)),
    "xy": _built("xy", 1, 2, _xy),
    "pswap": _built(
        "pswap",
        1,
        2,
        lambda angle: dense(
            np.array(
                [[1, 0, 0, 0], [0, 0, np.exp(1j * angle), 0], [0, np.exp(1j * angle), 0, 0], [0, 0, 0, 1]],
                dtype=np.complex128,
            ),
            range(2),
        ),
    ),
    "gpi": _built("gpi", 1, 1, lambda phi: _one([[0, np.exp(-1j * phi)], [np.exp(1j * phi), 0]])),
    "gpi2": _built(
        "gpi2",
        1,
        1,
        lambda phi: _one(
            [
                [math.sqrt(0.5), -1j * np.exp(-1j * phi) * math.sqrt(0.5)],
                [-1j * np.exp(1j * phi) * math.sqrt(0.5), math.sqrt(0.5)],
            ]
        ),
    ),
    "ms": _built("ms", 3, 2, _native_two),
    "U": _built("U", 3, 1, universal),
}
"""Braket's gates, which its programs use without an include."""
