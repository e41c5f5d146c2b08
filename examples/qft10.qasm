// Period finding by the quantum Fourier transform of ten qubits, in OpenQASM 2.
// The input is the sum of |3 + 8k>, k = 0 to 127: a comb of period 8, shifted by 3.
// Expect: the eight multiples of 1024/8 = 128, each with probability 1/8, and nothing else:
// 0000000000, 0010000000, 0100000000, ..., 1110000000. The shift shows in phases only.
// A reversed bit order would give 0000000000 to 0000000111 instead.
OPENQASM 2.0;
include "qelib1.inc";

qreg q[10];
creg c[10];

// the comb: bits 0 and 1 hold the shift, bits 3 to 9 run through all values
x q[0];
x q[1];
h q[3];
h q[4];
h q[5];
h q[6];
h q[7];
h q[8];
h q[9];

// the transform, qubit 0 least significant
h q[9];
cu1(pi/2) q[8], q[9];
cu1(pi/4) q[7], q[9];
cu1(pi/8) q[6], q[9];
cu1(pi/16) q[5], q[9];
cu1(pi/32) q[4], q[9];
cu1(pi/64) q[3], q[9];
cu1(pi/128) q[2], q[9];
cu1(pi/256) q[1], q[9];
cu1(pi/512) q[0], q[9];
h q[8];
cu1(pi/2) q[7], q[8];
cu1(pi/4) q[6], q[8];
cu1(pi/8) q[5], q[8];
cu1(pi/16) q[4], q[8];
cu1(pi/32) q[3], q[8];
cu1(pi/64) q[2], q[8];
cu1(pi/128) q[1], q[8];
cu1(pi/256) q[0], q[8];
h q[7];
cu1(pi/2) q[6], q[7];
cu1(pi/4) q[5], q[7];
cu1(pi/8) q[4], q[7];
cu1(pi/16) q[3], q[7];
cu1(pi/32) q[2], q[7];
cu1(pi/64) q[1], q[7];
cu1(pi/128) q[0], q[7];
h q[6];
cu1(pi/2) q[5], q[6];
cu1(pi/4) q[4], q[6];
cu1(pi/8) q[3], q[6];
cu1(pi/16) q[2], q[6];
cu1(pi/32) q[1], q[6];
cu1(pi/64) q[0], q[6];
h q[5];
cu1(pi/2) q[4], q[5];
cu1(pi/4) q[3], q[5];
cu1(pi/8) q[2], q[5];
cu1(pi/16) q[1], q[5];
cu1(pi/32) q[0], q[5];
h q[4];
cu1(pi/2) q[3], q[4];
cu1(pi/4) q[2], q[4];
cu1(pi/8) q[1], q[4];
cu1(pi/16) q[0], q[4];
h q[3];
cu1(pi/2) q[2], q[3];
cu1(pi/4) q[1], q[3];
cu1(pi/8) q[0], q[3];
h q[2];
cu1(pi/2) q[1], q[2];
cu1(pi/4) q[0], q[2];
h q[1];
cu1(pi/2) q[0], q[1];
h q[0];
swap q[0], q[9];
swap q[1], q[8];
swap q[2], q[7];
swap q[3], q[6];
swap q[4], q[5];

measure q -> c;
