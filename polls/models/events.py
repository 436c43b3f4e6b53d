"""People's rows: events, which are several polls under one code."""

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from polls.models.hosted import HostedQuerySet
from polls.models.polls import Poll, new_code
from polls.models.rules import rule_of


class Event(models.Model):
    """Several polls in an order, under one code. The audience follows the host from one to the next.

    Only `polls.lifecycle.events` writes `current`, `is_on` and `version`, under a lock on this row.
    """

    title = models.CharField(verbose_name=gettext_lazy("title"), max_length=200)
    #: Not `new`: `/host/events/new/` makes an event.
    slug = models.SlugField(
        verbose_name=gettext_lazy("slug"),
        max_length=80,
        unique=True,
        validators=[RegexValidator(r"^new\Z", gettext_lazy("This address is taken by a page."), inverse_match=True)],
    )
    #: Of the same space as the codes of polls: a trigger of migration 0015 refuses one that a poll has.
    code = models.CharField(
        verbose_name=gettext_lazy("code"), max_length=6, unique=True, editable=False, default=new_code
    )
    closes_last = models.BooleanField(
        verbose_name=gettext_lazy("the next poll closes the last"),
        default=True,
        help_text=gettext_lazy("If on, a poll that is put on closes the one that was on before."),
    )
    self_paced = models.BooleanField(
        verbose_name=gettext_lazy("self-paced"),
        default=False,
        help_text=gettext_lazy("If on, people see a list of all open polls and go through it as they like."),
    )
    #: Who may vote in its polls (polls.electorate); empty: each poll says so itself.
    electorate = models.CharField(
        verbose_name=gettext_lazy("who may vote"), max_length=60, editable=False, default="", db_default=""
    )
    scores = models.BooleanField(
        verbose_name=gettext_lazy("scores by nickname"),
        default=False,
        db_default=False,
        help_text=gettext_lazy("If on, people may take a nickname, and quizzes are scored over the event."),
    )
    #: The poll that is on; while none is, the one that was on last.
    current = models.ForeignKey(
        Poll,
        verbose_name=gettext_lazy("current poll"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    is_on = models.BooleanField(verbose_name=gettext_lazy("current poll is on"), default=False, editable=False)
    #: It only grows: no page goes back to what was on before.
    version = models.PositiveBigIntegerField(verbose_name=gettext_lazy("version"), default=1, editable=False)
    created_at = models.DateTimeField(verbose_name=gettext_lazy("created at"), auto_now_add=True)
    #: The creator, at first. Only superusers reach an event without an owner.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="own_events",
    )
    #: Hosts that the owner has added. They may do everything but delete the event and add hosts.
    hosts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=gettext_lazy("hosts"), blank=True, related_name="shared_events"
    )

    objects = HostedQuerySet["Event"].as_manager()

    class Meta:
        verbose_name = gettext_lazy("event")
        verbose_name_plural = gettext_lazy("events")
        ordering: ClassVar[Sequence[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address that the audience opens."""
        return reverse("event", args=[self.slug])

    @property
    def who_may_vote(self) -> str:
        """Return the rule about who may vote in its polls; `anyone` where each poll says so itself."""
        return rule_of(self.electorate)


class Player(models.Model):
    """A nickname in an event whose quizzes are scored. Only `polls.voting.players` knows whose it is."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="players")
    #: The voter's key in this event.
    key = models.UUIDField()
    #: The voter's id under a mask that SECRET_KEY makes.
    masked = models.BinaryField(max_length=32)
    nickname = models.CharField(max_length=30)
    #: What is equal for nicknames that read the same.
    reading = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "key"], name="one_nickname_per_voter"),
            models.UniqueConstraint(fields=["event", "reading"], name="one_voter_per_nickname"),
        ]

    def __str__(self) -> str:
        return self.nickname


class EventPoll(models.Model):
    """The place of a poll in an event. A poll stands in one event at most."""

    poll = models.OneToOneField(
        Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, primary_key=True, related_name="place"
    )
    event = models.ForeignKey(
        Event, verbose_name=gettext_lazy("event"), on_delete=models.CASCADE, related_name="places"
    )
    position = models.PositiveSmallIntegerField(verbose_name=gettext_lazy("position"), default=0)

    class Meta:
        verbose_name = gettext_lazy("poll of an event")
        verbose_name_plural = gettext_lazy("polls of an event")
        ordering: ClassVar[Sequence[str]] = ["position", "poll_id"]

    def __str__(self) -> str:
        return str(self.poll)
