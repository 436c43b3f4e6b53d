"""The project: settings, checks, doors, health, and what starts it all."""
