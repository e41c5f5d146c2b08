"""Prefect tasks: each takes a whole batch, calls the core or a block, logs and shows what it did.

No task has a cache policy: Prefect would hash every argument for it, seconds for a large batch, and what
is done already is found in our own store.
"""
