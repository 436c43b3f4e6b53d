"""The API with a store away: casting goes on as in the browser, the rest says 503 in a problem document."""

from polls.models import Poll
from tests.api.conftest import Program, word
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres, own_redis, postgres

__all__ = ["own_redis", "postgres"]


def test_votes_go_on_without_postgres(anybody: Program, poll: Poll, driver: PollDriver, postgres: Postgres):
    anybody.vote(poll.slug, driver.choices[0])
    postgres.stop()
    _, answer = anybody.vote(poll.slug, driver.choices[1])
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert anybody.get(f"/polls/{poll.slug}/results").status_code == 200
    postgres.start()
    driver.count()
    assert driver.totals == [1, 1]


def test_votes_go_on_without_redis(anybody: Program, own_redis: OwnRedis, poll: Poll, driver: PollDriver):
    own_redis.stop()
    _, answer = anybody.vote(poll.slug, driver.choices[1])
    assert (answer.status_code, answer.json()["status"], driver.totals) == (200, "counted", [0, 1])


def test_without_either_nothing_is_recorded(
    anybody: Program, poll: Poll, driver: PollDriver, postgres: Postgres, own_redis: OwnRedis
):
    anybody.get(f"/polls/{poll.slug}/ballot")
    own_redis.stop()
    postgres.stop()
    _, answer = anybody.vote(poll.slug, driver.choices[0])
    assert (word(answer), "Retry-After" in answer) == ((503, "not_recorded"), True)


def test_hosting_waits_for_postgres(ada: Program, anybody: Program, postgres: Postgres):
    postgres.stop()
    for answer in (ada.get("/host/polls"), ada.post("/host/polls", {"question": "Now?"}), anybody.get("/polls")):
        assert (word(answer), answer["Retry-After"]) == ((503, "unavailable"), "5")


def test_hosting_goes_on_without_redis(ada: Program, own_redis: OwnRedis):
    own_redis.stop()
    slug = ada.made()["slug"]
    assert ada.act(slug, "open").json()["state"] == "open"
