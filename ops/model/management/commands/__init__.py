"""The command `model`."""
