"""System checks: what can be wrong with the settings, said before a part starts."""
