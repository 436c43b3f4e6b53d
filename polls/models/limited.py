"""Limits of a poll: how fast the voters of one network may come (`polls.voting.limits`)."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy

#: The greatest number of voters in a limit.
MOST_VOTERS = 10_000


def _voters(**options: Any) -> Any:
    """Return a field for a number of voters, or none."""
    bounds = [MinValueValidator(1), MaxValueValidator(MOST_VOTERS)]
    return models.PositiveSmallIntegerField(null=True, blank=True, validators=bounds, **options)


class Limited(models.Model):
    """A model with such limits, all off at first: a room shares one network."""

    voters_per_minute = _voters(
        verbose_name=gettext_lazy("new voters a minute"),
        help_text=gettext_lazy("From one network. Empty: any number."),
    )
    slow_down_after = _voters(
        verbose_name=gettext_lazy("slow down after"),
        help_text=gettext_lazy(
            "Voters of one network within an hour, after whom further browsers do some work first. Empty: never."
        ),
    )

    class Meta:
        abstract = True
