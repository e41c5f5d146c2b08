"""The PyTorch statevector engine."""
