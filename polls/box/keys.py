"""Names of the keys of votes in Redis. For polls.box.ballot_box alone, which knows what to do with them."""

from django.utils.translation import gettext_lazy

from core.stores.key_kinds import KeyKind

PREFIX = "votes:"
BOXES = "votes:boxes"
SLUGS = "votes:slugs"
ALIVE = "votes:counting"


def greatest(poll_id: int) -> str:
    """Return the key of the poll's greatest box number."""
    return f"votes:{poll_id}:box"


def box(poll_id: int, number: int) -> str:
    """Return the key of a box."""
    return f"votes:{poll_id}:box:{number}"


def casts(poll_id: int, number: int) -> str:
    """Return the key of the stream of casts in a box."""
    return f"votes:{poll_id}:casts:{number}"


def voted(poll_id: int, number: int) -> str:
    """Return the key of the first vote of each voter in a box, kept where votes can't be changed."""
    return f"votes:{poll_id}:voted:{number}"


def bell(poll_id: int) -> str:
    """Return the key of the poll's bell."""
    return f"votes:{poll_id}:bell"


def snapshot(poll_id: int) -> str:
    """Return the key of the poll's newest snapshot."""
    return f"votes:{poll_id}:snapshot"


def windows(poll_id: int, round_: int, network: str) -> tuple[str, str]:
    """Return the keys of a network's new voters in this minute and in this hour, kept in polls that limit them."""
    return f"votes:{poll_id}:minute:{round_}:{network}", f"votes:{poll_id}:hour:{round_}:{network}"


def rate(address_key: str) -> str:
    """Return the key that counts the casts of an address in this minute."""
    return f"votes:rate:{address_key}"


KINDS = (
    KeyKind(
        "votes:P:box",
        r"votes:\d+:box",
        gettext_lazy("The number of poll P's newest box, the only one that takes votes. Kept when the boxes are gone."),
    ),
    KeyKind(
        "votes:P:box:N",
        r"votes:\d+:box:\d+",
        gettext_lazy("Ballot box N of poll P: its round, closing time, choices and seal."),
    ),
    KeyKind(
        "votes:P:casts:N",
        r"votes:\d+:casts:\d+",
        gettext_lazy("The votes waiting in that box. Counted votes are deleted, so it is normally empty."),
    ),
    KeyKind(
        "votes:P:voted:N",
        r"votes:\d+:voted:\d+",
        gettext_lazy("Where votes can't be changed: the vote of each voter in that box, by voter key."),
    ),
    KeyKind(
        "votes:P:bell",
        r"votes:\d+:bell",
        gettext_lazy("Set while a worker is asked to count; expires after five seconds."),
    ),
    KeyKind("votes:P:snapshot", r"votes:\d+:snapshot", gettext_lazy("The newest result of the poll, for new screens.")),
    KeyKind(
        "votes:rate:H",
        r"votes:rate:.*",
        gettext_lazy("Votes from one address in this minute, under a hash whose key changes every hour."),
    ),
    KeyKind(
        "votes:P:minute:R:N",
        r"votes:\d+:minute:.*",
        gettext_lazy("Where new voters are limited: those of network N in this minute of round R, by voter key."),
    ),
    KeyKind(
        "votes:P:hour:R:N",
        r"votes:\d+:hour:.*",
        gettext_lazy("Where a poll slows down: the voters of network N in this hour of round R, by voter key."),
    ),
    KeyKind("votes:boxes", r"votes:boxes", gettext_lazy("The boxes that exist.")),
    KeyKind(
        "votes:slugs",
        r"votes:slugs",
        gettext_lazy("The poll at each address, for web services that can't reach Postgres."),
    ),
    KeyKind(
        "votes:counting",
        r"votes:counting",
        gettext_lazy("A worker's heartbeat; without it screens say that counting is paused."),
    ),
)
