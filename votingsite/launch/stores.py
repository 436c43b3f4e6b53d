"""Which stores the environment names; the others are embedded."""

import os


def external_database() -> bool:
    """Whether the environment names a database."""
    return _given("DATABASE_URL")


def external_redis() -> bool:
    """Whether the environment names a Redis."""
    return _given("REDIS_URL", "REDIS_HOST")


def _given(*names: str) -> bool:
    return any(name in os.environ or f"{name}_FILE" in os.environ for name in names)
