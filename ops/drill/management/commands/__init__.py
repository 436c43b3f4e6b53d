"""The command `drill`."""
