"""Programs as Amazon Braket takes them, and what they show: OpenQASM 3 of registers, read line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.faults.vendors.aws_devices import PROGRAM, SETS, Device
from tests.faults.vendors.simulation import Gate, H, Matrix, V, X, Y, Z, phase, probabilities, rotation

FIXED: Mapping[str, Matrix] = {
    **{"x": X, "y": Y, "z": Z, "h": H, "v": V, "vi": V.conj().T, "i": np.eye(2, dtype=np.complex128)},
    **{"s": phase(pi / 2), "si": phase(-pi / 2), "t": phase(pi / 4), "ti": phase(-pi / 4)},
}
TURNS: Mapping[str, Callable[[float], Matrix]] = {
    **{"rx": lambda a: rotation(X, a), "ry": lambda a: rotation(Y, a), "rz": lambda a: rotation(Z, a)},
    **{"phaseshift": phase},
}
PAIRS = ("cnot", "cz", "cphaseshift", "swap", "iswap", "xx", "yy", "zz")
ANGLED = {*TURNS, "cphaseshift", "xx", "yy", "zz"}

_GATE = re.compile(r"(?P<name>[a-z]+)(\((?P<angle>[-+0-9.e]+)\))? (?P<qubits>q\[\d+\](, q\[\d+\])*);")
_MEASURE = re.compile(r"b\[(\d+)\] = measure q\[(\d+)\];")


class Malformed(Exception):
    """What the vendor answers with 400."""


@dataclass(frozen=True)
class Read:
    """A program: its gates, and the qubit that each bit holds, by bit."""

    width: int
    gates: Sequence[tuple[str, float, tuple[int, ...]]]
    measured: Mapping[int, int]


def read_action(action: str, device: Device) -> list[dict[str, Any]]:
    """The programs of a task, in their order.

    Raises:
        Malformed: the device does not take them.
    """
    told = json.loads(action)
    kind = told["braketSchemaHeader"]["name"]
    _need(kind == PROGRAM or (kind == SETS and device.sets), f"the device does not take {kind}")
    programs = told["programs"] if kind == SETS else [told]
    _need(1 <= len(programs) <= (device.sets[0] if device.sets else 1), "number of programs")
    for program in programs:
        read = read_source(program["source"])
        _need(read.width <= device.qubits, "more qubits than the device has")
        if unknown := {name for name, _, _ in read.gates} - set(device.operations):
            raise Malformed(f"unsupported gates {sorted(unknown)}")
    return programs


def read_source(source: str) -> Read:
    """A program of one register of qubits and one of bits, in which every qubit is acted on."""
    first, bits, qubits, *lines = source.split("\n")
    width = int(re.fullmatch(r"qubit\[(\d+)\] q;", qubits)[1])  # pyright: ignore
    _need(first == "OPENQASM 3.0;" and bits == f"bit[{width}] b;", "declarations")
    gates: list[tuple[str, float, tuple[int, ...]]] = []
    measured: dict[int, int] = {}
    for line in lines:
        if found := _MEASURE.fullmatch(line):
            measured[int(found[1])] = int(found[2])
            continue
        found = _GATE.fullmatch(line)
        _need(found is not None and not measured, f"line {line!r}")
        name, angle = found["name"], found["angle"]
        at = tuple(int(qubit) for qubit in re.findall(r"\d+", found["qubits"]))
        _need((angle is not None) == (name in ANGLED), f"angles of {name}")
        _need(len(set(at)) == len(at) == (2 if name in PAIRS else 1), f"qubits of {name}")
        _need(name in {*FIXED, *TURNS, *PAIRS} and max(at) < width, f"line {line!r}")
        gates.append((name, float(angle or 0), at))
    used = {qubit for _, _, at in gates for qubit in at}
    _need(used == set(range(width)), "Device requires contiguous qubits: unused ones")
    _need(len(set(measured.values())) == len(measured) > 0, "measurements")
    return Read(width, gates, measured)


def sample(source: str, shots: int, generator: np.random.Generator) -> tuple[NDArray[np.int64], list[int]]:
    """[shots, measured] of 0 and 1, and the qubit of each column, in the order of the bits."""
    read = read_source(source)
    exact = probabilities(read.width, [one for gate in read.gates for one in _gates(*gate)])
    columns = [read.measured[bit] for bit in sorted(read.measured)]
    chances = np.array(list(exact.values()))
    drawn = generator.choice(np.array(list(exact)), size=shots, p=chances / chances.sum())
    return np.stack([(drawn >> qubit) & 1 for qubit in columns], axis=1), columns


def _gates(name: str, angle: float, at: Sequence[int]) -> list[Gate]:
    if name in FIXED:
        return [Gate(FIXED[name], at[0])]
    if name in TURNS:
        return [Gate(TURNS[name](angle), at[0])]
    a, b = at
    cnot, back = Gate(X, b, (a,)), Gate(X, a, (b,))
    match name:
        case "cnot":
            return [cnot]
        case "cz" | "cphaseshift":
            return [Gate(phase(pi if name == "cz" else angle), b, (a,))]
        case "swap":
            return [cnot, back, cnot]
        case "iswap":  # swap, then i on 01 and 10
            turned = [Gate(phase(pi / 2), a), Gate(phase(pi / 2), b), Gate(phase(-pi), b, (a,))]
            return [cnot, back, cnot, *turned]
    middle = [cnot, Gate(rotation(Z, angle), b), cnot]
    turn = {"zz": np.eye(2), "xx": H, "yy": rotation(X, pi / 2)}[name]
    into, out = ([Gate(matrix, q) for q in at] for matrix in (turn, turn.conj().T))
    return [*into, *middle, *out]


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise Malformed(what)
