"""`manage.py redis COMMAND [ARGUMENT ...]`."""

import argparse
from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from redis.exceptions import ResponseError

from core.stores import redis


class Command(BaseCommand):
    """Sends one command to Redis, for a look into the store where there is no redis-cli."""

    help = "Send one command to Redis and print its answer, laid out as redis-cli does."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the command as it is."""
        parser.add_argument("command", metavar="COMMAND", help='a command of Redis, such as "GET" or "XRANGE"')
        parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER, help="its arguments")

    def handle(self, *args: Any, command: str, arguments: list[str], **options: Any) -> None:
        """Send it, and print the answer."""
        pool = redis.client().connection_pool
        connection = pool.get_connection()
        # Bare: redis-py's client gives the answers to some commands another shape.
        try:
            connection.send_command(command, *arguments)  # type: ignore[no-untyped-call]
            answer = connection.read_response()
        except ResponseError as error:
            raise CommandError(f"Redis refuses that: {str(error).rstrip(' .')}.") from None
        finally:
            pool.release(connection)
        self.stdout.write("\n".join(_lines(answer)))


def _lines(answer: Any) -> Iterator[str]:
    """Yield the lines of an answer; nested lists are indented."""
    match answer:
        case None:
            yield "(nil)"
        case int():
            yield f"(integer) {answer}"
        case bytes():
            yield answer.decode(errors="backslashreplace") or '""'
        case dict():
            yield from _lines([part for pair in answer.items() for part in pair])
        case list() | set():
            yield from _numbered(sorted(answer) if isinstance(answer, set) else answer)
        case _:
            yield str(answer)


def _numbered(items: list[Any]) -> Iterator[str]:
    if not items:
        yield "(empty array)"
    for number, item in enumerate(items, 1):
        mark = f"{number}) ".rjust(len(f"{len(items)}) "))
        for line_number, line in enumerate(_lines(item)):
            yield (" " * len(mark) if line_number else mark) + line
