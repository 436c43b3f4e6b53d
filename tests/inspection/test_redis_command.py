"""`manage.py redis`: a look into Redis without redis-cli."""

import pytest
from django.core.management import CommandError, call_command
from redis import Redis


def answer(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    """Return what the command prints, line by line."""
    call_command("redis", *command)
    return capsys.readouterr().out.splitlines()


def test_what_waits_in_a_stream_is_numbered_and_indented(capsys: pytest.CaptureFixture[str], redis: Redis):
    redis.xadd("a-stream", {"cast": "{}", "from": ""}, id="7-0")
    redis.xadd("a-stream", {"cast": "é"}, id="8-0")

    assert answer(capsys, "XRANGE", "a-stream", "-", "+") == [
        "1) 1) 7-0",
        "   2) 1) cast",
        "      2) {}",
        "      3) from",
        '      4) ""',
        "2) 1) 8-0",
        "   2) 1) cast",
        "      2) é",
    ]


def test_numbers_nothing_and_a_hash_are_told_apart(capsys: pytest.CaptureFixture[str], redis: Redis):
    redis.hset("a-hash", mapping={"round": 1, "bytes": b"\xff"})

    assert answer(capsys, "HLEN", "a-hash") == ["(integer) 2"]
    assert answer(capsys, "HGETALL", "a-hash") == ["1) round", "2) 1", "3) bytes", r"4) \xff"]
    assert answer(capsys, "GET", "no-key") == ["(nil)"]
    assert answer(capsys, "SMEMBERS", "no-key") == ["(empty array)"]
    assert answer(capsys, "SET", "a-key", "1") == ["OK"]


def test_a_command_that_redis_refuses_is_one_sentence(capsys: pytest.CaptureFixture[str], redis: Redis):
    redis.set("a-text", "x")

    with pytest.raises(CommandError, match=r"^Redis refuses that: WRONGTYPE Operation .* wrong kind of value\.$"):
        call_command("redis", "LLEN", "a-text")

    assert answer(capsys, "GET", "a-text") == ["x"]
