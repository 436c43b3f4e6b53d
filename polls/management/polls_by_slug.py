"""Shared by the commands that take a SLUG."""

from django.core.management.base import CommandError

from polls.models import Poll


def poll_of(slug: str) -> Poll:
    """Return the poll of this slug, with its tally. Raises CommandError, which lists the existing slugs."""
    polls = Poll.objects.select_related("tally")
    poll = polls.filter(slug=slug).first()
    if poll is None:
        known = ", ".join(polls.values_list("slug", flat=True)[:10]) or "none"
        raise CommandError(f"There is no poll {slug!r}. There are: {known}.")
    return poll
