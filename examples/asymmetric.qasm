// A circuit whose histogram would betray a reversed bit order, in OpenQASM 3.
// Registers are joined without a space, the first declared one rightmost; bit 0 is rightmost in each.
// Expect four outcomes, written second[1] second[0] first[2] first[1] first[0]:
//   01 001   9/16 = 0.5625
//   01 011   3/16 = 0.1875
//   11 001   3/16 = 0.1875
//   11 011   1/16 = 0.0625
// Read backwards, 01001 would be 10010, which must not occur.
OPENQASM 3.0;
include "stdgates.inc";

qubit[5] q;
bit[3] first;
bit[2] second;

x q[0];
ry(pi / 3) q[1];
x q[3];
ry(pi / 3) q[4];

first[0] = measure q[0];
first[1] = measure q[1];
first[2] = measure q[2];
second[0] = measure q[3];
second[1] = measure q[4];
