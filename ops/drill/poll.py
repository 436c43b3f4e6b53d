"""`python -m ops.drill.poll SLUG CHOICES`, run in the copy: makes and opens a poll with so many choices."""

import os
import sys

import django


def main() -> None:
    """Make it and open it."""
    slug, choices = sys.argv[1], int(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "votingsite.settings")
    django.setup()
    from django.db import transaction

    from polls.lifecycle import transitions
    from polls.models import Choice, Poll

    with transaction.atomic():
        poll = Poll.objects.create(slug=slug, question=f"Drill {slug}")
        Choice.objects.bulk_create(
            Choice(poll=poll, position=number, text=f"Choice {number + 1}") for number in range(choices)
        )
        transitions.edited(poll.pk)
    transitions.open_poll(poll.pk)


if __name__ == "__main__":
    main()
