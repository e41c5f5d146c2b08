// A mistake as people make it, in OpenQASM 2: line 12 uses a register that was never declared
// (the ancilla is called "anc"). Expect: this circuit is rejected with line 12 and that name,
// and every other circuit of the same run goes on.
OPENQASM 2.0;
include "qelib1.inc";

qreg q[3];
qreg anc[1];
creg c[3];

h q[0];
cx q[0], ancilla[0];
cx q[0], q[1];
cx q[1], q[2];

measure q -> c;
