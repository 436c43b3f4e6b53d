"""What the tests of the project stand on."""

from tests.stores_of_a_test import own_redis, postgres

__all__ = ["own_redis", "postgres"]
