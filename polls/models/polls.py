"""People's rows: polls."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from polls.models.hosted import HostedQuerySet
from polls.models.limited import Limited
from polls.models.rules import WhoMayVote

if TYPE_CHECKING:
    # May not be loaded yet at run time.
    from django.contrib.auth.models import User

#: Letters and digits that are not confused on a projector: no 0 O 1 I l 5 S 8 B 2 Z u v.
CODE_ALPHABET = "34679acdefghjkmnpqrtwxy"
#: Length of a new poll's code (23 ** 4 = 279,841 codes); longer when too many are taken.
CODE_LENGTH = 4
#: The latest time that is accepted. Python reads years up to 9999 from Postgres; times are added to it.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
#: The longest time in minutes that a poll can be given: a week.
MOST_MINUTES = 7 * 24 * 60
#: Addresses below /host/ that are pages, so no poll has them.
TAKEN = r"^(new|events)\Z"
#: Bytes of the random key under which a poll hashes its voters.
VOTER_SALT_BYTES = 32


def new_voter_salt() -> bytes:
    """Return a random key for a poll, never shown or changed: it keeps ballots of two polls from being joined."""
    return secrets.token_bytes(VOTER_SALT_BYTES)


#: The greatest share of the codes of one length that is used, so that guesses mostly fail.
_CODES_TAKEN = 0.01
_LONGEST_CODE = 6


def new_code() -> str:
    """Return a code that no poll and no event has. If two callers get the same one, Postgres refuses the second."""
    coded: tuple[Any, ...] = (Poll, apps.get_model("polls", "Event"))
    length, taken = CODE_LENGTH, sum(model.objects.count() for model in coded)
    while length < _LONGEST_CODE and taken > _CODES_TAKEN * len(CODE_ALPHABET) ** length:
        length += 1
    for _ in range(20):
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))
        if not any(model.objects.filter(code=code).exists() for model in coded):
            break
    return code


class State(models.TextChoices):
    """The state of a poll. Only `polls.lifecycle` changes it."""

    DRAFT = "draft", gettext_lazy("draft")
    SCHEDULED = "scheduled", gettext_lazy("scheduled")
    OPEN = "open", pgettext_lazy("of a poll", "open")
    SEALING = "sealing", gettext_lazy("closing")
    FINAL = "final", gettext_lazy("final")


class ResultRule(models.TextChoices):
    """The rule about who sees the totals, and when. Hosts always see them."""

    ALWAYS = "always", gettext_lazy("always, to everybody")
    AFTER_VOTE = "after_vote", gettext_lazy("to those who have voted; to everybody when it is final")
    AFTER_CLOSE = "after_close", gettext_lazy("to everybody when it is final")
    STAFF = "staff", gettext_lazy("to staff only")


class PollQuerySet(HostedQuerySet["Poll"]):
    """Queries for polls."""

    def hosted_by(self, user: "User") -> Self:
        """Return the polls that this host may change, with tally and owner; every poll for a superuser."""
        return super().hosted_by(user).select_related("tally")

    def published(self) -> Self:
        """Return the polls that voters may know of: all but drafts."""
        return self.filter(tally__isnull=False).exclude(tally__state=State.DRAFT)

    def shown_by(self, user: "User") -> Self:
        """Return the host's polls that a projector can show: all but drafts."""
        return self.hosted_by(user).published()

    def beside(self, poll_id: int) -> tuple[str | None, str | None]:
        """Return the slugs of the polls made before and after this one; None if there is none."""
        slugs = self.values_list("slug", flat=True)
        before = slugs.filter(pk__lt=poll_id).order_by("-pk").first()
        return before, slugs.filter(pk__gt=poll_id).order_by("pk").first()


