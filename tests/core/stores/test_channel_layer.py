"""Sending over the channel layer: one connection, which a Redis that went away and came back does not spoil."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from redis.client import PubSub
from redis.exceptions import RedisError

from core.stores import channel_layer
from tests.own_redis import OwnRedis
from tests.waiting import eventually

GROUP = "poll.1"
MESSAGE = {"type": "poll.snapshot", "poll_id": 1}


@pytest.fixture
def layer(own_redis: OwnRedis, settings: Settings) -> OwnRedis:
    """A Redis of the test's own that the channel layer sends to."""
    config = settings.CHANNEL_LAYERS["default"]
    host = config["CONFIG"]["hosts"][0] | own_redis.address.connection_arguments
    settings.CHANNEL_LAYERS = {"default": config | {"CONFIG": config["CONFIG"] | {"hosts": [host]}}}
    return own_redis


@pytest.fixture
def member(layer: OwnRedis) -> Iterator[PubSub]:
    """A member of the group."""
    with layer.client.pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe(f"screens__group__{GROUP}")
        yield pubsub


def heard(member: PubSub) -> Any:
    return eventually(member.get_message, what="a message")


def test_what_is_sent_arrives_at_the_members(member: PubSub):
    channel_layer.send(GROUP, MESSAGE)
    assert heard(member)["type"] == "message"


def test_a_hundred_messages_need_one_connection(layer: OwnRedis):
    channel_layer.send(GROUP, MESSAGE)
    before = layer.client.info("stats")["total_connections_received"]
    for _ in range(100):
        channel_layer.send(GROUP, MESSAGE)
    assert layer.client.info("stats")["total_connections_received"] == before


def test_a_redis_that_is_back_gets_the_next_message(layer: OwnRedis):
    channel_layer.send(GROUP, MESSAGE)
    layer.stop()
    with pytest.raises((RedisError, OSError)):
        channel_layer.send(GROUP, MESSAGE)
    layer.start()
    channel_layer.send(GROUP, MESSAGE)


def test_a_redis_that_has_hung_gets_the_next_message(layer: OwnRedis):
    channel_layer.send(GROUP, MESSAGE)
    layer.pause()
    for _ in range(3):
        with pytest.raises((RedisError, OSError)):
            channel_layer.send(GROUP, MESSAGE)
    layer.resume()
    channel_layer.send(GROUP, MESSAGE)
