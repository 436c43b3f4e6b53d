"""The project: settings, checks, web services, health, and what starts it all."""
