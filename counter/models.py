"""The rows of the visit counter."""

from typing import ClassVar

from django.db import models
from django.urls import reverse


class Counter(models.Model):
    """A page whose visits are counted."""

    name = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page that counts."""
        return reverse("counter", args=[self.name])


class Epoch(models.Model):
    """One growing number of visits. The counter shows the sum over its epochs.

    Redis counts under a random epoch id made with its key, so that an emptied Redis begins a new row and a repeated
    flush writes the same number again. Visits counted straight into Postgres have an epoch of their own.
    """

    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, related_name="epochs")
    #: Random, from Redis; the nil UUID for visits counted straight into Postgres.
    epoch = models.UUIDField()
    visits = models.PositiveBigIntegerField(default=0)
    flushed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["counter", "epoch"], name="one_number_per_epoch")]

    def __str__(self) -> str:
        return f"{self.counter_id}: {self.visits}"
