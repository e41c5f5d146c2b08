OPENQASM 3.0;
include "stdgates.inc";

// A qubit turned by an angle that the run gives: --input theta=pi/3
input angle theta;
qubit q;
bit c;

rx(theta) q;
c = measure q;  // 1 with probability sin²(theta/2)
