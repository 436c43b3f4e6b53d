from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from redis import Redis

from core.stores import redis


def test_threads_that_start_together_share_one_client():
    for _ in range(50):
        redis.forget_client()
        together = Barrier(8)

        def first_use(together: Barrier = together) -> Redis:
            together.wait()
            return redis.client()

        with ThreadPoolExecutor(8) as threads:
            clients = list(threads.map(lambda use: use(), [first_use] * 8))
        assert len({id(client) for client in clients}) == 1
