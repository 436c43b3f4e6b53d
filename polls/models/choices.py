"""People's rows: the choices of polls, and their pictures."""

from collections.abc import Sequence
from typing import ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy

from polls.models.polls import Poll


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


class EntryState(models.TextChoices):
    """The state of an entry that a voter has written. Only shown ones are on pages, in frames and in files."""

    SHOWN = "shown", gettext_lazy("shown")
    WAITING = "waiting", gettext_lazy("waiting for approval")
    HIDDEN = "hidden", gettext_lazy("hidden")
    MERGED = "merged", gettext_lazy("merged")


class Choice(models.Model):
    """A choice of a poll."""

    poll = models.ForeignKey(Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, related_name="choices")
    #: The place on every page. Letter, colour and texture follow from it.
    position = models.PositiveSmallIntegerField(verbose_name=gettext_lazy("position"), default=0)
    text = models.CharField(verbose_name=gettext_lazy("text"), max_length=200, validators=[MaxLengthValidator(200)])
    #: The statement of a scale that it is a point of; empty for other kinds.
    statement = models.CharField(
        verbose_name=gettext_lazy("statement"), max_length=200, editable=False, default="", db_default=""
    )
    #: It adorns the text, which stays the choice's name.
    picture = models.ForeignKey(
        Picture,
        verbose_name=gettext_lazy("picture"),
        on_delete=models.DO_NOTHING,  # polls.pictures deletes; Postgres refuses where a choice has it
        null=True,
        editable=False,
        related_name="choices",
    )
    #: Voters see it when the poll is final, never before: of a definition, a frame or a page it is no part until then.
    is_right = models.BooleanField(verbose_name=gettext_lazy("right answer"), default=False, db_default=False)
    #: The voter key of who has written it, where voters write the choices; a reset deletes these. It is never shown.
    author = models.UUIDField(null=True, editable=False)
    entry_state = models.CharField(
        verbose_name=gettext_lazy("state"),
        max_length=8,
        choices=EntryState,
        editable=False,
        default=EntryState.SHOWN,
        db_default=EntryState.SHOWN,
    )
    #: Whether the speaker has answered it.
    is_answered = models.BooleanField(
        verbose_name=gettext_lazy("answered"), editable=False, default=False, db_default=False
    )

    class Meta:
        verbose_name = gettext_lazy("choice")
        verbose_name_plural = gettext_lazy("choices")
        ordering: ClassVar[Sequence[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.text
