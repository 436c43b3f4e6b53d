"""People's rows: the voting codes that were given out. A code itself is stored nowhere (polls.electorate.codes)."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy

from polls.models.events import Event
from polls.models.polls import Poll


class OfPollOrEvent(models.Model):
    """A row of a poll, or of an event whose polls share the codes."""

    poll = models.ForeignKey(Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, null=True)
    event = models.ForeignKey(Event, verbose_name=gettext_lazy("event"), on_delete=models.CASCADE, null=True)

    class Meta:
        abstract = True


class CodeBatch(OfPollOrEvent):
    """Codes that were made together: those with the numbers from `first` on."""

    first = models.PositiveIntegerField(verbose_name=gettext_lazy("first number"))
    count = models.PositiveIntegerField(verbose_name=gettext_lazy("how many"))
    label = models.CharField(verbose_name=gettext_lazy("label"), max_length=60, blank=True)
    made_at = models.DateTimeField(verbose_name=gettext_lazy("made at"), auto_now_add=True)

    class Meta:
        verbose_name = gettext_lazy("batch of codes")
        verbose_name_plural = gettext_lazy("batches of codes")
        default_permissions = ()
        ordering: ClassVar[Sequence[str]] = ["first"]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def last(self) -> int:
        """Return the last number."""
        return self.first + self.count - 1


class ChangedCode(OfPollOrEvent):
    """A code that was revoked or replaced: those of a generation below `least` are refused."""

    number = models.PositiveIntegerField(verbose_name=gettext_lazy("number"))
    least = models.PositiveSmallIntegerField(verbose_name=gettext_lazy("least generation"))
    #: If so, no code of this number is good, and its ballot does not count.
    is_revoked = models.BooleanField(verbose_name=gettext_lazy("revoked"))
    changed_at = models.DateTimeField(verbose_name=gettext_lazy("changed at"), auto_now=True)

    class Meta:
        verbose_name = gettext_lazy("changed code")
        verbose_name_plural = gettext_lazy("changed codes")
        default_permissions = ()
        ordering: ClassVar[Sequence[str]] = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_change_per_code_of_a_poll"),
            models.UniqueConstraint(fields=["event", "number"], name="one_change_per_code_of_an_event"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
