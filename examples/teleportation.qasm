// Quantum teleportation with measurement in mid-circuit and gates that depend on it, in OpenQASM 3.
// The state cos(0.6)|0> + sin(0.6)|1> goes from q[0] to q[2].
// Expect: the leftmost bit (received) is 1 with probability sin(0.6)^2 = 0.3188, whatever the two others
// (sent) are; those are uniform: 000, 001, 010, 011 have 0.1703 each, 100, 101, 110, 111 have 0.0797 each.
// Only backends that run dynamic circuits are eligible.
OPENQASM 3.0;
include "stdgates.inc";

qubit[3] q;
bit[2] sent;
bit[1] received;

ry(1.2) q[0];

h q[1];
cx q[1], q[2];

cx q[0], q[1];
h q[0];
sent[0] = measure q[0];
sent[1] = measure q[1];

if (sent[1]) {
  x q[2];
}
if (sent[0]) {
  z q[2];
}

received[0] = measure q[2];
