"""Gates of Cirq, PennyLane and Qiskit's library, as code, by their number of qubits."""

from __future__ import annotations


def _of(text: str) -> list[str]:
    return [each for line in text.strip().splitlines() for each in line.strip().split(" | ")]


# {} stands for a number, {1}, {2} and {3} for a random matrix of so many qubits.
CIRQ = {
    1: _of("""X | Y | Z | H | S | T | I | S**-1 | rx({}) | ry({}) | rz({}) | MatrixGate({1})
        PhasedXPowGate(phase_exponent={}, exponent={}) | XPowGate(exponent={}, global_shift={})
        PhasedXZGate(x_exponent={}, z_exponent={}, axis_phase_exponent={})
        ZPowGate(exponent={}, global_shift={})"""),
    2: _of("""CX | CZ | SWAP | ISWAP | SQRT_ISWAP | FSimGate({}, {}) | givens({}) | riswap({}) | cphase({})
        PhasedISwapPowGate(phase_exponent={}, exponent={}) | PhasedFSimGate({}, {}, {}, {}, {})
        MatrixGate({2}) | DensePauliString('XZ') | TwoQubitDiagonalGate([{}, {}, {}, {}]) | ms({})
        DiagonalGate([{}, {}, {}, {}]) | IdentityGate(2) | QuantumFourierTransformGate(2)
        ParallelGate(cirq.Y**{}, 2) | CZPowGate(exponent={}, global_shift={})"""),
    3: _of("""CCX | CCZ | CSWAP | MatrixGate({3}) | QuantumFourierTransformGate(3) | DensePauliString('YXZ')
        ThreeQubitDiagonalGate([{}, {}, {}, {}, {}, {}, {}, {}])
        PhaseGradientGate(num_qubits=3, exponent={})
        BooleanHamiltonianGate(['a', 'b', 'c'], ['a & b ^ c'], {})"""),
}
CIRQ_POWERED = {1: _of("X | Y | Z | H"), 2: _of("CX | CZ | SWAP | ISWAP | XX | YY | ZZ"), 3: _of("CCX | CCZ")}

