"""A second, independent reading of what was handed in, and its comparison with the first.

Nothing here shares code with the readers that make circuits: a text is not translated, it is executed
as its language's specification says, on an exact machine of few qubits.
"""
