from tests.polls.conftest import booth, clean, client, own_redis, poll, postgres

__all__ = ["booth", "clean", "client", "own_redis", "poll", "postgres"]
