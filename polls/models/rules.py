"""Rules that polls and events share."""

from django.db import models
from django.utils.translation import gettext_lazy


class WhoMayVote(models.TextChoices):
    """The rule about who may vote."""

    ANYONE = "anyone", gettext_lazy("anyone")
    CODES = "codes", gettext_lazy("people with a voting code")
    ACCOUNTS = "accounts", gettext_lazy("people with an account here")


def rule_of(electorate: str) -> str:
    """Return the rule of an electorate (polls.electorate); of the empty one `anyone`."""
    return electorate.partition(":")[0] or WhoMayVote.ANYONE
