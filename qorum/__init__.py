"""Qorum's core: the mathematics and the rules of trusted quantum results.

Nothing in this package knows a workflow engine, a vendor's SDK, a network or a clock.
"""
