"""The inspectors: what they show, to whom, and that they only read."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse
from redis import Redis

from inspection import postgres as postgres_inspector
from inspection import redis as redis_inspector
from polls.box import ballot_box
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres

REDIS, POSTGRES = "/admin/pipeline/redis/", "/admin/pipeline/postgres/"


def signed_in(*permissions: str) -> Client:
    """The browser of an operator with these permissions and no others."""
    user = User.objects.create_user("kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("operate", *permissions)))
    browser = Client()
    browser.force_login(user)
    return browser


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def everything(redis: Redis) -> dict[Any, Any]:
    """All that Redis holds, without what changes by itself."""
    keys: Any = redis.keys("*")
    return {key: redis.dump(key) for key in keys if not key.startswith(b"parts:")}


def test_the_redis_inspector_explains_every_key_that_there_is(admin_client: Client, driver: PollDriver, redis: Redis):
    driver.vote("ann", 1)
    address = redis_inspector.read()
    found = {kind.name: kind.keys for kind in address.kinds if kind.keys}
    assert sum(found.values()) == address.looked_at
    # A bell expires by itself, and this process may report itself meanwhile.
    found = {name: keys for name, keys in found.items() if name != "votes:P:bell" and not name.startswith("parts:")}
    assert found == {
        "votes:P:box": 1,
        "votes:P:box:N": 1,
        "votes:P:casts:N": 1,
        "votes:P:snapshot": 1,
        "votes:boxes": 1,
        "votes:slugs": 1,
        "rq:*": len(redis.keys("rq:*")),
    }
    text = text_of(admin_client.get(REDIS))
    assert "All required settings are correct." in text
    assert "Not ours" not in text
    redis.set("somebody:else", 1)
    assert "Not ours" in text_of(admin_client.get(REDIS))


def test_the_redis_inspector_looks_into_a_box(admin_client: Client, driver: PollDriver):
    cast = driver.vote("ann", 1).cast
    text = text_of(admin_client.get(REDIS, {"box": f"{driver.poll.pk}:1"}))
    assert all(shown in text for shown in (str(cast.voter_key), str(cast.cast_id), "<td>Dogs</td>"))


def test_what_can_not_be_read_in_a_box_is_shown_as_it_is(admin_client: Client, driver: PollDriver, redis: Redis):
    redis.xadd(f"votes:{driver.poll.pk}:casts:1", {"cast": b"\xff<script>"})
    text = text_of(admin_client.get(REDIS, {"box": f"{driver.poll.pk}:1"}))
    assert r"\xff&lt;script&gt;" in text


def test_to_look_into_a_box_one_has_to_be_allowed_to_see_ballots(driver: PollDriver):
    cast = driver.vote("ann", 1).cast
    kim = signed_in()
    text = text_of(kim.get(REDIS, {"box": f"{driver.poll.pk}:1"}))
    assert (str(cast.voter_key) in text, "the permission to see ballots" in text) == (False, True)
    User.objects.get(username="kim").user_permissions.add(Permission.objects.get(codename="view_ballot"))
    assert str(cast.voter_key) in text_of(kim.get(REDIS, {"box": f"{driver.poll.pk}:1"}))


TYPED = [
    "7:1",
    "x",
    "1:1:1",
    "*",
    "0:0\nFLUSHALL",
    "9" * 40 + ":1",
    "999999999999999999:1",
    "'; DROP TABLE polls_poll; --",
]


@pytest.mark.parametrize("address", [REDIS, POSTGRES])
@pytest.mark.parametrize("typed", TYPED)
def test_whatever_is_typed_nothing_is_written(
    admin_client: Client, driver: PollDriver, redis: Redis, address: str, typed: str
):
    driver.vote("ann", 1)
    before = everything(redis)
    for name in ("box", "q", "query", "key", "table"):
        assert admin_client.get(address, {name: typed}).status_code == 200
    assert everything(redis) == before
    assert [admin_client.post(address, {"box": typed}).status_code, admin_client.delete(address).status_code] == [
        405,
        405,
    ]


#: What the script that lists the boxes does for each of them.
OF_THE_SCRIPT = {"cmdstat_hmget", "cmdstat_xlen", "cmdstat_xrange", "cmdstat_hget", "cmdstat_get"}


def test_the_redis_inspector_costs_the_same_for_many_polls(admin_client: Client, redis: Redis):
    def once() -> int:
        before: Any = redis.info("commandstats")
        redis_inspector.read()
        after: Any = redis.info("commandstats")
        return sum(
            stats["calls"] - before.get(name, {"calls": 0})["calls"]
            for name, stats in after.items()
            if name not in OF_THE_SCRIPT
        )

    def cost() -> int:
        """The least of some: this process may report itself meanwhile, which costs commands too."""
        return min(once() for _ in range(5))

    redis.sadd("votes:boxes", "1:1")
    one = cost()
    redis.sadd("votes:boxes", *[f"{number}:1" for number in range(2, 300)])
    assert cost() == one


def test_without_redis_its_inspector_says_so(admin_client: Client, own_redis: OwnRedis, driver: PollDriver):
    own_redis.stop()
    assert "Redis does not answer, so nothing can be shown" in text_of(admin_client.get(REDIS))
    assert "Row counts are estimates" in text_of(admin_client.get(POSTGRES))


@pytest.mark.parametrize("address", [REDIS, POSTGRES])
def test_the_pass_of_the_pipelines_page_opens_no_inspector(admin_client: Client, postgres: Postgres, address: str):
    assert admin_client.get(reverse("admin:pipeline")).status_code == 200
    assert admin_client.get(address).status_code == 200
    postgres.stop()
    assert admin_client.get(reverse("admin:pipeline")).status_code == 200
    refused = admin_client.get(address)
    assert (refused.status_code, "Postgres is down" in refused.content.decode()) == (503, True)


def test_the_postgres_inspector_says_what_each_table_is(admin_client: Client, driver: PollDriver):
    text = text_of(admin_client.get(POSTGRES))
    with connection.cursor() as cursor:
        ours = [
            name for name in connection.introspection.table_names(cursor) if name.startswith(("polls_", "counter_"))
        ]
    assert len(ours) >= 9
    assert [name for name in ours if name not in text] == []
    assert [table.name for table in postgres_inspector.read().tables if table.name in ours and not table.meaning] == []
    assert "All required settings are correct." in text


def test_slow_statements_are_shown_without_their_values(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    text = text_of(admin_client.get(POSTGRES))
    assert "polls_ballot" in text
    assert "pg_stat_statements is not there" not in text
    assert f"/{driver.choices[1]}]" not in text
    assert reverse("admin:index") in text


def test_kinds_of_keys_do_not_overlap():
    names = ["votes:7:box", "votes:7:box:1", "votes:7:casts:1", "votes:7:bell", "votes:7:snapshot", "votes:boxes"]
    kinds = [redis_inspector._ANY_KIND.fullmatch(name) for name in names]
    assert len({match.lastgroup for match in kinds if match}) == len(names)
    assert {kind.name for kind in ballot_box.KINDS} < {kind.name for kind in redis_inspector.KINDS}
