"""Where, when and how big: pools, queues, limits, servers."""
