"""People's rows: a poll and its choices, as they are edited."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    # At run time it may not be loaded yet.
    from django.contrib.auth.models import User

#: Letters and digits that nobody confuses on a projector: no 0 O 1 I l 5 S 8 B 2 Z u v.
CODE_ALPHABET = "34679acdefghjkmnpqrtwxy"
#: Length of a new poll's code. 23 ** 4 = 279,841 codes; a poll that finds only taken ones gets a longer one.
CODE_LENGTH = 4
#: Before the last year that Python can read back from Postgres, with room for what is added to a time.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
#: The longest time that a poll can be given in minutes: a week.
MOST_MINUTES = 7 * 24 * 60
#: Bytes of the random key under which a poll hashes its voters.
VOTER_SALT_BYTES = 32


def new_voter_salt() -> bytes:
    """A poll's own random key, never shown and never changed: with it ballots of two polls can't be joined."""
    return secrets.token_bytes(VOTER_SALT_BYTES)


#: Of all codes of one length at most this share is given away: who guesses one should miss.
_CODES_TAKEN = 0.01
_LONGEST_CODE = 6


def new_code() -> str:
    """A short address that no poll has. Of two callers who get the same one, the unique column refuses the second."""
    length, polls = CODE_LENGTH, Poll.objects.count()
    while length < _LONGEST_CODE and polls > _CODES_TAKEN * len(CODE_ALPHABET) ** length:
        length += 1
    for _ in range(20):
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))
        if not Poll.objects.filter(code=code).exists():
            break
    return code


class State(models.TextChoices):
    """The state of a poll. `polls.lifecycle.transitions` has the transitions."""

    DRAFT = "draft", gettext_lazy("draft")
    SCHEDULED = "scheduled", gettext_lazy("scheduled")
    OPEN = "open", pgettext_lazy("of a poll", "open")
    SEALING = "sealing", gettext_lazy("closing")
    FINAL = "final", gettext_lazy("final")


class ResultRule(models.TextChoices):
    """The rule that says who may see the totals, and when. Hosts see them always."""

    ALWAYS = "always", gettext_lazy("always, to everybody")
    AFTER_VOTE = "after_vote", gettext_lazy("to those who have voted; to everybody when it is final")
    AFTER_CLOSE = "after_close", gettext_lazy("to everybody when it is final")
    STAFF = "staff", gettext_lazy("to staff only")


class PollQuerySet(models.QuerySet["Poll"]):
    """Polls, by what is asked for."""

    def hosted_by(self, user: "User") -> Self:
        """Return what this host sees and may change, with tally and owner: every poll where it is a superuser."""
        polls = self.select_related("tally", "owner")
        if user.is_superuser:
            return polls
        let_in = Poll.hosts.through.objects.filter(poll_id=models.OuterRef("pk"), user_id=user.pk)
        return polls.filter(models.Q(owner=user) | models.Exists(let_in))

    def shown_by(self, user: "User") -> Self:
        """Return what this host can put on a projector: their polls but the drafts."""
        return self.hosted_by(user).filter(tally__isnull=False).exclude(tally__state=State.DRAFT)

    def beside(self, poll_id: int) -> tuple[str | None, str | None]:
        """Return the slugs of the polls before and after this one, as they were made; None where there is none."""
        slugs = self.values_list("slug", flat=True)
        before = slugs.filter(pk__lt=poll_id).order_by("-pk").first()
        return before, slugs.filter(pk__gt=poll_id).order_by("pk").first()


class Poll(models.Model):
    """A question as people edit it."""

    #: `/host/new/` is the page that makes a poll.
    slug = models.SlugField(
        verbose_name=gettext_lazy("slug"),
        max_length=80,
        unique=True,
        validators=[RegexValidator(r"^new\Z", gettext_lazy("This address is taken by a page."), inverse_match=True)],
    )
    #: The short address on the projector: `GET /<code>` leads to the vote page.
    code = models.CharField(
        verbose_name=gettext_lazy("code"), max_length=6, unique=True, editable=False, default=new_code
    )
    question = models.CharField(verbose_name=gettext_lazy("question"), max_length=300)
    #: The name of its kind in `polls.kinds`.
    kind = models.CharField(
        verbose_name=gettext_lazy("kind"), max_length=20, editable=False, default="pick", db_default="pick"
    )
    #: How many choices one ballot may name. 1 is pick-one.
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
    is_listed = models.BooleanField(
        verbose_name=gettext_lazy("on the home page"),
        default=True,
        db_default=True,
        help_text=gettext_lazy("Else only who has its code or its link finds it."),
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
    #: Each opening sets `closes_at` to so many minutes later, but that of a test.
    closes_after = models.PositiveSmallIntegerField(
        verbose_name=gettext_lazy("closes after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=gettext_lazy("Minutes that it is open each time, whatever time stands above."),
    )
    voter_salt = models.BinaryField(max_length=VOTER_SALT_BYTES, editable=False, default=new_voter_salt)
    created_at = models.DateTimeField(verbose_name=gettext_lazy("created at"), auto_now_add=True)
    #: Who made it. A poll that nobody owns is for superusers.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="own_polls",
    )
    #: Whom the owner has let in: they may do everything but delete it and let others in.
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
        """The vote page."""
        return reverse("vote", args=[self.slug])

    def clean(self) -> None:
        """Refuse times that can't be kept, and times in the wrong order."""
        far = {name for name in ("opens_at", "closes_at") if (getattr(self, name) or LATEST) > LATEST}
        if far:
            raise ValidationError(dict.fromkeys(far, gettext("This is too far ahead.")))
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": gettext("It has to close after it opens.")})


class Picture(models.Model):
    """A picture of choices, in the form in which it is sent. Pictures that look the same are one row.

    In Postgres, as all else that people edit is: every service has it, and a backup.
    """

    #: A hash of its content (polls.pictures).
    name = models.CharField(max_length=32, primary_key=True)
    #: WebP.
    content = models.BinaryField(editable=False)
    #: Until then it waits for a form to be saved; None: it lives as long as a choice has it.
    waits_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("picture")
        verbose_name_plural = gettext_lazy("pictures")

    def __str__(self) -> str:
        return self.name


class Choice(models.Model):
    """A choice that can be voted for."""

    poll = models.ForeignKey(Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, related_name="choices")
    #: Order on every page; letter, colour and texture follow from it.
    position = models.PositiveSmallIntegerField(verbose_name=gettext_lazy("position"), default=0)
    text = models.CharField(verbose_name=gettext_lazy("text"), max_length=200, validators=[MaxLengthValidator(200)])
    #: It adorns the text, which stays the choice's name.
    picture = models.ForeignKey(
        Picture,
        verbose_name=gettext_lazy("picture"),
        on_delete=models.DO_NOTHING,  # polls.pictures deletes; Postgres refuses where a choice has it
        null=True,
        editable=False,
        related_name="choices",
    )

    class Meta:
        verbose_name = gettext_lazy("choice")
        verbose_name_plural = gettext_lazy("choices")
        ordering: ClassVar[Sequence[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.text
