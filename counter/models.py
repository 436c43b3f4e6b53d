"""The models of the visit counter."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy

#: The epoch of visits that were counted directly in Postgres.
DIRECT = uuid.UUID(int=0)


class CounterQuerySet(models.QuerySet["Counter"]):
    """Queries for counters and their visits."""

    def visits(self, counter_id: int, besides: uuid.UUID | None = None) -> int | None:
        """Return the sum over the counter's epochs but `besides`; None if there is no such counter."""
        others = ~models.Q(epochs__epoch=besides) if besides else None
        total = Coalesce(models.Sum("epochs__visits", filter=others), 0)
        return self.filter(pk=counter_id).annotate(total=total).values_list("total", flat=True).first()

    def epochs(self, counter_ids: Iterable[int]) -> dict[int, dict[uuid.UUID, int]]:
        """Return the visits of each epoch of each counter, without deleted counters."""
        stored: dict[int, dict[uuid.UUID, int]] = {}
        rows = self.filter(pk__in=counter_ids).values_list("pk", "epochs__epoch", "epochs__visits")
        for counter_id, epoch, visits in rows:
            of_counter = stored.setdefault(counter_id, {})
            if epoch is not None:
                of_counter[epoch] = visits
        return stored


class Counter(models.Model):
    """A page whose visits are counted."""

    name = models.SlugField(verbose_name=gettext_lazy("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(verbose_name=gettext_lazy("created at"), auto_now_add=True)

    objects = CounterQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("counter")
        verbose_name_plural = gettext_lazy("counters")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the page that counts."""
        return reverse("counter", args=[self.name])


class Epoch(models.Model):
    """A number of visits that only grows. The total of a counter is the sum over its epochs.

    Redis counts under a random epoch id made with its key, so that an emptied Redis begins a new row and a repeated
    flush writes the same number again. Visits counted directly in Postgres have the epoch DIRECT. A visit that Redis
    did not answer is in doubt: an epoch with its own id, until a flush asks Redis whether it is counted there.
    """

    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, related_name="epochs")
    epoch = models.UUIDField()
    visits = models.PositiveBigIntegerField(default=0)
    flushed_at = models.DateTimeField(auto_now=True)
    in_doubt = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["counter", "epoch"], name="one_number_per_epoch")]
        # Each flush asks for them; mostly there are none.
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(in_doubt=True), name="epochs_in_doubt")]

    def __str__(self) -> str:
        return str(self.visits)


class Day(models.Model):
    """The number of a counter at its last reading on that day (counter/days.py)."""

    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    visits = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["counter", "day"], name="one_number_per_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.visits}"
