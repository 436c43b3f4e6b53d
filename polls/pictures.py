"""Pictures of choices in Postgres: kept under a hash of their content, and thrown away when no choice has them."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from core.web import pictures
from polls.models import Choice, Picture

#: How long a picture waits for the form in which it was chosen to be saved.
WAITS = timedelta(days=1)


def keep(content: bytes) -> str:
    """Make a picture of what somebody has sent, and return its name. May be repeated.

    It is there for WAITS, and from `claim` on as long as a choice has it. Raises core.web.pictures.BadPictureError, and
    django.db.Error.
    """
    made = pictures.shrink(content)
    name = hashlib.sha256(made).hexdigest()[:32]
    sweep()
    _, is_new = Picture.objects.get_or_create(
        name=name, defaults={"content": made, "waits_until": timezone.now() + WAITS}
    )
    if not is_new:
        Picture.objects.filter(name=name, waits_until__isnull=False).update(waits_until=timezone.now() + WAITS)
    return name


class GoneError(Exception):
    """A picture that was chosen is no longer there: its form was saved more than WAITS later."""

    def __init__(self) -> None:
        super().__init__(gettext("This picture is no longer here. Choose it again."))


def claim(names: Iterable[str]) -> None:
    """Keep these for the choices that are saved in this transaction. Raises GoneError if one is not there any more."""
    wanted = set(names)
    if Picture.objects.filter(name__in=wanted).update(waits_until=None) < len(wanted):
        raise GoneError


def missing(names: Iterable[str]) -> set[str]:
    """Return those of these names of which there is no picture (any more)."""
    wanted = set(names)
    return wanted - set(Picture.objects.filter(name__in=wanted).values_list("name", flat=True))


def sweep() -> None:
    """Throw away what no choice has, and no form waits with. May be repeated."""
    used = Exists(Choice.objects.filter(picture_id=OuterRef("pk")))
    is_over = Q(waits_until=None) | Q(waits_until__lt=timezone.now())
    Picture.objects.filter(~used, is_over).delete()


def address(name: str | None) -> str:
    """Return where a picture is; empty without one."""
    return reverse("picture", args=[name]) if name else ""
