"""Measurements that print one JSON object each: `python -m benchmarks.<name> --json -`."""
