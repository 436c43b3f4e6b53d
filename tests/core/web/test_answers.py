"""Answers that come in pieces."""

import asyncio
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from core.web.answers import Pieces


def sent(made: list[str], response: StreamingHttpResponse, method: str = "GET") -> list[tuple[Any, ...]]:
    """Send it to a client that takes one piece at a time; `made` is what was made when each message came."""
    messages: list[tuple[Any, ...]] = []

    async def send(message: Any) -> None:
        messages.append((message.get("body"), message.get("more_body", False), list(made)))

    asyncio.run(Pieces.of(response).send({"method": method}, send))
    return messages


def response_of(made: list[str], *pieces: str) -> StreamingHttpResponse:
    class Lines:
        def __iter__(self) -> Iterator[str]:
            for piece in pieces:
                made.append(piece)
                if piece == "broken":
                    raise ValueError
                yield piece

    return StreamingHttpResponse(Lines())


def test_each_piece_is_made_when_the_one_before_is_sent():
    made: list[str] = []
    start, *messages, end = sent(made, response_of(made, "one", "two"))
    assert start == (None, False, [])
    assert messages == [(b"one", True, ["one"]), (b"two", True, ["one", "two"])]
    assert end[:2] == (b"", False)


def test_head_makes_none():
    made: list[str] = []
    assert [message[0] for message in sent(made, response_of(made, "one"), "HEAD")] == [None, b""]
    assert made == []


def test_an_answer_that_breaks_has_no_end():
    made: list[str] = []
    assert [message[1] for message in sent(made, response_of(made, "one", "broken"))] == [False, True]
