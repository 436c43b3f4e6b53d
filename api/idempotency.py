"""Requests that create something may come twice: with the same Idempotency-Key they get the first answer.

The answer is stored in Postgres, in one transaction with what was made, so that there is never the one without the
other. While Postgres is away nothing can be made, either.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Schema, Status

from api.models import FirstAnswer
from api.problems import Problem
from polls.host.access import host_of

#: How long an answer is given again.
KEPT_FOR: Final = timedelta(hours=24)
#: Older answers that one request deletes at most: more than the one that it adds.
FORGOTTEN_AT_ONCE: Final = 100


def once(request: HttpRequest, key: str, create: Callable[[], Schema]) -> Status[object]:
    """Create something and answer 201; for a key that was sent before, with the same request, the first answer.

    Raises Problem: 422 for another request with this key, 409 while the first one is still being worked on. A request
    that failed has made nothing and is done anew. Without a key it is done each time.
    """
    if not key:
        return Status(201, create())
    _forget_old()
    with transaction.atomic():
        if not _lock(request, key):
            raise Problem(409, "in_progress", gettext("A request with this Idempotency-Key is still being worked on."))
        fingerprint = _fingerprint(request)
        same = FirstAnswer.objects.filter(user=host_of(request), key=key)
        same.filter(made_at__lt=_oldest()).delete()
        before = same.first()
        if before is not None:
            if before.fingerprint != fingerprint:
                detail = gettext("This Idempotency-Key came with another request before. Use a new one for each.")
                raise Problem(422, "key_reused", detail)
            return Status(before.status, before.content)
        made = create()
        content = made.model_dump(mode="json")
        FirstAnswer.objects.create(user=host_of(request), key=key, fingerprint=fingerprint, status=201, content=content)
    return Status(201, made)


def _oldest() -> datetime:
    """Return when the oldest answer was made that is given again."""
    return timezone.now() - KEPT_FOR


def _forget_old() -> None:
    """Delete some answers that are not given again; leave those that another request is deleting."""
    old = FirstAnswer.objects.filter(made_at__lt=_oldest()).order_by("made_at", "pk")
    with transaction.atomic():
        some = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        FirstAnswer.objects.filter(pk__in=some).delete()


def _lock(request: HttpRequest, key: str) -> bool:
    """Lock the key until the end of the transaction; return False if another request has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_id(host_of(request).pk, key)])
        found = cursor.fetchone()
    return bool(found and found[0])


def lock_id(user_id: int, key: str) -> int:
    """Return the number of the advisory lock of a user's key."""
    return int.from_bytes(hashlib.sha256(f"{user_id}:{key}".encode()).digest()[:8], signed=True)


def _fingerprint(request: HttpRequest) -> str:
    said = b"\0".join([(request.method or "").encode(), request.get_full_path().encode(), request.body])
    return hashlib.sha256(said).hexdigest()
