"""Hybrid training: problems, ansätze, optimizers, objectives, and the loop that joins them.

Import from the modules; this package imports nothing. An order to read them in: `objective` (what is asked
and answered), `hamiltonians`, `graphs`, `datasets` (problems), `ansatze`, `optimizers`, then what answers
(`engine_objective`, `expectation_objective`, `sampled_objective`, `classifier`), then `training` (the loop).
"""