# <0>, <1> and <2> are the operands, ANGLE is a number, [1], [2] and [3] a random matrix of so many wires.
PENNYLANE = {
    1: _of("""Hadamard(<0>) | X(<0>) | Y(<0>) | Z(<0>) | S(<0>) | T(<0>) | SX(<0>) | Identity(<0>)
        RX(ANGLE, <0>) | RY(ANGLE, <0>) | RZ(ANGLE, <0>) | PhaseShift(ANGLE, <0>)
        Rot(ANGLE, ANGLE, ANGLE, <0>) | U1(ANGLE, <0>) | U2(ANGLE, ANGLE, <0>) | U3(ANGLE, ANGLE, ANGLE, <0>)
        QubitUnitary([1], <0>) | DiagonalQubitUnitary(np.exp(1j * np.array([ANGLE, ANGLE])), [<0>])
        MultiRZ(ANGLE, [<0>]) | PauliRot(ANGLE, 'Y', <0>) | exp(qml.X(<0>), 1j * ANGLE)
        GlobalPhase(ANGLE, <0>) | AngleEmbedding([ANGLE], [<0>], rotation='Y') | PCPhase(ANGLE, 1, [<0>])"""),
    2: _of("""CNOT([<0>, <1>]) | CZ([<0>, <1>]) | CY([<0>, <1>]) | CH([<0>, <1>]) | SWAP([<0>, <1>])
        ISWAP([<0>, <1>]) | SISWAP([<0>, <1>]) | ECR([<0>, <1>]) | PSWAP(ANGLE, [<0>, <1>])
        CRX(ANGLE, [<0>, <1>]) | CRY(ANGLE, [<0>, <1>]) | CRZ(ANGLE, [<0>, <1>])
        CRot(ANGLE, ANGLE, ANGLE, [<0>, <1>]) | ControlledPhaseShift(ANGLE, [<0>, <1>])
        IsingXX(ANGLE, [<0>, <1>]) | IsingYY(ANGLE, [<0>, <1>]) | IsingZZ(ANGLE, [<0>, <1>])
        IsingXY(ANGLE, [<0>, <1>]) | SingleExcitation(ANGLE, [<0>, <1>]) | FermionicSWAP(ANGLE, [<0>, <1>])
        SingleExcitationPlus(ANGLE, [<0>, <1>]) | SingleExcitationMinus(ANGLE, [<0>, <1>])
        MultiRZ(ANGLE, [<0>, <1>]) | PauliRot(ANGLE, 'XY', [<0>, <1>]) | QubitUnitary([2], [<0>, <1>])
        QFT([<0>, <1>]) | prod(qml.X(<0>), qml.RZ(ANGLE, <1>)) | exp(qml.X(<0>) @ qml.Z(<1>), 1j * ANGLE)
        CPhaseShift00(ANGLE, [<0>, <1>]) | CPhaseShift01(ANGLE, [<0>, <1>])
        CPhaseShift10(ANGLE, [<0>, <1>]) | Select([qml.X(<1>), qml.RY(ANGLE, <1>)], control=[<0>])
        BasicEntanglerLayers(np.array([[ANGLE, ANGLE]]), [<0>, <1>]) | Permute([<1>, <0>], [<0>, <1>])
        evolve(qml.X(<0>) @ qml.Y(<1>), ANGLE) | AngleEmbedding([ANGLE, ANGLE], [<0>, <1>])
        AmplitudeEmbedding(np.array([0.5, 0.5j, -0.5, 0.5]), [<0>, <1>]) | GroverOperator([<0>, <1>])
        StatePrep(np.array([0.6, 0, 0.8j, 0]), [<0>, <1>]) | BasisState([1, 1], [<0>, <1>])"""),
    3: _of("""Toffoli([<0>, <1>, <2>]) | CSWAP([<0>, <1>, <2>]) | CCZ([<0>, <1>, <2>])
        MultiControlledX([<0>, <1>, <2>], control_values=[0, 1]) | QFT([<0>, <1>, <2>])
        PauliRot(ANGLE, 'XIZ', [<0>, <1>, <2>]) | QubitUnitary([3], [<0>, <1>, <2>])
        StronglyEntanglingLayers(0.3 * np.arange(9).reshape(1, 3, 3), [<0>, <1>, <2>])
        FlipSign([1, 0, 1], [<0>, <1>, <2>]) | Permute([<2>, <0>, <1>], [<0>, <1>, <2>])
        MultiRZ(ANGLE, [<0>, <1>, <2>]) | SpecialUnitary(0.1 * np.arange(63), [<0>, <1>, <2>])
        ControlledSequence(qml.RX(ANGLE, <2>), control=[<0>, <1>])
        prod(qml.CNOT([<0>, <2>]), qml.S(<1>))"""),
}

# SEED stands for a number. Standard gates are not among them.
QISKIT = {
    1: _of("""UnitaryGate(random_unitary(2, seed=SEED)) | PauliGate('Y') | DiagonalGate([1, 1j])"""),
    2: _of("""UnitaryGate(random_unitary(4, seed=SEED)) | PauliGate('XZ') | DiagonalGate([1, 1j, -1, -1j])
        PermutationGate([1, 0]) | Isometry(random_unitary(4, seed=SEED).data, 0, 0) | UCRYGate([0.3, 0.9])
        QFTGate(2) | MCPhaseGate(0.3, 1) | LinearFunction([[1, 1], [0, 1]])"""),
    3: _of("""UnitaryGate(random_unitary(8, seed=SEED)) | PermutationGate([2, 0, 1]) | PauliGate('XYZ')
        UCRZGate([0.3, 0.9, 0.1, -0.4]) | QFTGate(3) | MCPhaseGate(0.7, 2) | MCXGate(2, ctrl_state=1)
        UCGate([random_unitary(2, seed=SEED + i).data for i in range(4)])"""),
}
