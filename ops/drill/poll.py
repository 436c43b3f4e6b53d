"""`python -m ops.drill.poll SLUG CHOICES`, run in the copy: makes and opens a poll with so many choices."""

import os
import sys
from collections.abc import Sequence

import django


def main() -> None:
    """Set Django up, and make the poll."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    django.setup()
    slug, choices = sys.argv[1], int(sys.argv[2])
    make(slug, f"Drill {slug}", [f"Choice {number + 1}" for number in range(choices)])


def make(slug: str, question: str, choices: Sequence[str]) -> int:
    """Make a poll with these choices, and open it. Returns its id."""
    from polls.lifecycle import transitions

    poll = transitions.create_poll(choices, slug=slug, question=question)
    transitions.open_poll(poll.pk)
    return poll.pk


if __name__ == "__main__":
    main()
