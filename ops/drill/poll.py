"""`python -m ops.drill.poll SLUG CHOICES [KIND]`, run in the copy: makes and opens a poll with so many choices."""

import os
import sys
from collections.abc import Sequence

import django

#: Of a poll in which several choices may be picked. Each other kind has the name that `polls.kinds` has for it.
SEVERAL = "pick-several"
_PICK = "pick"


def main() -> None:
    """Set Django up, and make the poll."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    django.setup()
    slug, choices, *kind = sys.argv[1:]
    make(slug, f"Drill {slug}", [f"Choice {number + 1}" for number in range(int(choices))], *kind)


def names() -> list[str]:
    """Return the names of all kinds."""
    from polls import kinds

    return [*kinds.offered(), SEVERAL]


def make(slug: str, question: str, choices: Sequence[str], name: str = _PICK) -> int:
    """Make a poll of this kind with these choices, as far as the kind takes them, and open it. Returns its id."""
    from polls import kinds
    from polls.lifecycle import transitions

    kind = kinds.of(_PICK, 2, {}) if name == SEVERAL else kinds.offered()[name]
    # Entries, which no host writes, are there from the start: drills only pick them.
    texts = [str(text) for text in kind.choices] or choices[: kind.rows.most] or choices
    wanted = 3 if name == SEVERAL else kind.default_picks
    most = kind.picks(len(texts)) or min(wanted, kind.most_picks(len(texts)))
    stored = _PICK if name == SEVERAL else name
    poll = transitions.create_poll(texts, slug=slug, question=question, kind=stored, max_choices=most)
    transitions.open_poll(poll.pk)
    return poll.pk


if __name__ == "__main__":
    main()
