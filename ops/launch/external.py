"""The stores that the environment names. The others are embedded."""

from votingsite.environment import Environment


def external_database() -> str | None:
    """Return DATABASE_URL, if it is set."""
    url: str | None = Environment().str("DATABASE_URL", None)
    return url


def external_redis() -> str | None:
    """Return REDIS_URL, or the URL from REDIS_HOST and REDIS_PORT, if set."""
    environment = Environment()
    host = environment.str("REDIS_HOST", None)
    port = environment.str("REDIS_PORT", "6379")
    url: str | None = environment.str("REDIS_URL", f"redis://{host}:{port}/0" if host else None)
    return url
