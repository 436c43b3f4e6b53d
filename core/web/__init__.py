"""Shared by both web services: middleware, error pages, addresses, health checks."""
