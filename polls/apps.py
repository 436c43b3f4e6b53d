"""The Django app `polls`."""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db.models.signals import pre_save
from django.utils.translation import gettext_lazy

from core.web import texts

if TYPE_CHECKING:
    from polls.models import Choice, Poll


class PollsConfig(AppConfig):
    """See the package's modules."""

    name = "polls"
    verbose_name = gettext_lazy("Polls")

    def ready(self) -> None:
        """Keep texts as people read them, whatever way they come: by a form, the admin, a command."""
        pre_save.connect(_clean_question, sender=self.get_model("Poll"), dispatch_uid="polls.texts")
        pre_save.connect(_clean_text, sender=self.get_model("Choice"), dispatch_uid="polls.texts")


def _clean_question(instance: "Poll", **_: Any) -> None:
    instance.question = texts.clean(instance.question)


def _clean_text(instance: "Choice", **_: Any) -> None:
    instance.text = texts.clean(instance.text)
    instance.statement = texts.clean(instance.statement)
