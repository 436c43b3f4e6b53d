"""The definition that a vote is checked against, and how a web service gets a newer one.

A web service works with the definition that it knows; Redis says when it is out of date, and Postgres what came after.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import Error as PostgresError

from core.stores import postgres
from polls.box import definitions
from polls.box.definition import Definition
from polls.lifecycle import transitions, trials
from polls.models import State, Tally
from polls.voting.errors import ClosedError, NoSuchPollError, NotOpenYetError

_Result = TypeVar("_Result")

#: Of the threads that find no box one opens it; the others wait, and find it then.
_opening = threading.Lock()


class CurrentDefinition:
    """The newest definition that this vote has met. Every method may raise NoSuchPollError."""

    def __init__(self, definition: Definition) -> None:
        self.known = definition
        self._was_read_again = False

    def use(self, definition: Definition) -> None:
        """Take a newer one, and keep it for the votes that follow."""
        self.known = definition
        definitions.cache.keep(definition)

    def forget(self) -> None:
        """Let the next vote ask Postgres: this definition was refused."""
        definitions.cache.forget(self.known.slug)

    def read_again(self) -> bool:
        """Ask Postgres, once. Returns whether there is a newer one."""
        if self._was_read_again:
            return False
        self._was_read_again = True
        try:
            found = self._read()
        except PostgresError:
            return False
        if found is None or found == self.known:
            return False
        self.use(found)
        return True

    def find_box_after_seal(self) -> None:
        """Find the box that came after a sealed one. Raises ClosedError if there is none, or Postgres can't say."""
        sealed = self.known.box
        try:
            found = self._read()
        except PostgresError:
            raise ClosedError from None
        self.use(self._existing(found))
        if self.known.box == sealed or self.known.state != State.OPEN:
            raise ClosedError

    def open(self) -> bool:
        """Have the next box made. False if the stores can't. Raises NotOpenYetError or ClosedError if it may not be."""
        poll_id, box = self.known.id, self.known.box
        try:
            found = self._in_turn(lambda: transitions.open_box(poll_id, box))
        except PostgresError:
            return False
        if found is not None:
            self.use(found)
            return True
        self.forget()
        raise NotOpenYetError if self.known.state in transitions.UNOPENED else ClosedError

    def go_live(self) -> bool:
        """End the test of a poll whose opening time has come. False if Postgres can't say."""
        try:
            self._in_turn(lambda: trials.go_live_by_clock(self.known.id))
            found = self._read()
        except PostgresError:
            return False
        self.use(self._existing(found))
        return True

    def gone(self) -> NoSuchPollError:
        """Return the error for a poll that was deleted, and forget the poll."""
        self.forget()
        return NoSuchPollError()

    def _existing(self, found: Definition | None) -> Definition:
        if found is None:
            raise self.gone()
        return found

    def _read(self) -> Definition | None:
        with postgres.bounded():
            return definitions.read(pk=self.known.id)

    def _in_turn(self, step: Callable[[], _Result]) -> _Result:
        """Take a step of the poll's life, one thread at a time. Raises PostgresError."""
        try:
            with _opening, postgres.bounded():
                return step()
        except (Tally.DoesNotExist, transitions.NotPossibleError):
            raise self.gone() from None
