"""OpenQASM 3 read by an interpreter of ours over the official grammar's parser.

`reader.read` makes a circuit of a text. Whatever is known before the run (constants, loops, calls,
variables) is worked out here; whatever depends on measured bits becomes branches of the circuit.
"""
