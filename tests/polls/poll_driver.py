"""Votes as the web service and the worker handle them, in this process."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client as DjangoClient

from core.web import hidden_fields
from polls.box import ballot_box, definitions
from polls.box.casts import Cast, new_cast_id
from polls.box.definition import Definition
from polls.counting import drain
from polls.lifecycle import transitions
from polls.models import Poll, Tally, Total
from polls.voting import casting
from polls.voting.casting import Submission
from polls.voting.receipts import Receipt


class PollDriver:
    """A poll, with what a test wants to do and to know of it."""

    def __init__(self, poll: Poll) -> None:
        self.poll = poll
        self.choices = list(poll.choices.values_list("pk", flat=True))

    @property
    def definition(self) -> Definition:
        """As the web service knows it."""
        found = definitions.cache.for_cast(self.poll.slug)
        assert found is not None
        return found

    @property
    def tally(self) -> Tally:
        """As Postgres has it now."""
        return Tally.objects.get(pk=self.poll.pk)

    @property
    def totals(self) -> list[int]:
        """Votes of each choice, in order."""
        return list(Total.objects.filter(poll=self.poll).order_by("choice__position").values_list("votes", flat=True))

    def vote(self, voter: str, choice: int = 0, cast_id: UUID | None = None, round_: int | None = None) -> Receipt:
        """Cast a vote for the n-th choice."""
        ballot = Submission(voter, cast_id or new_cast_id(), (self.choices[choice],), round_)
        return casting.cast(self.definition, ballot)

    def count(self) -> None:
        """Count as a worker does when it is woken."""
        drain.drain_present_box(self.poll.pk)

    def finish(self) -> None:
        """Close the poll, count what waits, and make it final."""
        transitions.seal(self.poll.pk)
        self.count()
        assert transitions.finish(self.poll.pk, self.tally.box)

    def queued(self, choice: int = 0, *, voter: UUID | None = None, cast_id: UUID | None = None) -> Cast:
        """A cast as it stands in the ballot box."""
        return Cast(cast_id or new_cast_id(), voter or uuid4(), (self.choices[choice],), self.tally.round)


JSON = {"Accept": "application/json"}


class Client(DjangoClient):
    """A browser, which votes from a page of its own. The page is loaded the first time, and in a new round."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pages: dict[str, str] = {}

    def get(self, path: str, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """Load a page; a vote page stays open."""
        answer = super().get(path, *args, **options)
        if page := hidden_fields.of(answer.content.decode(errors="replace")).get("page"):
            self._pages[path] = page
        return answer

    def post(self, path: str, data: Any = None, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """Send a form; that of a vote page with the hidden field that the page has."""
        if not path.startswith("/p/") or not isinstance(data, dict) or {"page", "receipt"} & data.keys():
            return super().post(path, data, *args, **options)
        if path not in self._pages:
            self.get(path)
        answer = super().post(path, {**data, "page": self._pages.get(path, "")}, *args, **options)
        if b"A new round" not in answer.content:
            return answer
        self.get(path)
        return super().post(path, {**data, "page": self._pages[path]}, *args, **options)


def post(client: Client, driver: PollDriver, **fields: Any) -> Any:
    """Vote as a browser with JavaScript does."""
    return client.post(driver.poll.get_absolute_url(), fields, headers=JSON)


def receipt_of(client: Client) -> Receipt:
    """Return the receipt that the browser keeps of its last vote."""
    receipt = Receipt.read(client.cookies[settings.BALLOT_COOKIE_NAME].value)
    assert receipt is not None
    return receipt


def waiting() -> int:
    """Casts in all ballot boxes."""
    return sum(box.waiting for box in ballot_box.boxes())
