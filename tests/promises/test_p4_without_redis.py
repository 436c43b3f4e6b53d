"""P4 on a whole system whose Redis refuses, or hangs: nobody waits, and screens go on."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.browsing import Browser
from tests.own_redis import OwnRedis
from tests.system import System, copy_of_a_started_one
from tests.waiting import eventually

PATH = "/p/cats-vs-dogs/"
VOTES = 50
#: Seconds that the slowest voter may wait, and the middle one.
SLOWEST, MEDIAN = 2.0, 0.1
#: Seconds within which direct votes are in results.json and on screens.
SHOWN_WITHIN = 2.0


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, OwnRedis]]:
    """A system whose Redis a test may keep from answering: nobody starts it again."""
    folder: Path = tmp_path_factory.mktemp("redis")
    server = OwnRedis(folder)
    server.start()
    try:
        with System(
            copy_of_a_started_one(folder / "data"), environment={"REDIS_URL": f"redis://127.0.0.1:{server.port}/0"}
        ) as system:
            yield system, server
    finally:
        server.resume()
        server.stop()


FAULTS: dict[str, tuple[Callable[[OwnRedis], None], Callable[[OwnRedis], None]]] = {
    "stopped": (OwnRedis.stop, OwnRedis.start),
    "hanging": (OwnRedis.pause, OwnRedis.resume),
    "out of memory": (lambda redis: redis.limit_memory(1), lambda redis: redis.limit_memory(0)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_50_votes_in_a_row_wait_for_nobody(away: tuple[System, OwnRedis], fault: str):
    system, redis = away
    service, results = Browser(system.vote_url), Browser(system.result_url)
    before = service.get(f"{PATH}results.json").json()
    choice = before["choices"][0]["id"]
    voters = [Browser(system.vote_url) for _ in range(VOTES)]
    for voter in voters:
        voter.get(PATH)
    socket = f"ws{system.result_url.removeprefix('http')}/ws/polls/cats-vs-dogs/"
    fail, heal = FAULTS[fault]
    worker = system.pid("worker-1")
    with connect(socket) as screen:
        fail(redis)
        try:
            waits = []
            for voter in voters:
                began = time.monotonic()
                assert voter.vote(PATH, choice).status == 200
                waits.append(time.monotonic() - began)
            done = time.monotonic()
            assert max(waits) < SLOWEST
            assert statistics.median(waits) < MEDIAN
            expected = before["voters"] + VOTES
            eventually(lambda: results.get(f"{PATH}results.json").json()["voters"] == expected, SHOWN_WITHIN)
            # A message that only says whether votes are counted may come between.
            while json.loads(screen.recv(SHOWN_WITHIN)).get("voters") != expected:
                assert time.monotonic() - done < SHOWN_WITHIN
        finally:
            heal(redis)
    late = Browser(system.vote_url)
    eventually(lambda: late.vote(PATH, choice).status == 202, what="a vote in the box")
    eventually(
        lambda: results.get(f"{PATH}results.json").json()["voters"] == expected + 1, what="a vote counted from it"
    )
    assert system.pid("worker-1") == worker, "a worker has ended, and takes seconds to be there again"
    print(f"{fault}: slowest {max(waits):.3f} s, median {statistics.median(waits):.4f} s")
