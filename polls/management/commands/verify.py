"""`manage.py verify FILE [--commitment HASH] [--json]`."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from polls.recount import verify
from polls.recount.file import BadFileError
from polls.recount.verify import Verified

#: The exit code if the file can't be read; 1 if something differs.
NOT_VERIFIED = 2
#: Longer lines are cut, and so are no ballots: memory stays bounded whatever somebody hands us.
_MOST_BYTES = 4 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_WORDS = {
    "changed": "changed after sealing: {receipt} (line {line}): {text}",
    "added": "added after sealing: {receipt} (line {line}): {text}",
    "dropped": "dropped after sealing: {receipt}",
    "unreadable": "no ballot: line {line}: {text}",
    "impossible": "can be no ballot of this poll: {receipt} (line {line}): {text}",
    "misplaced": "out of its place: {receipt} (line {line}): {text}",
}


class Command(BaseCommand):
    """Recounts the ballots in a file that a poll's page offers, without any server."""

    help = (
        "Recount the file of ballots of a closed poll, which its page “Check the count” offers, and compare. Needs no "
        "server. Names each row that was changed, dropped or added. Exit code 1 if anything differs."
    )
    requires_system_checks: Any = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, `--commitment` and `--json`."""
        parser.add_argument("file", metavar="FILE", type=Path, help="may be compressed with gzip")
        parser.add_argument("--commitment", metavar="HASH", help="the one that the poll's page shows")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, file: Path, commitment: str | None, json: bool, **options: Any) -> None:
        """Verify, and print the result."""
        try:
            found = verify.verify(partial(_lines, file), commitment)
        except (BadFileError, OSError, EOFError, zlib.error) as error:
            raise CommandError(f"{file} can't be verified: {error}", returncode=NOT_VERIFIED) from error
        self.stdout.write(_as_json(found) if json else "\n".join(_told(found)))
        if not found.agrees:
            raise CommandError("The file does not agree with what was published.")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as raw:
        is_compressed = raw.read(2) == _GZIP
    with gzip.open(path) if is_compressed else path.open("rb") as opened:
        while line := opened.readline(_MOST_BYTES):
            yield line


def _told(found: Verified) -> Iterator[str]:
    head = found.head
    yield f"Poll {head['poll']}, round {head['round']}: {head['question']}"
    yield f"Commitment {found.commitment}"
    if found.is_published is None:
        yield "Compare it with the one on the poll's page: nothing else shows that the file is the site's."
    elif not found.is_published:
        yield "This is NOT the commitment that you gave: the first line of the file is another one."
    for fault in found.faults:
        yield _WORDS[fault.what].format(**asdict(fault))
    if found.are_too_many:
        yield "More rows differ than can be named. Download the file again."
    for difference in found.differences:
        said, recounted = _short(difference.said), _short(difference.recounted)
        yield f"{difference.name}: the file says {said}, its rows give {recounted}"
    if found.agrees:
        yield f"{found.rows} ballots recounted: every number agrees with the result."


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]} …"


def _as_json(found: Verified) -> str:
    return json.dumps(
        {
            "poll": found.head["poll"],
            "round": found.head["round"],
            "commitment": found.commitment,
            "is_published": found.is_published,
            "rows": found.rows,
            "agrees": found.agrees,
            "too_many_to_name": found.are_too_many,
            "rows_that_differ": [asdict(fault) for fault in found.faults],
            "differences": [asdict(difference) for difference in found.differences],
        }
    )
