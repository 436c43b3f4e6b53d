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


def bell(poll_id: int) -> str:
    """Return the key of the poll's bell."""
    return f"votes:{poll_id}:bell"


def snapshot(poll_id: int) -> str:
    """Return the key of the poll's newest snapshot."""
    return f"votes:{poll_id}:snapshot"


def rate(address_key: str) -> str:
    """Return the key that counts the casts of an address in this minute."""
    return f"votes:rate:{address_key}"


KINDS = (
    KeyKind(
        "votes:P:box",
        r"votes:\d+:box",
        gettext_lazy("The number of poll P's greatest box; only that one takes votes. It outlives the boxes."),
    ),
    KeyKind(
        "votes:P:box:N",
        r"votes:\d+:box:\d+",
        gettext_lazy("Ballot box N of poll P: its round, its closing time, what a ballot may name, and its seal."),
    ),
    KeyKind(
        "votes:P:casts:N",
        r"votes:\d+:casts:\d+",
        gettext_lazy(
            "The votes that wait in that box. What is counted is deleted from it, so it is empty when all is well."
        ),
    ),
    KeyKind(
        "votes:P:bell",
        r"votes:\d+:bell",
        gettext_lazy("There while a worker has been asked to count; it goes by itself after five seconds."),
    ),
    KeyKind(
        "votes:P:snapshot", r"votes:\d+:snapshot", gettext_lazy("The newest result of the poll, for screens that come.")
    ),
    KeyKind(
        "votes:rate:H",
        r"votes:rate:.*",
        gettext_lazy("How many votes an address has cast in this minute, under a hash whose key changes every hour."),
    ),
    KeyKind("votes:boxes", r"votes:boxes", gettext_lazy("Which boxes there are.")),
    KeyKind(
        "votes:slugs",
        r"votes:slugs",
        gettext_lazy("The poll of each address, for a web service that can't ask Postgres."),
    ),
    KeyKind(
        "votes:counting",
        r"votes:counting",
        gettext_lazy("A worker's sign of life; without it screens say that counting is paused."),
    ),
)
