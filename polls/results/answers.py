"""The distinct answers of polls whose kind keeps them, for the statement that reads snapshots."""

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Case, OuterRef, Subquery, When
from django.db.models.functions import JSONArray

from polls import kinds
from polls.models import Answer, Total


def kept() -> Case:
    """Return an expression over polls joined with their totals.

    It has the answers with their ballots, on one row of each poll; else None.
    """
    of_poll = Answer.objects.filter(poll_id=OuterRef("pk")).order_by().values("poll_id")
    pairs = of_poll.annotate(pairs=JSONBAgg(JSONArray("selections", "ballots"))).values("pairs")
    first = Total.objects.filter(poll_id=OuterRef("pk")).order_by("choice_id").values("choice_id")[:1]
    return Case(When(kind__in=kinds.keeping_answers(), totals__choice_id=Subquery(first), then=Subquery(pairs)))
