"""The exact referee: samples judged against the ideal distribution of the circuit that was accepted.

Import from the modules; this package imports nothing. An order to read them in: `pieces` (what of a circuit
its measurements see, in independent parts), `factors` (what a part's distribution must tell), `dense`,
`affine` and `chained` (such distributions), `reference` (states of few qubits), `ideal` (all parts together,
and which computation each gets), `goodness` (noiseless samples), `cross_entropy` (noisy ones), `findings` (of
each replica), `hearings` (the same in a child process), `ruling` (with consensus).
"""
