"""Circuits as users hand them in: OpenQASM 2 texts of five kinds, each one different from the others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import pi

import numpy as np

LEAST_QUBITS, MOST_QUBITS = 2, 12


def circuit_texts(how_many: int, seed: int = 2026) -> list[str]:
    """OpenQASM 2 texts; the first ones of a longer list are those of a shorter one.

    In turn: hardware-efficient ansatz, QFT of a product state, random gates, graph or GHZ state in
    turned bases, QAOA of MaxCut. 2 to 12 qubits, about 20 to 200 operations, every qubit measured.
    """
    return [_text(index, np.random.default_rng([seed, index])) for index in range(how_many)]


def _text(index: int, random: np.random.Generator) -> str:
    kind = _KINDS[index % len(_KINDS)]
    num_qubits = int(random.integers(LEAST_QUBITS, MOST_QUBITS + 1))
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{num_qubits}];", f"creg c[{num_qubits}];"]
    return "\n".join([*lines, *kind(num_qubits, random), "measure q -> c;", ""])


def _angle(random: np.random.Generator) -> str:
    return f"{random.uniform(-pi, pi):.12f}"


def _turned(num_qubits: int, random: np.random.Generator) -> list[str]:
    return [f"ry({_angle(random)}) q[{qubit}];" for qubit in range(num_qubits)]


def _hardware_efficient(num_qubits: int, random: np.random.Generator) -> list[str]:
    lines: list[str] = []
    for _ in range(max(2, 40 // num_qubits)):
        lines += [f"r{axis}({_angle(random)}) q[{qubit}];" for axis in "yz" for qubit in range(num_qubits)]
        lines += [f"cx q[{qubit}],q[{qubit + 1}];" for qubit in range(num_qubits - 1)]
    return lines + _turned(num_qubits, random)


def _qft(num_qubits: int, random: np.random.Generator) -> list[str]:
    lines = [*_turned(num_qubits, random), *_turned(num_qubits, random)]
    for target in reversed(range(num_qubits)):
        lines.append(f"h q[{target}];")
        lines += [f"cu1(pi/{1 << target - other}) q[{other}],q[{target}];" for other in range(target)]
    swaps = [f"swap q[{qubit}],q[{num_qubits - 1 - qubit}];" for qubit in range(num_qubits // 2)]
    return [*lines, *swaps, *_turned(num_qubits, random)]


def _random(num_qubits: int, random: np.random.Generator) -> list[str]:
    lines: list[str] = []
    for _ in range(int(random.integers(40, 140))):
        first, second = (f"q[{qubit}]" for qubit in random.permutation(num_qubits)[:2])
        name = random.choice(("h", "t", "sdg", "x", "rx", "rz", "u3", "cx", "cz", "swap"))
        if name in ("cx", "cz", "swap"):
            lines.append(f"{name} {first},{second};")
        elif name in ("rx", "rz"):
            lines.append(f"{name}({_angle(random)}) {first};")
        elif name == "u3":
            lines.append(f"u3({_angle(random)},{_angle(random)},{_angle(random)}) {first};")
        else:
            lines.append(f"{name} {first};")
    return lines


def _graph_state(num_qubits: int, random: np.random.Generator) -> list[str]:
    """A GHZ state over a random chain, or the graph state of a random graph; then turned bases."""
    order = random.permutation(num_qubits).tolist()
    if random.random() < 0.5:
        links = pairwise(order)
        lines = [f"h q[{order[0]}];", *(f"cx q[{one}],q[{other}];" for one, other in links)]
    else:
        pairs = [(one, other) for one in range(num_qubits) for other in range(one)]
        lines = [f"h q[{qubit}];" for qubit in range(num_qubits)]
        lines += [f"cz q[{one}],q[{other}];" for one, other in pairs if random.random() < 0.5]
    return [*lines, *_turned(num_qubits, random), *(f"t q[{qubit}];" for qubit in order)]


def _qaoa(num_qubits: int, random: np.random.Generator) -> list[str]:
    pairs = [(one, other) for one in range(num_qubits) for other in range(one) if random.random() < 0.5]
    lines = [f"h q[{qubit}];" for qubit in range(num_qubits)]
    for _ in range(2):
        cost, mixing = _angle(random), _angle(random)
        lines += [
            f"cx q[{one}],q[{other}]; rz({cost}) q[{other}]; cx q[{one}],q[{other}];" for one, other in pairs
        ]
        lines += [f"rx({mixing}) q[{qubit}];" for qubit in range(num_qubits)]
    return lines


_KINDS: tuple[Callable[[int, np.random.Generator], list[str]], ...] = (
    _hardware_efficient,
    _qft,
    _random,
    _graph_state,
    _qaoa,
)
