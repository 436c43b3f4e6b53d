"""The stores that the environment names; the others are embedded."""

from votingsite.environment import Environment


def external_database() -> str | None:
    """DATABASE_URL, if there is one."""
    url: str | None = Environment().str("DATABASE_URL", None)
    return url


def external_redis() -> str | None:
    """REDIS_URL, or the same made of REDIS_HOST and REDIS_PORT, if there is one."""
    environment = Environment()
    host = environment.str("REDIS_HOST", None)
    port = environment.str("REDIS_PORT", "6379")
    url: str | None = environment.str("REDIS_URL", f"redis://{host}:{port}/0" if host else None)
    return url
