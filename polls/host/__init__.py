"""The host pages: making polls and leading them through their life, for signed-in staff."""
