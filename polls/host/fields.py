"""Fields of the host pages' forms: lines of visible text, answers in words, and times in the browser's time zone."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext

from core.web import texts
from polls.models import CODE_ALPHABET, new_code


class LineField(forms.CharField):
    """A line of visible text. A text that is too long is an error; `maxlength` would cut it off."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned text. Refuse an invisible one, such as a lone zero-width space."""
        typed = super().to_python(value) or ""
        kept = texts.clean(typed)
        if typed.strip() and not kept:
            raise ValidationError(gettext("Enter some visible text."), code="invisible")
        return kept

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return no `maxlength`."""
        return {}


class CodeField(forms.CharField):
    """The code of a new poll, made with the form: a form that is sent twice makes one poll."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> str:
        """Return the code if it is well-formed, else a new one."""
        code: str = super().clean(value)
        return code if re.fullmatch(f"[{CODE_ALPHABET}]{{4,6}}", code) else new_code()


class MomentField(forms.DateTimeField):
    """A date and time from the browser's picker, in the time zone that its form sets."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(widget=widget, required=False, **options)


class WhetherField(forms.TypedChoiceField):
    """A choice of two answers in words, for True and for False."""

    def __init__(self, *answers: tuple[bool, Promise], **options: Any) -> None:
        # Django compares what was sent with what was there by coercing both: a text and a bool.
        super().__init__(choices=answers, coerce=lambda answer: str(answer) == "True", **options)


def is_real(when: datetime) -> bool:
    """Tell whether this local time exists: clocks that go forward skip an hour."""
    there_and_back = when.astimezone(UTC).astimezone(when.tzinfo)
    return there_and_back.replace(tzinfo=None) == when.replace(tzinfo=None)


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of this name; None if it is unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
