"""Prefect tasks: each takes a whole batch, calls the core or a block, logs and shows what it did."""
