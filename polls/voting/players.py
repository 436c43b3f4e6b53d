"""Players of an event whose quizzes are scored: who has given a nickname, and how many right answers each has.

A player is a voter who wanted a name. The table has no key of any ballot: the voter's id stands in it under a mask that
SECRET_KEY makes, so that a copy of the database joins no nickname and no ballot (docs/decisions/0046-right-answers.md).
Nothing here is on the way of a vote. Every function raises django.db.Error if Postgres fails.
"""

import hmac
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from core.web import texts
from polls.models import Ballot, Event, Player, Poll, ResultRule, State
from polls.voting import voters

#: The most letters of a nickname, and the most players of an event.
MOST_LETTERS = 30
MOST_PLAYERS = 2000
#: Numbers that are tried behind a nickname that is taken.
_SUGGESTED = range(2, 100)
#: Events whose scores one process keeps.
_MOST_KEPT = 64
#: Ids of browsers, and of the holders of voting codes and accounts.
_VOTER_ID = re.compile(rb"[A-Za-z0-9_-]{22}|[0-9a-f]{32}")


class NicknameError(ValueError):
    """A nickname that can't be given; the text is for the player. `suggestion` is one that can; empty without."""

    def __init__(self, detail: str, suggestion: str = "") -> None:
        super().__init__(detail)
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Score:
    """A player with their right answers. Equal points have the same place, counted from 1."""

    player_id: int
    nickname: str
    points: int
    place: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The players of an event, most points first, and the number of quizzes that are counted."""

    quizzes: int
    players: Sequence[Score]

    def of(self, player: Player | None) -> Score | None:
        """Return the score of one player."""
        return next((score for score in self.players if player and score.player_id == player.pk), None)


def player_of(event_id: int, voter_id: str) -> Player | None:
    """Return the player that a voter is in an event."""
    return Player.objects.filter(event_id=event_id, key=_key(event_id, voter_id)).first()


def join(event_id: int, voter_id: str, typed: str) -> Player:
    """Make a voter a player of an event, once: a repeat returns the same. Raises NicknameError, Event.DoesNotExist."""
    nickname = texts.clean(typed)
    if not nickname or len(nickname) > MOST_LETTERS:
        raise NicknameError(gettext("A nickname has 1 to {most} letters.").format(most=MOST_LETTERS))
    key = _key(event_id, voter_id)
    with transaction.atomic():
        Event.objects.select_for_update().get(pk=event_id)
        if present := Player.objects.filter(event_id=event_id, key=key).first():
            return present
        taken = set(Player.objects.filter(event_id=event_id).values_list("reading", flat=True))
        if len(taken) >= MOST_PLAYERS:
            raise NicknameError(gettext("This event has {most} players, and takes no more.").format(most=MOST_PLAYERS))
        if texts.reading(nickname) in taken:
            free = (f"{nickname[: MOST_LETTERS - 3]} {number}" for number in _SUGGESTED)
            suggestion = next((each for each in free if texts.reading(each) not in taken), "")
            detail = gettext("Somebody else is called {name} here. Take another nickname.")
            raise NicknameError(detail.format(name=texts.isolated(nickname)), suggestion)
        return Player.objects.create(
            event_id=event_id,
            key=key,
            masked=_masked(key, voter_id.encode(), settings.SECRET_KEY),
            nickname=nickname,
            reading=texts.reading(nickname),
        )


def remove(event_id: int, player_id: int) -> None:
    """Take a player out of an event; votes stay. May be repeated."""
    Player.objects.filter(event_id=event_id, pk=player_id).delete()


def scores(event_id: int) -> Scores:
    """Return the scores of an event: a point for each final quiz that a player has answered right.

    Quizzes whose result is for hosts alone do not count: a score would tell it.
    """
    quizzes = _quizzes(event_id)
    seats = list(Player.objects.filter(event_id=event_id).order_by("pk"))
    about = ([(quiz.pk, quiz.tally.version) for quiz in quizzes], [seat.pk for seat in seats])
    kept = _kept.get(event_id)
    if kept is not None and kept[0] == about:
        return kept[1]
    found = _scored(quizzes, seats)
    with _lock:
        _kept[event_id] = (about, found)
        _kept.move_to_end(event_id)
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


#: The scores of events, with what they were made of. A quiz that is final changes with its version.
_kept: OrderedDict[int, tuple[object, Scores]] = OrderedDict()
_lock = threading.Lock()


def _quizzes(event_id: int) -> list[Poll]:
    final = Poll.objects.filter(place__event_id=event_id, tally__state=State.FINAL, tally__is_test=False)
    told = final.exclude(tally__right_ids=[]).exclude(result_rule=ResultRule.STAFF)
    return list(told.select_related("tally").order_by("pk"))


def _scored(quizzes: Sequence[Poll], seats: Sequence[Player]) -> Scores:
    voter_ids = {seat.pk: voter_id for seat in seats if (voter_id := _voter_id(seat)) is not None}
    points = Counter(player_id for quiz in quizzes for player_id in _right(quiz, voter_ids))
    ranked = sorted(seats, key=lambda seat: (-points[seat.pk], seat.reading))
    best = sorted((points[seat.pk] for seat in seats), reverse=True)
    players = [Score(seat.pk, seat.nickname, points[seat.pk], best.index(points[seat.pk]) + 1) for seat in ranked]
    return Scores(len(quizzes), players)


def _right(quiz: Poll, voter_ids: Mapping[int, str]) -> Iterator[int]:
    """Yield the players who have answered a quiz right."""
    salt = bytes(quiz.voter_salt).hex()
    players = {voters.key(voter_id, salt): player_id for player_id, voter_id in voter_ids.items()}
    ballots = Ballot.objects.filter(poll=quiz, voter_key__in=players, is_set_aside=False)
    for voter_key, selections in ballots.values_list("voter_key", "selections"):
        if set(selections) == set(quiz.tally.right_ids):
            yield players[voter_key]


def _key(event_id: int, voter_id: str) -> UUID:
    """Return the key of a voter in an event. Ids are random, of 128 bits, so their hash needs no salt."""
    return UUID(bytes=hmac.digest(b"player of event %d" % event_id, voter_id.encode(), "sha256")[:16])


def _masked(key: UUID, voter_id: bytes, secret: str) -> bytes:
    """Return a voter's id under a mask of its own for each player and secret; of what is masked, the id."""
    mask = hmac.digest(f"votingsite.player {secret}".encode(), key.bytes, "sha256")
    return bytes(letter ^ cover for letter, cover in zip(voter_id, mask, strict=False))


def _voter_id(player: Player) -> str | None:
    """Return the id of a player's voter; None if it was masked with a secret that is no longer known."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        found = _masked(player.key, bytes(player.masked), secret)
        if _VOTER_ID.fullmatch(found) and _key(player.event_id, found.decode()) == player.key:
            return found.decode()
    return None