class Poll(Limited):
    """A question with its rules and times."""

    #: Neither `new` nor `events`: `/host/new/` makes a poll, `/host/events/` lists events.
    slug = models.SlugField(
        verbose_name=gettext_lazy("slug"),
        max_length=80,
        unique=True,
        validators=[RegexValidator(TAKEN, gettext_lazy("This address is taken by a page."), inverse_match=True)],
    )
    #: The short address on the projector: `GET /<code>` redirects to the vote page.
    code = models.CharField(
        verbose_name=gettext_lazy("code"), max_length=6, unique=True, editable=False, default=new_code
    )
    question = models.CharField(verbose_name=gettext_lazy("question"), max_length=300)
    #: The name of its kind (`polls.kinds`).
    kind = models.CharField(
        verbose_name=gettext_lazy("kind"), max_length=20, editable=False, default="pick", db_default="pick"
    )
    #: What its kind has to know of it beyond its choices (`polls.kinds`); empty for most.
    details = models.JSONField(verbose_name=gettext_lazy("details"), editable=False, default=dict, db_default={})
    #: The number of choices that one ballot may name; 1 is pick-one.
    max_choices = models.PositiveSmallIntegerField(
        verbose_name=gettext_lazy("max choices"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("How many choices one voter may pick."),
    )
    result_rule = models.CharField(
        verbose_name=gettext_lazy("result rule"),
        max_length=12,
        choices=ResultRule,
        default=ResultRule.ALWAYS,
        help_text=gettext_lazy("Who may see the totals, and when."),
    )
    allows_changes = models.BooleanField(
        verbose_name=gettext_lazy("voters may change their vote"),
        default=True,
        db_default=True,
        help_text=gettext_lazy("If off, the first vote of each voter stands. Fixed once the poll is opened."),
    )
    #: That of the poll alone: one of its event goes before it. Fixed once the poll is opened (`Tally.electorate`).
    who_may_vote = models.CharField(
        verbose_name=gettext_lazy("who may vote"),
        max_length=8,
        choices=WhoMayVote,
        help_text=gettext_lazy("Fixed once the poll is opened. In an event, a rule of the event goes before it."),
        default=WhoMayVote.ANYONE,
        db_default=WhoMayVote.ANYONE,
    )
    is_listed = models.BooleanField(
        verbose_name=gettext_lazy("on the home page"),
        default=True,
        db_default=True,
        help_text=gettext_lazy("If off, people need its code or its link to find it."),
    )
    may_be_checked = models.BooleanField(
        verbose_name=gettext_lazy("people may check the count"),
        default=False,
        db_default=False,
        help_text=gettext_lazy("If on, anybody can recount the final poll, and voters can prove how they voted."),
    )
    opens_at = models.DateTimeField(
        verbose_name=gettext_lazy("opens at"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Empty: it is opened by hand."),
    )
    closes_at = models.DateTimeField(
        verbose_name=gettext_lazy("closes at"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Empty: it is closed by hand."),
    )
    #: Each opening but that of a test sets `closes_at` to so many minutes later.
    closes_after = models.PositiveSmallIntegerField(
        verbose_name=gettext_lazy("closes after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=gettext_lazy("Minutes that it stays open each time. They replace the time above."),
    )
    #: The origins (`https://example.org`) whose pages may show it in a frame.
    embed_origins = models.JSONField(
        verbose_name=gettext_lazy("sites that may show it in a frame"), editable=False, default=list, db_default=[]
    )
    voter_salt = models.BinaryField(max_length=VOTER_SALT_BYTES, editable=False, default=new_voter_salt)
    created_at = models.DateTimeField(verbose_name=gettext_lazy("created at"), auto_now_add=True)
    #: The creator, at first. Only superusers reach a poll without an owner.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="own_polls",
    )
    #: Hosts that the owner has added. They may do everything but delete the poll and add hosts.
    hosts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=gettext_lazy("hosts"), blank=True, related_name="shared_polls"
    )

    objects = PollQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("poll")
        verbose_name_plural = gettext_lazy("polls")
        ordering: ClassVar[Sequence[str]] = ["-created_at", "-id"]
        permissions = (
            ("host_polls", "Can host polls"),
            ("operate", "Can see the running system and the totals of every poll"),
        )

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        """Return the address of the vote page."""
        return reverse("vote", args=[self.slug])

    def clean(self) -> None:
        """Refuse times too far ahead, and a closing time before the opening time."""
        far = {name for name in ("opens_at", "closes_at") if (getattr(self, name) or LATEST) > LATEST}
        if far:
            raise ValidationError(dict.fromkeys(far, gettext("This time is too far in the future.")))
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": gettext("The closing time has to be later than the opening time.")})
