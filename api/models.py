"""The models of the API."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models


class FirstAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, stored in one transaction with what the request made."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    #: SHA-256 of method, address and body, in hexadecimal.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
