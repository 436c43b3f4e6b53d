"""Telemetry: each process measures its own work, and reports it in Redis."""
