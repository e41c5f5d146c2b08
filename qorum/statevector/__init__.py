"""The PyTorch statevector engine; for users and in pictures: docs/engine.md.

Import from the modules; this package imports nothing. Entry points: `simulate` (one circuit: a state, a
histogram), `evolution.Circuit` (one circuit, many angles), `batches`, `gradients`, `observables`, `density`,
`trajectories`, `sharded`, `hardware`.

An order to read them in:

1. What a circuit is made of: `gate_ir`, `gates`, `program` (QuantumCircuit to gates), `angles`.
2. What is merged into which pass: `merging`, `phase_polynomial`, `renaming`, `layout`, `passes`, `costs`,
   `scheduling`, `fusion`; then `plan`.
3. From angles to numbers: `binding`, `blocks`, `prepared`; `repeated` for small circuits run often.
4. The kernels: `kernels`, `permutations`, `reflections`.
5. Circuits run: `evolution`; `simulate` with mid-circuit measurement, `direct` without a plan, `sampling`.
6. What is asked of states: `paulis`, `observables`, `gradients` (by `adjoint` and `overlaps`), `shift_rules`,
   `shift`, `batches`.
7. Noise: `noise` (channels), `noisy_program`, `density`; `no_jump`, `trajectories`.
8. Several devices: `exchange`, `sharded`, `sharded_state`. Apple GPUs: `pairs`. What fits: `hardware`.
   How many threads: `threads`.
"""
